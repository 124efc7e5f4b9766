#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/config.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {{.name = "origin", .help = "say where each value comes from"}};
constexpr Example kExamples[] = {
    {"kns config show", "What the daemon goes by."},
    {"kns config show --origin", "Is it the file, the environment, or the default?"},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"config get", "config set"};

constexpr Column kColumns[] = {{.heading = "KEY"}, {.heading = "VALUE"}};
constexpr Column kWithOrigin[] = {{.heading = "KEY"}, {.heading = "VALUE"}, {.heading = "ORIGIN"}};

Row row_of(const ConfigEntry& entry) {
    std::string value = entry.value.empty() ? "-" : entry.value;
    if (entry.next) value += fmt::format(" ({} after a restart)", entry.next->empty() ? "none" : *entry.next);
    return {entry.key, value, entry.origin};
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto entries = KNS_TRY(kns.daemon.list<ConfigEntry>("/v1/config"));
    kns.out.list(entries, args.flag("origin") ? std::span<const Column>(kWithOrigin) : kColumns, row_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec config_show{
    .path = "config show",
    .summary = "show the daemon's settings",
    .description =
        "Shows each setting as it is in force. A setting comes from kns.yaml in the data directory, is overridden by its twin in "
        "the environment of the daemon (KNS_IDLE_EXIT for idle_exit), and has a default where neither says anything.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
