#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/project.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {
    {"kns export > kns.yaml", "All streams and delivery streams, to keep with the code."},
    {"kns export -o ndjson", "For a program: an object a line."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"apply", "diff"};

Result<ExitCode> run(Context& kns, const Args&) {
    const auto project = KNS_TRY(kns.daemon.get<ExportedProject>("/v1/export"));
    if (kns.out.is_text())
        kns.out.raw(project.yaml);
    else
        kns.out.list(project.items, {}, [](const ProjectObject&) { return Row(); });
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec export_project{
    .path = "export",
    .summary = "print all streams and delivery streams as a project",
    .description =
        "Prints YAML that kns apply takes, with every key written out. Records, positions and the daemon's settings are not in "
        "it.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
