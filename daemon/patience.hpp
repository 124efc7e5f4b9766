// How long a client may keep somebody waiting. On the I/O thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "daemon/asio.hpp"

namespace kns {

class Patience {
    using Clock = std::chrono::steady_clock;

   public:
    static constexpr std::uint64_t kUnknownBody = 16 << 20;  // what a body of unknown length is taken for

    // `usual` is for `begin` without a time; none: for ever. When it is over `lost` is called, while this object lives.
    Patience(const asio::any_io_executor& executor, std::optional<std::chrono::seconds> usual, std::function<void()> lost)
        : lost_(std::make_shared<std::function<void()>>(std::move(lost))), timer_(executor), usual_(usual) {}

    // So many bytes are to come, or to be taken: that has an end, however little comes at a time.
    void expect(std::uint64_t bytes) {
        constexpr std::uint64_t kSlowest = 64 << 10;  // a second
        constexpr std::uint64_t kMost = 1ull << 40;   // a client may announce any number, and a clock has an end
        if (usual_) end_ = Clock::now() + *usual_ + std::chrono::seconds(std::min(bytes, kMost) / kSlowest);
    }
    void begin() {
        if (!usual_) return;
        const auto left = end_ - Clock::now();
        begin(std::min<Clock::duration>(*usual_, left));
    }
    void begin(Clock::duration time) {
        timer_.expires_after(time);
        // The news that it is over may already be on its way when this object ends.
        timer_.async_wait([lost = std::weak_ptr(lost_)](error_code failure) {
            const auto alive = lost.lock();
            if (!failure && alive) (*alive)();
        });
    }
    void end() { timer_.cancel(); }

   private:
    std::shared_ptr<std::function<void()>> lost_;  // shared with nobody: it tells whether this is still here
    asio::steady_timer timer_;
    std::optional<std::chrono::seconds> usual_;
    Clock::time_point end_ = Clock::time_point::max();
};

// With one whose connection's operations end when it is over. The socket is borrowed.
inline Patience patience_with(Socket& socket, std::optional<std::chrono::seconds> usual) {
    return Patience(socket.get_executor(), usual, [&socket] {
        error_code ignored;
        socket.cancel(ignored);
    });
}

}  // namespace kns
