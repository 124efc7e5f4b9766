#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/jobs.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "ID", .help = "the job's number", .completer = Completer::job}};
constexpr Example kExamples[] = {{"kns job show 17", "Its state, its progress, and its last error."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"job list", "job logs", "job wait"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto id = KNS_TRY(parse_job_id(args.text("ID")));
    kns.out.object(KNS_TRY(kns.daemon.get<JobInfo>(path_of("jobs", fmt::format("{}", id)))), lines_of_job);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec job_show{
    .path = "job show",
    .summary = "show one job",
    .description = "Prints what a job is for and how far it is.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
