// How long a client may keep its connection waiting: then the connection's operations end. On the I/O thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "daemon/asio.hpp"

namespace kns {

class Patience {
   public:
    // `usual` is for `begin` without a time; none: for ever. The socket is borrowed.
    Patience(Socket& socket, std::optional<std::chrono::seconds> usual)
        : socket_(std::make_shared<Socket*>(&socket)), timer_(socket.get_executor()), usual_(usual) {}

    // So many bytes are to come, or to be taken: that has an end, however little comes at a time.
    void expect(std::uint64_t bytes) {
        constexpr std::uint64_t kSlowest = 64 << 10;  // a second
        if (usual_) end_ = Clock::now() + *usual_ + std::chrono::seconds(bytes / kSlowest);
    }
    void begin() {
        if (!usual_) return;
        const auto left = end_ - Clock::now();
        begin(std::min<Clock::duration>(*usual_, left));
    }
    void begin(std::chrono::steady_clock::duration time) {
        timer_.expires_after(time);
        // The news that it is over may already be on its way when the connection ends.
        timer_.async_wait([socket = std::weak_ptr(socket_)](error_code failure) {
            const auto alive = socket.lock();
            if (failure || !alive) return;
            error_code ignored;
            (*alive)->cancel(ignored);
        });
    }
    void end() { timer_.cancel(); }

   private:
    using Clock = std::chrono::steady_clock;
    std::shared_ptr<Socket*> socket_;  // shared with nobody: it tells whether this is still here
    asio::steady_timer timer_;
    std::optional<std::chrono::seconds> usual_;
    Clock::time_point end_ = Clock::time_point::max();
};

}  // namespace kns
