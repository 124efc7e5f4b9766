#include "cli/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/json.hpp"
#include "core/base/posix.hpp"
#include "core/base/unix_http.hpp"

namespace kns::cli {
namespace {

constexpr Ms kReadyWithin = 5 * kSecond;
constexpr int kReadyFd = 3;

// Somebody serves there. One who is only now being started by a service manager, at our knock, is waited for.
bool answers(const DataDir& data) {
    const auto socket = find_socket(data);
    if (!socket) return false;
    auto connected = connect_unix(*socket, Deadline::in(kSecond));
    if (!connected || is_announced(data)) return connected.has_value();
    return HttpConnection(std::move(*connected)).request({.target = "/v1/daemon"}, Deadline::in(kReadyWithin)).has_value();
}

// What knsd wrote in place of "ready": {"error":{...}} as it would say it over HTTP, or a plain sentence with perhaps a
// second line "hint: ...".
Error start_failure(std::string_view said, const DataDir& data) {
    Error error{.code = Errc::unavailable, .message = {}, .hint = fmt::format("see {}", data.daemon_log())};
    while (said.ends_with('\n')) said.remove_suffix(1);
    if (said.empty()) {
        error.message = "the daemon ended while starting, without a reason";
        return error;
    }
    std::string reason(said.substr(0, said.find('\n')));
    if (const auto line = said.find("\nhint: "); line != std::string_view::npos) error.hint = said.substr(line + 7);
    if (const auto parsed = parse_json(said)) {
        const JsonValue& in = (*parsed)["error"];
        if (const auto* message = in["message"].as_string()) reason = *message;
        if (const auto* code = in["code"].as_string()) error.code = errc_from_name(*code).value_or(error.code);
        if (const auto* hint = in["hint"].as_string(); hint && !hint->empty()) error.hint = *hint;
    }
    error.message = fmt::format("the daemon could not start: {}", reason);
    return error;
}

// Everything knsd writes until it is ready or gone.
Result<std::string> read_readiness(int fd, const DataDir& data) {
    const auto deadline = Deadline::in(kReadyWithin);
    std::string said;
    std::array<char, 4096> piece;
    for (;;) {
        pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
        const int ready = ::poll(&watched, 1, deadline.poll_timeout());
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) {
            return fail(Errc::timed_out, "the daemon for {} is still starting after {}", data.root(), format_duration(kReadyWithin))
                .hint(fmt::format("try again; see {}", data.daemon_log()));
        }
        const auto got = ::read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return said;
        said.append(piece.data(), static_cast<std::size_t>(got));
        if (said == "ready\n") return said;
    }
}

}  // namespace

bool is_announced(const DataDir& data) { return ::access(data.daemon_file().c_str(), F_OK) == 0 || errno != ENOENT; }

Result<std::string> find_knsd() {
    if (auto here = program_directory()) {
        std::string beside = *here + "/knsd";
        if (::access(beside.c_str(), X_OK) == 0) return beside;
    }
    if (auto found = find_in_path("knsd")) return *found;
    return fail(Errc::unavailable, "knsd, the daemon's program, is neither beside kns nor on PATH").hint("install it next to kns");
}

Result<Started> start_daemon(const DataDir& data) {
    const std::string program = KNS_TRY(find_knsd());
    KNS_TRY(data.make());
    // Held until the daemon answers, so that of ten commands started together one spawns and nine find it running.
    const FileLock lock = KNS_TRY(FileLock::take(data.spawn_lock_file(), Deadline::in(2 * kReadyWithin)));
    if (answers(data)) return Started::by_another;

    const Fd null = KNS_TRY(open_file("/dev/null", O_RDWR));
    const Fd log = KNS_TRY(open_file(data.daemon_log(), O_WRONLY | O_CREAT | O_APPEND));
    auto ready = KNS_TRY(make_pipe());
    // No descriptor of ours may live on in the daemon: a caller's $(kns ...) would wait for it to end.
    KNS_TRY(start_program({.argv = {program, "--data-dir", data.root(), fmt::format("--ready-fd={}", kReadyFd)},
                           .descriptors = {{null.get(), STDIN_FILENO},
                                           {log.get(), STDOUT_FILENO},
                                           {log.get(), STDERR_FILENO},
                                           {ready.write.get(), kReadyFd}},
                           .directory = data.root(),
                           .detached = true}));
    ready.write.reset();
    const std::string said = KNS_TRY(read_readiness(ready.read.get(), data));
    if (said != "ready\n") return std::unexpected(start_failure(said, data));
    return Started::now;
}

}  // namespace kns::cli
