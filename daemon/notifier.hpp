// Wakes whoever waits for something to change. Lives on the I/O thread, so between looking and waiting nothing is missed:
//
//     while (!finished()) co_await changed.wait();
#pragma once

#include "daemon/asio.hpp"

namespace kns {

class Notifier {
   public:
    using TimePoint = std::chrono::steady_clock::time_point;
    explicit Notifier(asio::io_context& io) : timer_(io, TimePoint::max()) {}

    void notify() { timer_.cancel(); }
    Task<void> wait() { co_await timer_.async_wait(kNoThrow); }

   private:
    asio::steady_timer timer_;  // never expires: cancelling it is the news
};

}  // namespace kns
