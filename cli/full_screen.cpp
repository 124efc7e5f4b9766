#include "cli/full_screen.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <span>

namespace kns::cli {
namespace {

constexpr int kWatched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
constexpr int kCrashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// The other page, no cursor, no line that wraps; and back.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l";
constexpr std::string_view kLeave = "\033[?7h\033[?25h\033[?1049l";
// Between these a terminal that knows them shows nothing half done.
constexpr std::string_view kBegin = "\033[?2026h", kEnd = "\033[?2026l";

termios saved{};  // for the handler of a crash, too

void to_terminal(std::string_view text) { static_cast<void>(write_all(STDOUT_FILENO, text)); }

// Only async-signal-safe calls.
void on_crash(int number) {
    [[maybe_unused]] const auto ignored = ::write(STDOUT_FILENO, kLeave.data(), kLeave.size());
    ::tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    ::raise(number);  // the handler is gone (SA_RESETHAND): ends the program as if it had never been there
}

void handle_crashes(bool ours) {
    struct sigaction action{};
    action.sa_handler = ours ? on_crash : SIG_DFL;
    action.sa_flags = ours ? static_cast<int>(SA_RESETHAND) : 0;
    for (const int number : kCrashes) ::sigaction(number, &action, nullptr);
}

sigset_t set_of(std::span<const int> numbers) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : numbers) ::sigaddset(&set, number);
    return set;
}

void watch(int events, int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(events, EPOLL_CTL_ADD, fd, &event);
}

bool is_readable(int fd) {
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 0) > 0;
}

}  // namespace

bool FullScreen::is_possible() {
    const char* term = std::getenv("TERM");
    return ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO) && term && *term && std::string_view(term) != "dumb";
}

FullScreen::FullScreen() {
    ::tcgetattr(STDIN_FILENO, &saved);
    const sigset_t set = set_of(kWatched);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    events_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
    watch(events_.get(), signals_.get());
    watch(events_.get(), STDIN_FILENO);
    handle_crashes(true);
    enter();
}

FullScreen::~FullScreen() {
    leave();
    handle_crashes(false);
    const sigset_t set = set_of(kWatched);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void FullScreen::enter() {
    termios raw = saved;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // Ctrl-C and Ctrl-Z stay signals
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    to_terminal(kEnter);
    shown_.clear();
}

void FullScreen::leave() {
    to_terminal(kLeave);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);  // keys that nobody took are not for the shell
}

ScreenSize FullScreen::size() const {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

void FullScreen::draw(const std::vector<std::string>& lines) {
    std::string out = shown_.empty() ? "\033[2J" : "";
    // Erased before it is written: behind a full line, the erasing would take its last character.
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (i >= shown_.size() || shown_[i] != lines[i]) out += fmt::format("\033[{};1H\033[K{}", i + 1, lines[i]);
    if (lines.size() < shown_.size()) out += fmt::format("\033[{};1H\033[J", lines.size() + 1);
    if (!out.empty()) to_terminal(fmt::format("{}{}{}", kBegin, out, kEnd));
    shown_ = lines;
}

// As the terminal's driver would have done it, had we not asked to be told.
void FullScreen::stop() {
    leave();
    const int number = SIGTSTP;
    const sigset_t set = set_of(std::span(&number, 1));
    ::raise(SIGTSTP);  // blocked, and therefore delivered by the next call
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    ::tcgetattr(STDIN_FILENO, &saved);
    enter();
}

FullScreen::Event FullScreen::take_signal() {
    using What = Event::What;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) return {};
    switch (info.ssi_signo) {
        case SIGTSTP: stop(); return {.what = What::resized};
        case SIGCONT: enter(); return {.what = What::resized};
        case SIGWINCH: shown_.clear(); return {.what = What::resized};
        default: return {.what = What::interrupted};
    }
}

FullScreen::Event FullScreen::next(Deadline deadline) {
    for (;;) {
        if (!typed_.empty()) return cli::take_key(typed_);
        if (hung_up_) return {.what = Event::What::interrupted};
        epoll_event ready{};
        const int count = ::epoll_wait(events_.get(), &ready, 1, deadline.poll_timeout());
        if (count < 0) continue;  // EINTR
        if (count == 0) return {};
        if (is_readable(signals_.get())) {
            if (const auto event = take_signal(); event.what != Event::What::timeout) return event;
            continue;
        }
        char keys[256];
        const auto got = ::read(STDIN_FILENO, keys, sizeof keys);
        if (got > 0) typed_.append(keys, static_cast<std::size_t>(got));
        hung_up_ = got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
    }
}

FullScreen::Event take_key(std::string& typed) {
    struct Sequence {
        std::string_view bytes;
        Key key;
    };
    static constexpr Sequence kSequences[] = {
        {"\033[A", Key::up},       {"\033OA", Key::up},         {"\033[B", Key::down}, {"\033OB", Key::down},
        {"\033[5~", Key::page_up}, {"\033[6~", Key::page_down}, {"\033[H", Key::home}, {"\033OH", Key::home},
        {"\033[1~", Key::home},    {"\033[F", Key::end},        {"\033OF", Key::end},  {"\033[4~", Key::end},
        {"\r", Key::enter},        {"\n", Key::enter},
    };
    auto pressed = [&](std::size_t bytes, Key key, char character = 0) {
        typed.erase(0, bytes);
        return FullScreen::Event{.what = FullScreen::Event::What::key, .key = key, .character = character};
    };
    for (const auto& [bytes, key] : kSequences)
        if (typed.starts_with(bytes)) return pressed(bytes.size(), key);
    if (typed[0] != '\033') return pressed(1, Key::character, typed[0]);
    if (typed.size() == 1 || (typed[1] != '[' && typed[1] != 'O')) return pressed(1, Key::escape);
    // Some other key's sequence: up to its final letter.
    std::size_t end = 2;
    while (end < typed.size() && (typed[end] < '@' || typed[end] > '~')) ++end;
    return pressed(std::min(end + 1, typed.size()), Key::none);
}

}  // namespace kns::cli
