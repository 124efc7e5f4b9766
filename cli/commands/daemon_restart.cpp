#include "cli/command.hpp"
#include "cli/daemon_control.hpp"
#include "cli/spawn.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {{"kns daemon restart", "After an upgrade, so that the new program runs."}};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"daemon start", "daemon stop"};

// A daemon of this kns's own program goes on as what is installed there now, and keeps its socket: nobody is sent away.
// False: it has another program, or does not know how.
Result<bool> restarted_in_place(Context& kns, const DaemonStatus& running) {
    if (running.program != find_knsd().value_or("")) return false;
    const auto asked = kns.daemon.call("POST", "/v1/daemon/restart");
    if (!asked && asked.error().code == Errc::not_found) return false;
    KNS_TRY(asked);
    return true;
}

Result<ExitCode> run(Context& kns, const Args&) {
    const auto before = KNS_TRY(running_daemon(kns));
    if (before && !KNS_TRY(restarted_in_place(kns, *before))) KNS_TRY(stop_daemon(kns, *before));
    KNS_TRY(start_daemon(KNS_TRY(kns.daemon.data_dir())));
    const auto now = KNS_TRY(running_daemon(kns));
    if (!now) return fail(Errc::unavailable, "the daemon started and ended again").hint("kns daemon logs");
    kns.out.changed(*now,
                    fmt::format("restarted the daemon for {} (process {}, version {})", now->data_dir, now->pid, now->version));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_restart{
    .path = "daemon restart",
    .summary = "stop the daemon and start it again",
    .description =
        "Requests under way are answered first. A daemon of the same installation keeps its socket and its process: commands "
        "that come meanwhile wait, and none is refused. Starts it too if it was not running.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
