#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/plugin.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {{"kns plugin list", "What there is, and why something is not."}};
constexpr ExitCode kExits[] = {ExitCode::unreachable};

constexpr Column kColumns[] = {
    {.heading = "NAME"}, {.heading = "STATUS"}, {.heading = "KINDS"}, {.heading = "DESCRIPTION", .if_wide = true}};

Row row_of(const PluginInfo& plugin) {
    return {plugin.name, plugin.status, fmt::format("{}", fmt::join(plugin.kinds, ", ")), plugin.description};
}

Result<ExitCode> run(Context& kns, const Args&) {
    kns.out.list(KNS_TRY(kns.daemon.list<PluginInfo>("/v1/plugins")), kColumns, row_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec plugin_list{
    .path = "plugin list",
    .summary = "list the plugins, and why one is missing",
    .description = "Plugins are loaded by the processes that run jobs, one each; the daemon itself loads none.",
    .examples = kExamples,
    .exits = kExits,
    .run = run,
};

}  // namespace kns::cli
