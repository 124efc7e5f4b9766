#include "cli/command.hpp"
#include "cli/daemon_control.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {
    {"kns daemon status", "Whether it runs, where, and how it is."},
    {"kns daemon status -o json | jq .pid", "One fact of it, for a script."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"daemon logs", "metrics"};

Result<ExitCode> run(Context& kns, const Args&) {
    kns.daemon.never_start();
    kns.daemon.accept_any_version();
    kns.out.object(KNS_TRY(kns.daemon.get<DaemonStatus>("/v1/daemon")), lines_of_daemon);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_status{
    .path = "daemon status",
    .summary = "show whether the daemon runs, and how it is",
    .description = "Never starts the daemon; exits with 5 if it is not running.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
