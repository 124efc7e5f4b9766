// How long a client may keep its connection waiting: then the connection's operations end. On the I/O thread.
#pragma once

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

    void begin() {
        if (usual_) begin(*usual_);
    }
    void begin(std::chrono::seconds time) {
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
    std::shared_ptr<Socket*> socket_;  // shared with nobody: it tells whether this is still here
    asio::steady_timer timer_;
    std::optional<std::chrono::seconds> usual_;
};

}  // namespace kns
