#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/describe.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {
    {"curl --unix-socket \"$(kns daemon socket)\" http://kns/v1/streams", "Ask the native API without kns."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"daemon status"};

struct SocketPath {
    std::string socket;
    static constexpr auto fields() { return std::tuple{field("socket", &SocketPath::socket)}; }
};

Result<ExitCode> run(Context& kns, const Args&) {
    if (!kns.settings.no_spawn) KNS_TRY(kns.daemon.connect());
    const SocketPath path{KNS_TRY(kns.daemon.socket_path())};
    if (kns.out.is_text()) {
        kns.out.raw(path.socket + "\n");
    } else {
        kns.out.object(path, [](const SocketPath&) { return Lines{}; });
    }
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_socket{
    .path = "daemon socket",
    .summary = "print the path of the daemon's socket",
    .description =
        "Starts the daemon if it is not running, so that the path can be used at once; with --no-spawn it only prints it.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
