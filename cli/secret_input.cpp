#include "cli/secret_input.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

constexpr std::size_t kMaxBytes = 64 << 10;  // as the daemon's

// Echo is off for as long as this lives, but for the end of the line.
class Silence {
   public:
    explicit Silence(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
        if (!changed_) return;
        termios quiet = before_;
        quiet.c_lflag = (quiet.c_lflag & ~static_cast<tcflag_t>(ECHO)) | ECHONL;
        ::tcsetattr(fd, TCSAFLUSH, &quiet);
    }
    ~Silence() {
        if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
    Silence(const Silence&) = delete;

   private:
    int fd_;
    termios before_{};
    bool changed_;
};

Result<SecretText> read_all(int fd, const std::string& where, bool one_line) {
    SecretText out(std::string(kMaxBytes + 1, '\0'));  // once and for all: growing would leave copies behind
    std::size_t used = 0;
    while (used < out.text().size()) {
        const auto got = ::read(fd, out.text().data() + used, out.text().size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, where);
        used += static_cast<std::size_t>(got);
        if (got == 0 || (one_line && out.text()[used - 1] == '\n')) break;
    }
    if (used > kMaxBytes) return fail(Errc::invalid_argument, "{} is larger than 64 KiB", where);
    out.text().resize(used);
    if (used == 0) return fail(Errc::invalid_argument, "{} is empty", where);
    return out;
}

}  // namespace

Result<SecretText> read_secret(const std::string& file, const std::string& name) {
    guard_memory();
    if (!file.empty() && file != "-") {
        const Fd fd = KNS_TRY(open_file(file, O_RDONLY));
        return read_all(fd.get(), file, false);
    }
    if (!::isatty(STDIN_FILENO)) return read_all(STDIN_FILENO, "stdin", false);
    KNS_TRY(write_all(STDERR_FILENO, fmt::format("secret {}, as a JSON object in one line (not shown): ", name)));
    const Silence silence(STDIN_FILENO);
    return read_all(STDIN_FILENO, "the answer", true);
}

}  // namespace kns::cli
