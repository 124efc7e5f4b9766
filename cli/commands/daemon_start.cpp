#include "cli/command.hpp"
#include "cli/daemon_control.hpp"
#include "cli/spawn.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {
    {"kns daemon start", "Start it now rather than with the first command."},
    {"kns daemon start --data-dir /srv/kns", "Another one, for another data directory."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"daemon run", "daemon status", "daemon stop"};

Result<ExitCode> run(Context& kns, const Args&) {
    auto running = KNS_TRY(running_daemon(kns));
    const bool started = !running;
    if (!running) {
        KNS_TRY(start_daemon(KNS_TRY(kns.daemon.data_dir())));
        running = KNS_TRY(running_daemon(kns));
        if (!running) return fail(Errc::unavailable, "the daemon started and ended again").hint("kns daemon logs");
    }
    kns.out.changed(*running, fmt::format("{} for {} (process {})", started ? "started the daemon" : "the daemon runs already",
                                          running->data_dir, running->pid));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_start{
    .path = "daemon start",
    .summary = "start the daemon in the background",
    .description = "Returns when the daemon answers. There is no need for it: any command that asks the daemon starts it.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
