#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {
    {.name = "follow", .letter = 'f', .help = "go on as lines are written, until Ctrl-C"},
    {.name = "lines", .kind = ValueKind::number, .value = "N", .help = "the last N lines", .default_text = "all, with --follow 10"},
};
constexpr Example kExamples[] = {
    {"kns daemon logs", "The whole log."},
    {"kns daemon logs --follow", "The last lines, and those to come."},
    {"kns daemon logs | grep ready", "When it was started. Lines are: time, level, event, key=value."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"daemon status"};

// Copies from the file's place to its end.
Result<void> print_rest(int fd, Printer& out) {
    std::array<char, 64 << 10> piece;
    for (;;) {
        const auto got = ::read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "reading the log");
        if (got == 0) return out.flush();
        out.raw({piece.data(), static_cast<std::size_t>(got)});
    }
}

// Where the last `lines` lines begin, looking from the end.
Result<off_t> start_of_last(int fd, std::uint64_t lines) {
    off_t at = ::lseek(fd, 0, SEEK_END);
    std::array<char, 64 << 10> piece;
    std::uint64_t seen = 0;
    for (bool at_end = true; at > 0;) {
        const auto size = std::min<off_t>(at, static_cast<off_t>(piece.size()));
        const auto got = ::pread(fd, piece.data(), static_cast<std::size_t>(size), at - size);
        if (got != size) return fail_errno(got < 0 ? errno : EIO, "reading the log");
        for (off_t i = size; i-- > 0; at_end = false)
            if (piece[static_cast<std::size_t>(i)] == '\n' && !at_end && ++seen == lines) return at - size + i + 1;
        at -= size;
    }
    return 0;
}

class Follower {
   public:
    Follower(std::string path, std::string directory) : path_(std::move(path)), directory_(std::move(directory)) {}

    // Until interrupted. A log that is truncated or replaced is read on from its new beginning.
    Result<void> follow(Fd log, Printer& out, const Interrupt& interrupt) {
        const Fd changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!changes || ::inotify_add_watch(changes.get(), directory_.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
            return fail_errno(errno, fmt::format("watching {}", directory_));
        pollfd watched[2] = {{.fd = changes.get(), .events = POLLIN, .revents = 0},
                             {.fd = interrupt.fd(), .events = POLLIN, .revents = 0}};
        for (;;) {
            KNS_TRY(reopen_if_replaced(log));
            KNS_TRY(print_rest(log.get(), out));
            if (::poll(watched, 2, -1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
            if (interrupt.requested()) return {};
            std::array<char, 4096> events;  // what changed does not matter: the file is looked at anew
            while (::read(changes.get(), events.data(), events.size()) > 0) continue;
        }
    }

   private:
    Result<void> reopen_if_replaced(Fd& log) {
        struct stat open{}, named{};
        if (::fstat(log.get(), &open) < 0) return fail_errno(errno, path_);
        if (::stat(path_.c_str(), &named) == 0 && (named.st_ino != open.st_ino || named.st_dev != open.st_dev)) {
            log = KNS_TRY(open_file(path_, O_RDONLY));
        } else if (open.st_size < ::lseek(log.get(), 0, SEEK_CUR)) {
            ::lseek(log.get(), 0, SEEK_SET);
        }
        return {};
    }

    std::string path_, directory_;
};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto data = KNS_TRY(kns.daemon.data_dir());
    auto log = open_file(data.daemon_log(), O_RDONLY);
    if (!log && log.error().code == Errc::not_found)
        return fail(Errc::not_found, "there is no log in {} yet", data.root()).hint("kns daemon start");
    if (!log) return std::unexpected(log.error());
    const bool follows = args.flag("follow");
    if (const auto lines = args.number("lines").or_else([&] { return follows ? std::optional<std::uint64_t>(10) : std::nullopt; }))
        ::lseek(log->get(), *lines ? KNS_TRY(start_of_last(log->get(), *lines)) : ::lseek(log->get(), 0, SEEK_END), SEEK_SET);
    if (!follows) {
        KNS_TRY(print_rest(log->get(), kns.out));
        return ExitCode::done;
    }
    const Interrupt interrupt;
    KNS_TRY(Follower(data.daemon_log(), data.root()).follow(std::move(*log), kns.out, interrupt));
    return ExitCode::interrupted;
}

}  // namespace

extern const CommandSpec daemon_logs{
    .path = "daemon logs",
    .summary = "print the daemon's log",
    .description = "Reads knsd.log in the data directory, so it works whether the daemon runs or not.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
