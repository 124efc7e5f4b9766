#include "cli/command.hpp"
#include "cli/daemon_control.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {{"kns daemon stop", "End it; the next command starts it again."}};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"daemon restart", "daemon start"};

Result<ExitCode> run(Context& kns, const Args&) {
    const auto running = KNS_TRY(running_daemon(kns));
    if (!running) {
        kns.out.note("the daemon is not running");
        return ExitCode::done;
    }
    KNS_TRY(stop_daemon(kns, *running));
    kns.out.note(fmt::format("stopped the daemon for {}", running->data_dir));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_stop{
    .path = "daemon stop",
    .summary = "stop the daemon",
    .description =
        "Returns when its process has ended. What was acknowledged is on the disk; running jobs are taken up again at the next "
        "start.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
