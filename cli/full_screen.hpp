// The terminal as a page of lines: for a command that shows one picture and changes it in place.
//
//     FullScreen screen;
//     screen.draw(lines);
//     while (auto event = screen.next(deadline)) ...
//
// While one exists, the terminal shows its other page without a cursor, and keys come one by one. However the program
// ends, short of SIGKILL, the terminal is as it was before. Lives on the main thread; one at a time.
#pragma once

#include <string>
#include <vector>

#include "core/base/posix.hpp"

namespace kns::cli {

struct ScreenSize {
    int columns = 80, rows = 24;

    bool operator==(const ScreenSize&) const = default;
};

enum class Key { none, character, up, down, page_up, page_down, home, end, enter, escape };

class FullScreen {
   public:
    // Whether stdin and stdout are a terminal on which a cursor can be moved.
    static bool is_possible();

    FullScreen();
    ~FullScreen();
    FullScreen(const FullScreen&) = delete;

    ScreenSize size() const;  // asked anew each time

    // Shows lines from the top; each must fit. Writes what differs from the picture before, in one go.
    void draw(const std::vector<std::string>& lines);

    struct Event {
        enum class What { timeout, key, resized, interrupted } what = What::timeout;  // resized: also back from a stop
        Key key = Key::none;
        char character = 0;
    };
    // What happens next. Ctrl-Z stops the program here and now.
    Event next(Deadline deadline);

    // Readable when `next` has something to tell: for HttpConnection::watch_for_interrupt.
    int fd() const { return events_.get(); }

   private:
    void enter();
    void leave();
    void stop();
    Event take_signal();

    Fd signals_, events_;
    std::string typed_;  // read, not yet taken
    std::vector<std::string> shown_;
    bool hung_up_ = false;
};

// Takes one key off what was typed, which is not empty. A sequence that nobody knows gives `none`.
FullScreen::Event take_key(std::string& typed);

}  // namespace kns::cli
