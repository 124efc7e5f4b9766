#include "cli/daemon_control.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "cli/spawn.hpp"

namespace kns::cli {

Result<std::optional<DaemonStatus>> running_daemon(Context& kns) {
    const auto socket = KNS_TRY(kns.daemon.socket_path());
    if (!is_announced(KNS_TRY(kns.daemon.data_dir()))) return std::nullopt;
    if (const auto probe = connect_unix(socket, kns.daemon.deadline()); !probe && nobody_is_there(probe.error()))
        return std::nullopt;
    kns.daemon.never_start();
    kns.daemon.accept_any_version();
    return KNS_TRY(kns.daemon.get<DaemonStatus>("/v1/daemon"));
}

Result<void> stop_daemon(Context& kns, const DaemonStatus& daemon) {
    // Held before asking, so that the number cannot come to mean another process.
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(daemon.pid), 0)));
    if (!process) return fail_errno(errno, fmt::format("process {}", daemon.pid));
    KNS_TRY(kns.daemon.call("POST", "/v1/daemon/stop"));
    pollfd watched{.fd = process.get(), .events = POLLIN, .revents = 0};
    const auto deadline = kns.daemon.deadline();
    int ready = 0;
    do {
        ready = ::poll(&watched, 1, deadline.poll_timeout());
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) {
        return fail(Errc::timed_out, "the daemon (process {}) has not ended after {}", daemon.pid,
                    format_duration(kns.settings.timeout))
            .hint(fmt::format("kns daemon logs; kill -9 {} is safe: nothing acknowledged is lost", daemon.pid));
    }
    return {};
}

Lines lines_of_daemon(const DaemonStatus& daemon) {
    std::string listeners;
    for (const auto& listener : daemon.listeners)
        listeners += fmt::format("{}{} {}", listeners.empty() ? "" : ", ", listener.face, listener.address);
    Lines lines{
        {"state", daemon.state},
        {"pid", fmt::format("{}", daemon.pid)},
        {"program", daemon.program},
        {"version",
         daemon.stale ? fmt::format("{} (another program is installed now: kns daemon restart)", daemon.version) : daemon.version},
        {"api", daemon.api_version},
        {"data", daemon.data_dir},
        {"socket", daemon.socket},
        {"up for", format_duration(daemon.uptime_s * kSecond)},
        {"listeners", listeners},
        {"streams", grouped(daemon.streams)},
        {"log", format_size(daemon.log_bytes)},
        {"damaged", daemon.damaged_batches ? fmt::format("{} batches in quarantine", grouped(daemon.damaged_batches)) : ""},
        {"missing", daemon.missing_records ? fmt::format("{} acknowledged records", grouped(daemon.missing_records)) : ""},
    };
    for (const auto& zone : daemon.zones) {
        std::string how = zone.state;
        if (zone.state == "filling") how += fmt::format(", {} %", zone.percent);
        if (zone.state != "ok") how += ", since " + zone.since;
        if (!zone.reason.empty()) how += ": " + zone.reason;
        lines.emplace_back("zone", fmt::format("{} {}", zone.path, how));
    }
    return lines;
}

}  // namespace kns::cli
