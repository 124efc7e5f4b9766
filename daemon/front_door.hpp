// The daemon's socket: its own, or one that a predecessor or the service manager has been listening on; who comes in by it,
// and when nobody does any more. On the I/O thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/paths.hpp"
#include "daemon/asio.hpp"
#include "daemon/service_manager.hpp"

namespace kns {

class FrontDoor {
   public:
    // Somebody who may come in: the daemon's own user, or root.
    using Visitor = std::function<void(Socket, pid_t)>;

    FrontDoor(asio::io_context& io, Visitor visitor) : acceptor_(io), io_(io), visitor_(std::move(visitor)) {}

    // Listens on the socket among `handed`, or on one of its own, born 0600. A socket where no `kns` looks for `data` is
    // refused.
    Result<void> open(const DataDir& data, std::vector<HandedDescriptor>& handed);
    void let_in();

    // Nobody comes in any more, and nobody who has come is sent away. Connections queue on a socket that somebody will serve
    // (`somebody_follows`, or the service manager's); on our own, which nobody finds any more, those queued are taken in.
    void close(bool somebody_follows);

    const std::string& path() const { return path_; }
    // For who follows in this process; named so that it knows whose it is.
    HandedDescriptor hand_on();

   private:
    Result<bool> adopt(const DataDir& data, std::vector<HandedDescriptor>& handed);
    Result<void> listen();
    Task<void> accept_clients();
    bool turn_away();
    void welcome(asio::local::stream_protocol::socket client);

    asio::local::stream_protocol::acceptor acceptor_;
    asio::io_context& io_;
    Visitor visitor_;
    std::string path_;
    bool is_managed_ = false;  // the service manager's: it listens on when we are gone
    bool closing_ = false;
    bool turning_away_ = false;
    Fd spare_;  // a descriptor to say with that there is none
};

}  // namespace kns
