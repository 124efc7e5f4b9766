#include <algorithm>

#include "cli/command.hpp"
#include "cli/confirm.hpp"
#include "cli/project.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {
    kProjectFile,
    {.name = "dry-run", .help = "say what would be done, and do nothing"},
    {.name = "prune", .help = "delete the streams and delivery streams that the project leaves out"},
    {.name = "yes", .letter = 'y', .help = "do not ask"},
};
constexpr Example kExamples[] = {
    {"kns apply -f kns.yaml", "Make it so; twice is as good as once."},
    {"kns apply -f kns.yaml --prune --dry-run", "What would be deleted?"},
    {"kns apply -f project", "A folder: all its *.yaml together."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable, ExitCode::partial};
constexpr std::string_view kSeeAlso[] = {"diff", "export", "init"};

// Names what would be lost, and asks.
Result<void> confirm_deletions(Context& kns, ApplyProject project) {
    project.dry_run = true;
    std::string names;
    for (const auto& step : KNS_TRY(apply_project(kns, project)))
        if (step.result == ProjectResult::deleted) names += fmt::format("{}{} {}", names.empty() ? "" : ", ", step.kind, step.name);
    return names.empty() ? Result<void>() : confirm(fmt::format("delete {} and what is in them?", names), false);
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const ApplyProject project{
        .files = KNS_TRY(read_project_files(args.text("file"))), .dry_run = args.flag("dry-run"), .prune = args.flag("prune")};
    if (project.prune && !project.dry_run && !args.flag("yes")) KNS_TRY(confirm_deletions(kns, project));
    const auto steps = KNS_TRY(apply_project(kns, project));
    print_steps(kns, steps);
    const bool failed = std::ranges::any_of(steps, [](const auto& step) { return step.result == ProjectResult::failed; });
    return failed ? ExitCode::partial : ExitCode::done;
}

}  // namespace

extern const CommandSpec apply{
    .path = "apply",
    .summary = "make what a project says",
    .description =
        "Creates and updates the streams and delivery streams that a YAML file describes, and says of each what was done. All "
        "is checked before anything is changed. What the file does not say of an object is left as it is.\n\n"
        "The same file may be applied again at any time: what is right already is unchanged.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
