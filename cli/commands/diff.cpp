#include <algorithm>

#include "cli/command.hpp"
#include "cli/project.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {kProjectFile};
constexpr Example kExamples[] = {
    {"kns diff -f kns.yaml", "What would kns apply change?"},
    {"kns diff -f kns.yaml --quiet || kns apply -f kns.yaml", "Apply only what differs."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"apply", "export"};

Result<ExitCode> run(Context& kns, const Args& args) {
    auto files = read_project_files(args.text("file"));
    // A difference exits like nothing else.
    if (!files && row_of(files.error().code).exit == ExitCode::failed) files.error().code = Errc::invalid_argument;
    auto steps = KNS_TRY(apply_project(kns, {.files = KNS_TRY(std::move(files)), .dry_run = true, .prune = false}));
    std::erase_if(steps, [](const auto& step) { return step.result == ProjectResult::unchanged; });
    if (!kns.out.is_text())
        print_steps(kns, steps);
    else if (!kns.settings.quiet)
        kns.out.raw(unified(steps));
    return steps.empty() ? ExitCode::done : ExitCode::failed;
}

}  // namespace

extern const CommandSpec diff{
    .path = "diff",
    .summary = "show what applying a project would change",
    .description =
        "Prints the objects and keys that differ: + comes, - goes. Exits with 0 if all is as the project says, with 1 if "
        "something differs, and with more for errors.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
