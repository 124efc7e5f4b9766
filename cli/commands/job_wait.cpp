#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/jobs.hpp"

namespace kns::cli {
namespace {

constexpr Ms kAskEvery = 20 * kSecond;       // the daemon answers at once when the job ends
constexpr Ms kAskEveryOnTerminal = kSecond;  // so that the line on the terminal moves
constexpr Ms kGrace = 2 * kSecond;           // for an answer that was due: then the daemon hangs

constexpr ArgSpec kArgs[] = {{.name = "ID", .help = "the job's number", .completer = Completer::job}};
constexpr Example kExamples[] = {
    {"kns job wait 17", "Exits with 0 once it is done, with 1 if it failed."},
    {"kns job wait 17 --timeout 5m", "With 6 if it takes longer than that."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::try_again, ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"job cancel", "job show"};

// Asks again and again with the daemon holding each answer back until the job is over or the time is.
Result<JobInfo> wait_for(Context& kns, std::int64_t id, Deadline deadline, const Interrupt& interrupt) {
    Settings patient = kns.settings;
    Client daemon(patient, kns.out);
    daemon.watch_for_interrupt(interrupt.fd());
    std::string shown;
    for (;;) {
        const Ms each = std::min(kns.out.err().is_tty ? kAskEveryOnTerminal : kAskEvery, deadline.left());
        patient.timeout = each + kGrace;
        const auto job =
            KNS_TRY(daemon.get<JobInfo>(fmt::format("{}?timeout_ms={}", path_of("jobs", fmt::format("{}", id), "wait"), each)));
        if (is_over(job.state)) return job;
        if (const auto now = progress_text(job); now != shown && !now.empty()) kns.out.note(shown = now);
        if (deadline.passed()) {
            return fail(Errc::timed_out, "job {} is still {}", id, name_of_enum(job.state))
                .hint(fmt::format("kns job show {}", id));
        }
    }
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto id = KNS_TRY(parse_job_id(args.text("ID")));
    const auto deadline = args.has("timeout") ? Deadline::in(kns.settings.timeout) : Deadline();
    const Interrupt interrupt;
    const auto job = wait_for(kns, id, deadline, interrupt);
    if (!job && interrupt.requested()) {
        kns.out.note(fmt::format("the job goes on; to end it: kns job cancel {}", id));
        return ExitCode::interrupted;
    }
    kns.out.object(KNS_TRY(job), lines_of_job);
    return exit_of(*job);
}

}  // namespace

extern const CommandSpec job_wait{
    .path = "job wait",
    .summary = "wait until a job is over",
    .description = "Prints the job as it is then. Ctrl-C ends the waiting, not the job.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
