#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/jobs.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "ID", .help = "the job's number", .completer = Completer::job}};
constexpr Example kExamples[] = {{"kns job cancel 17", "It stops; its records stay for another try."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"job retry", "job show"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto id = KNS_TRY(parse_job_id(args.text("ID")));
    const auto job = KNS_TRY(kns.daemon.post<JobInfo>(path_of("jobs", fmt::format("{}", id), "cancel")));
    kns.out.changed(job, fmt::format("job {} is {}", job.id, name_of_enum(job.state)));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec job_cancel{
    .path = "job cancel",
    .summary = "cancel a job",
    .description = "Ends the job's process, or takes the job out of the queue. What it has delivered already stays delivered.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
