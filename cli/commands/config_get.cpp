#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/config.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "KEY", .help = "a setting: defaults.retention", .completer = Completer::setting}};
constexpr Example kExamples[] = {{"kns config get defaults.retention", "How long does a new stream keep its records?"}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"config set", "config show"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto entry = KNS_TRY(kns.daemon.get<ConfigEntry>(path_of("config", args.text("KEY"))));
    if (kns.out.is_text())
        kns.out.raw(entry.value + '\n');
    else
        kns.out.object(entry, [](const ConfigEntry&) { return Lines(); });
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec config_get{
    .path = "config get",
    .summary = "print one of the daemon's settings",
    .description = "Prints the value in force and nothing else; a list with commas.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
