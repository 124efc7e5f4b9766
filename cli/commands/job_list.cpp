#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/jobs.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {
    {.name = "state", .kind = ValueKind::choice, .value = "queued|running|done|failed|cancelled", .help = "only those"},
};
constexpr Example kExamples[] = {
    {"kns job list", "The jobs there are, newest last."},
    {"kns job list --state failed", "Those that need a look."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"job logs", "job show"};

constexpr Column kColumns[] = {
    {.heading = "ID", .right = true},
    {.heading = "KIND"},
    {.heading = "SUBJECT"},
    {.heading = "STATE"},
    {.heading = "PROGRESS"},
    {.heading = "CREATED", .if_wide = true},
    {.heading = "ERROR", .if_wide = true},
};

Row row_of(const JobInfo& job) {
    const auto progress = progress_text(job);
    return {fmt::format("{}", job.id),
            job.kind,
            job.subject,
            std::string(name_of_enum(job.state)),
            progress.empty() ? "-" : progress,
            job.created_at,
            job.error.value_or("-")};
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto target = args.has("state") ? fmt::format("/v1/jobs?state={}", args.text("state")) : std::string("/v1/jobs");
    kns.out.list(KNS_TRY(kns.daemon.list<JobInfo>(target)), kColumns, row_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec job_list{
    .path = "job list",
    .summary = "list the jobs",
    .description = "A job is work done by a process of its own: a delivery, for example. Those that ended are listed for a while.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
