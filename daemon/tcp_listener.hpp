// Accepts on a loopback address. On the I/O thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <optional>

#include "core/base/tcp_address.hpp"
#include "daemon/asio.hpp"

namespace kns {

class TcpListener {
   public:
    using Visitor = std::function<void(Socket)>;
    TcpListener(asio::io_context& io, Visitor visitor) : io_(io), acceptor_(io), visitor_(std::move(visitor)) {}

    // In place of where it listened before. A port that is taken is a conflict.
    Result<void> open(const TcpAddress& address);
    void close();
    // Where it listens, with the port it got; nothing while it does not.
    std::optional<TcpAddress> address() const { return address_; }

   private:
    Task<void> accept_clients(std::uint64_t generation);

    asio::io_context& io_;
    asio::ip::tcp::acceptor acceptor_;
    Visitor visitor_;
    std::optional<TcpAddress> address_;
    std::uint64_t generation_ = 0;  // of the acceptor: a loop of one that was closed ends
};

}  // namespace kns
