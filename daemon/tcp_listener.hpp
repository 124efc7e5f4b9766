// Accepts on a loopback address. On the I/O thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <optional>

#include "core/base/tcp_address.hpp"
#include "daemon/asio.hpp"
#include "daemon/service_manager.hpp"

namespace kns {

class TcpListener {
   public:
    using Visitor = std::function<void(Socket)>;
    TcpListener(asio::io_context& io, Visitor visitor) : io_(io), acceptor_(io), visitor_(std::move(visitor)) {}

    // In place of where it listened before. A port that is taken is a conflict.
    // If `handed` listens there already, a predecessor's, it is used.
    Result<void> open(const TcpAddress& address, Fd handed = {});
    void close();
    // Nobody comes in any more; who follows in this process, and is handed the socket, serves those who queue.
    HandedDescriptor hand_on(std::string name);
    // Where it listens, with the port it got; nothing while it does not.
    std::optional<TcpAddress> address() const { return address_; }

   private:
    Result<void> listen(const TcpAddress& address);
    bool adopt(const TcpAddress& address, Fd handed);
    void let_in(std::uint64_t generation);
    Task<void> accept_clients(std::uint64_t generation);

    asio::io_context& io_;
    asio::ip::tcp::acceptor acceptor_;
    Visitor visitor_;
    std::optional<TcpAddress> address_;
    std::uint64_t generation_ = 0;  // of the acceptor: a loop of one that was closed ends
    bool full_ = false;             // nobody can be let in: said once
};

}  // namespace kns
