// Ctrl-C as something to wait for. Without one of these, SIGINT ends the program at once, which is right for most
// commands; those that have something to finish or to say make one on entry.
#pragma once

namespace kns::cli {

class Interrupt {
   public:
    Interrupt();   // SIGINT and SIGTERM; one at a time
    ~Interrupt();  // default handling again
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    // Readable from the first signal on: for poll, and for HttpConnection::watch_for_interrupt. A second signal ends the
    // program at once.
    int fd() const;
    bool requested() const;
};

}  // namespace kns::cli
