#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/jobs.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "ID", .help = "the job's number", .completer = Completer::job}};
constexpr Example kExamples[] = {{"kns job logs 17", "What its process has said."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"daemon logs", "job show"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto id = KNS_TRY(parse_job_id(args.text("ID")));
    kns.out.raw(KNS_TRY(kns.daemon.call("GET", path_of("jobs", fmt::format("{}", id), "logs"))));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec job_logs{
    .path = "job logs",
    .summary = "print what a job has said",
    .description = "Prints the messages of the job's process, from all attempts, as they are.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
