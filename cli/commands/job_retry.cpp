#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/jobs.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "ID", .help = "the job's number", .completer = Completer::job}};
constexpr Example kExamples[] = {
    {"kns job retry 17", "Once the reason of its failure is gone, without waiting for the next attempt."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"job cancel", "job show"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto id = KNS_TRY(parse_job_id(args.text("ID")));
    const auto job = KNS_TRY(kns.daemon.post<JobInfo>(path_of("jobs", fmt::format("{}", id), "retry")));
    kns.out.changed(job, fmt::format("job {} is {}", job.id, name_of_enum(job.state)));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec job_retry{
    .path = "job retry",
    .summary = "run a waiting, failed or cancelled job now",
    .description =
        "A job that waits for its next attempt does not wait any longer, and one that failed or was cancelled is queued "
        "again. Fails if it is running or done. A delivery that is over is not tried again: the next one takes up what "
        "it left.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
