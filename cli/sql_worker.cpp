#include "cli/sql_worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "cli/client.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"

namespace kns::cli {
namespace {

Result<std::string> find_worker() {
    std::string beside = KNS_TRY(program_directory()) + "/kns-worker";
    if (::access(beside.c_str(), X_OK) == 0) return beside;
    if (auto found = find_in_path("kns-worker")) return *found;
    return fail(Errc::unavailable, "kns-worker, which runs queries, is neither beside kns nor on PATH")
        .hint("install it next to kns");
}

std::string_view name_of(Format format) {
    switch (format) {
        case Format::json: return "json";
        case Format::ndjson: return "ndjson";
        case Format::tsv: return "tsv";
        case Format::text: break;
    }
    return "text";
}

// What the worker says, line by line, until it ends. The error, if it said one.
// Ctrl-C ends the worker with what is whole, also where it did not reach it by itself.
std::optional<Error> listen(int fd, pid_t worker, const Interrupt& interrupt, Printer& out) {
    std::optional<Error> error;
    std::string text;
    std::array<char, 4096> piece;
    bool told = false;
    for (;;) {
        std::array<pollfd, 2> watched{pollfd{.fd = fd, .events = POLLIN, .revents = 0},
                                      {.fd = told ? -1 : interrupt.fd(), .events = POLLIN, .revents = 0}};
        ::poll(watched.data(), watched.size(), -1);
        if (interrupt.requested() && !std::exchange(told, true)) ::kill(worker, SIGINT);
        if (watched[0].revents == 0) continue;
        const ssize_t got = ::read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return error;
        text.append(piece.data(), static_cast<std::size_t>(got));
        for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
            const auto event = from_json_text<SqlEvent>(std::string_view(text).substr(0, end), Unknown::ignore);
            if (!event) continue;
            if (!event->warning.empty()) out.warn(event->warning);
            if (event->error)
                error = Error{.code = errc_from_name(event->error->code).value_or(Errc::internal),
                              .message = event->error->message,
                              .hint = event->error->hint};
        }
    }
}

}  // namespace

std::string output_name(const Context& kns) { return std::string(name_of(kns.settings.output)); }

Result<SqlJob> sql_job(Context& kns, const Args& args, std::string text) {
    SqlJob job{.text = std::move(text)};
    job.from = args.text_or("from", "start");
    job.until_end = args.flag("until-end");
    job.for_ms = args.duration("for").value_or(0);
    job.strict = args.flag("strict");
    job.errors = args.text("errors");
    job.output = output_name(kns);
    return with_daemon(kns, std::move(job));
}

Result<SqlJob> with_daemon(Context& kns, SqlJob job) {
    // A query may read files only: that there is no daemon is said once a stream is asked for.
    if (auto connected = kns.daemon.connect()) job.socket = KNS_TRY(kns.daemon.socket_path());
    return job;
}

Result<ExitCode> run_sql_job(Context& kns, const SqlJob& job) {
    const std::string worker = KNS_TRY(find_worker());
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail_errno(errno, "socketpair");
    Fd ours(ends[0]), theirs(ends[1]);
    const Interrupt interrupt;
    const pid_t pid =
        KNS_TRY(start_program({.argv = {worker, kSqlFlag}, .descriptors = {{theirs.get(), kSqlJobFd}}, .dies_with_us = true}));
    theirs.reset();
    KNS_TRY(write_all(ours.get(), to_json(job)));
    ::shutdown(ours.get(), SHUT_WR);
    const auto error = listen(ours.get(), pid, interrupt, kns.out);
    const int code = KNS_TRY(wait_program(pid));
    if (error) return std::unexpected(*error);
    if (code == 128 + SIGPIPE) return ExitCode::pipe_closed;
    if (code == static_cast<int>(ExitCode::interrupted)) return ExitCode::interrupted;
    if (code > 128) return fail(Errc::internal, "kns-worker was ended by signal {}", code - 128);
    return static_cast<ExitCode>(code);
}

Result<std::string> read_statements(const std::string& path) {
    if (path != "-") return read_file(path);
    std::string text;
    std::array<char, 4096> piece;
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "stdin");
        if (got == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace kns::cli
