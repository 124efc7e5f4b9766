#include <unistd.h>

#include <cerrno>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/spawn.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {{"kns daemon run", "For a service manager, or to watch its log."}};
constexpr ExitCode kExits[] = {ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"daemon start"};

Result<ExitCode> run(Context& kns, const Args&) {
    const auto data = KNS_TRY(kns.daemon.data_dir());
    const auto program = KNS_TRY(find_knsd());
    KNS_TRY(data.make());
    // In place of this process, so that signals and a service manager's eyes reach the daemon itself.
    ::execl(program.c_str(), program.c_str(), "--data-dir", data.root().c_str(), nullptr);
    return fail_errno(errno, program);
}

}  // namespace

extern const CommandSpec daemon_run{
    .path = "daemon run",
    .summary = "run the daemon in the foreground",
    .description = "Becomes the daemon. It logs to stderr and stops cleanly at SIGTERM and SIGINT.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
