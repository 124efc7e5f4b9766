#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/config.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "KEY", .help = "a setting: idle_exit", .completer = Completer::setting},
    {.name = "VALUE", .help = "what it is to be; a list with commas, \"\" for an empty one"},
};
constexpr Example kExamples[] = {
    {"kns config set defaults.retention 7d", "From now on a new stream keeps a week."},
    {"kns config set idle_exit 0", "The daemon stays, from its next start on."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"config get", "config show", "daemon restart"};

bool is_from_file(const ConfigEntry& entry) { return entry.origin.starts_with('/') || entry.origin == "default"; }

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto entry = KNS_TRY(kns.daemon.put<ConfigEntry>(path_of("config", args.text("KEY")), SetConfig{args.text("VALUE")}));
    if (entry.next)
        kns.out.warn(fmt::format("{} becomes {} when the daemon is restarted: kns daemon restart", entry.key,
                                 entry.next->empty() ? "empty" : *entry.next));
    else if (!is_from_file(entry))
        kns.out.warn(fmt::format("{} overrides it: {} stays {}", entry.origin, entry.key, entry.value));
    kns.out.changed(entry, fmt::format("{} is set", entry.key));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec config_set{
    .path = "config set",
    .summary = "change one of the daemon's settings",
    .description =
        "Checks the value and writes it to kns.yaml in the data directory, where comments and everything else stay as they are. "
        "Says so if the daemon has to be restarted for it.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
