#include "cli/sql_worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "cli/client.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/sql_screen.hpp"

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

constexpr Ms kBetweenDrawings = 100;

// Lines out of pieces.
template <class Use>
void each_line(std::string& text, Use use) {
    std::size_t from = 0;
    for (std::size_t end; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
        use(std::string_view(text).substr(from, end - from));
    text.erase(0, from);
}

// The terminal as it is now: its width and height.
std::pair<std::size_t, std::size_t> screen_size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {80, 24};
    return {size.ws_col, size.ws_row};
}

// What the worker says, line by line, until it ends.
class Listener {
   public:
    // `rows`: where its rows come from, if they are to be drawn; -1: they go to stdout by themselves.
    Listener(int events, int rows, pid_t worker, const Interrupt& interrupt, Printer& out)
        : events_(events), rows_(rows), worker_(worker), interrupt_(interrupt), out_(out) {}

    // The error, if it said one. Ctrl-C ends the worker with what is whole, also where it did not reach it by itself.
    Result<std::optional<Error>> listen() {
        bool told = false;
        while (events_ >= 0 || rows_ >= 0) {
            std::array<pollfd, 3> watched{pollfd{.fd = events_, .events = POLLIN, .revents = 0},
                                          {.fd = told ? -1 : interrupt_.fd(), .events = POLLIN, .revents = 0},
                                          {.fd = rows_, .events = POLLIN, .revents = 0}};
            const int ready = ::poll(watched.data(), watched.size(), due_ ? due_->poll_timeout() : -1);
            if (interrupt_.requested() && !std::exchange(told, true)) ::kill(worker_, SIGINT);
            if (ready > 0 && watched[0].revents != 0 && !take(events_, events_text_)) events_ = -1;
            if (ready > 0 && watched[2].revents != 0 && !take(rows_, rows_text_)) rows_ = -1;
            each_line(events_text_, [&](std::string_view line) { event(line); });
            if (screen_) {
                each_line(rows_text_, [&](std::string_view line) { screen_->change(line); });
            } else {  // it has no rows of its own: what it writes is text
                KNS_TRY(write_all(STDOUT_FILENO, std::exchange(rows_text_, {})));
            }
            KNS_TRY(draw(events_ < 0 && rows_ < 0));
        }
        return error_;
    }

   private:
    // False at the end.
    static bool take(int fd, std::string& into) {
        std::array<char, 65536> piece;
        const ssize_t got = ::read(fd, piece.data(), piece.size());
        if (got > 0) into.append(piece.data(), static_cast<std::size_t>(got));
        return got > 0 || (got < 0 && errno == EINTR);
    }
    void event(std::string_view line) {
        auto event = from_json_text<SqlEvent>(line, Unknown::ignore);
        if (!event) return;
        if (!event->warning.empty()) warnings_.push_back(event->warning);
        if (event->head) screen_.emplace(std::move(*event->head));
        if (event->error)
            error_ = Error{.code = errc_from_name(event->error->code).value_or(Errc::internal),
                           .message = event->error->message,
                           .hint = event->error->hint};
    }
    // Ten times a second at most, but the first rows at once.
    Result<void> draw(bool last) {
        if (screen_ && (last || !due_ || due_->passed())) {
            const auto [columns, rows] = screen_size();
            const std::string picture = screen_->draw(columns, rows, last && !error_);
            if (!picture.empty()) {
                KNS_TRY(write_all(STDOUT_FILENO, picture));
                due_ = Deadline::in(kBetweenDrawings);
            } else {
                due_.reset();
            }
        }
        if (!screen_ || last) {
            for (const auto& warning : warnings_) out_.warn(warning);
            warnings_.clear();
        }
        return {};
    }

    int events_, rows_;
    pid_t worker_;
    const Interrupt& interrupt_;
    Printer& out_;
    std::string events_text_, rows_text_;
    std::optional<SqlScreen> screen_;
    std::optional<Deadline> due_;
    std::vector<std::string> warnings_;
    std::optional<Error> error_;
};

}  // namespace

std::string output_name(const Context& kns) { return std::string(name_of(kns.settings.output)); }

Result<SqlJob> sql_job(Context& kns, const Args& args, std::string text) {
    SqlJob job{.text = std::move(text)};
    job.from = args.text_or("from", "start");
    job.until_end = args.flag("until-end");
    job.for_ms = args.duration("for").value_or(0);
    job.strict = args.flag("strict");
    job.errors = args.text("errors");
    // On a terminal, rows are drawn.
    job.output = kns.out.is_text() && kns.out.out().smart ? "screen" : output_name(kns);
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
    Program program{.argv = {worker, kSqlFlag}, .descriptors = {{theirs.get(), kSqlJobFd}}, .dies_with_us = true};
    Pipe rows;
    if (job.output == "screen") {
        rows = KNS_TRY(make_pipe());
        program.descriptors.push_back({rows.write.get(), STDOUT_FILENO});
    }
    const pid_t pid = KNS_TRY(start_program(program));
    rows.write.reset();
    theirs.reset();
    KNS_TRY(write_all(ours.get(), to_json(job)));
    ::shutdown(ours.get(), SHUT_WR);
    auto error = Listener(ours.get(), rows.read ? rows.read.get() : -1, pid, interrupt, kns.out).listen();
    const int code = KNS_TRY(wait_program(pid));
    if (const auto said = KNS_TRY(std::move(error))) return std::unexpected(*said);
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
