// Input, seen through a window of fixed size: large reads into one buffer, from which lines are handed out as views.
//
// A line is everything up to a newline, or up to the end of input; it may be empty and hold any other byte. Memory does
// not grow with the input: a line that does not fit is skipped and reported by its length.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "core/base/result.hpp"

namespace kns::cli {

class InputWindow {
   public:
    struct Line {
        std::span<char> text;     // may be changed in place; empty if the line was too long to be kept
        std::uint64_t bytes = 0;  // its length
        bool skipped = false;
    };

    // `fd` is borrowed. Lines of up to `max_line` bytes are always handed out, longer ones may be skipped. It reads up to
    // `window` bytes before it needs `slide`.
    InputWindow(int fd, std::size_t window, std::size_t max_line);

    // Reads once into the free room, and sets ended() at the end of input. Waits if the descriptor has nothing ready; may
    // come back with nothing after a signal.
    Result<void> fill();
    bool has_room() const { return filled_ < limit_; }
    bool ended() const { return ended_; }
    int fd() const { return fd_; }
    bool used_up() const { return ended_ && at_ == filled_ && !skipping_; }
    std::uint64_t bytes_read() const { return bytes_read_; }

    // The next whole line. Its text stays where it is until `slide`.
    bool next_line(Line& out) {
        const char* start = buffer_.get() + at_;
        if (!skipping_) [[likely]] {
            const auto* end = static_cast<const char*>(std::memchr(buffer_.get() + searched_, '\n', filled_ - searched_));
            if (end) [[likely]] {
                const auto bytes = static_cast<std::size_t>(end - start);
                at_ = searched_ = at_ + bytes + 1;
                out = {{buffer_.get() + (start - buffer_.get()), bytes}, bytes, false};
                return true;
            }
        }
        return next_odd_line(out);
    }

    // Forgets the lines handed out, to make room. What is left of an unfinished line moves to the front.
    void slide();

   private:
    bool next_odd_line(Line& out);  // the last one without a newline, and those too long

    int fd_;
    std::size_t window_, max_line_;
    std::size_t limit_;  // how far it may be filled before the next slide
    std::unique_ptr<char[]> buffer_;
    std::size_t at_ = 0;        // where the next line begins
    std::size_t searched_ = 0;  // no newline in [at_, searched_)
    std::size_t filled_ = 0;
    std::uint64_t bytes_read_ = 0;
    bool ended_ = false;
    bool skipping_ = false;      // inside a line too long, of which
    std::uint64_t skipped_ = 0;  // these bytes are gone
};

}  // namespace kns::cli
