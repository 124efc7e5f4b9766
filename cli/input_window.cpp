#include "cli/input_window.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

namespace kns::cli {

InputWindow::InputWindow(int fd, std::size_t window, std::size_t max_line)
    : fd_(fd),
      window_(window),
      max_line_(max_line),
      limit_(window),
      buffer_(std::make_unique_for_overwrite<char[]>(window + max_line + 1)) {
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);  // doubles the read-ahead; not for pipes, where it fails harmlessly
}

Result<void> InputWindow::fill() {
    assert(has_room());
    const auto got = ::read(fd_, buffer_.get() + filled_, limit_ - filled_);
    if (got >= 0) {
        filled_ += static_cast<std::size_t>(got);
        bytes_read_ += static_cast<std::uint64_t>(got);
        ended_ = got == 0;
    } else if (errno != EINTR && errno != EAGAIN) {  // EAGAIN: another program that shares it has made it non-blocking
        return fail_errno(errno, "reading the input");
    }
    return {};
}

void InputWindow::slide() {
    if (at_ > 0) std::memmove(buffer_.get(), buffer_.get() + at_, filled_ - at_);
    filled_ -= at_;
    searched_ -= at_;
    at_ = 0;
    limit_ = filled_ + window_;
}

bool InputWindow::next_odd_line(Line& out) {
    if (skipping_) {
        const auto* end = static_cast<const char*>(std::memchr(buffer_.get() + at_, '\n', filled_ - at_));
        const auto gone = end ? static_cast<std::size_t>(end - (buffer_.get() + at_)) : filled_ - at_;
        skipped_ += gone;
        at_ += gone + (end ? 1 : 0);
        searched_ = at_;
        if (!end && !ended_) return false;
        skipping_ = false;
        out = {{}, skipped_, true};
        return true;
    }
    searched_ = filled_;
    const std::size_t bytes = filled_ - at_;
    if (ended_ && bytes > 0) {
        out = {{buffer_.get() + at_, bytes}, bytes, false};
        at_ = filled_;
        return true;
    }
    if (bytes > max_line_) {
        skipping_ = true;
        skipped_ = bytes;
        at_ = filled_;
    }
    return false;
}

}  // namespace kns::cli
