#include "daemon/front_door.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <exception>

#include "core/base/log.hpp"
#include "core/base/unix_http.hpp"
#include "daemon/http_exchange.hpp"

namespace kns {
namespace {

using namespace std::chrono_literals;
using UnixSocket = asio::local::stream_protocol::socket;

constexpr std::string_view kOwnName = "own", kManagedName = "managed";  // as a restart hands it on

Fd any_descriptor() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// The path a Unix socket listens on; nothing if it is none.
std::optional<std::string> listening_path(const Fd& fd) {
    sockaddr_un address{};
    socklen_t size = sizeof address, flag_size = sizeof(int);
    int listening = 0;
    if (!fd || ::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &flag_size) != 0 || !listening ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sun_family != AF_UNIX)
        return std::nullopt;
    return address.sun_path;
}

}  // namespace

Result<void> FrontDoor::open(const DataDir& data, std::vector<HandedDescriptor>& handed) {
    spare_ = any_descriptor();
    if (KNS_TRY(adopt(data, handed))) return {};
    path_ = KNS_TRY(prepare_socket_path(data));
    return listen();
}

Result<bool> FrontDoor::adopt(const DataDir& data, std::vector<HandedDescriptor>& handed) {
    for (auto& [name, fd] : handed) {
        const auto path = listening_path(fd);
        if (!path) continue;
        path_ = *path;
        if (const auto expected = choose_socket_path(data); !expected || *expected != path_)
            return fail(Errc::invalid_argument, "the socket handed over is {}, where no kns looks for this data directory", path_)
                .hint(fmt::format("it must be {}", expected.value_or("elsewhere")));
        error_code failure;
        acceptor_.assign(asio::local::stream_protocol(), fd.release(), failure);
        if (failure) return fail(Errc::io_error, "cannot listen on {}: {}", path_, failure.message());
        is_managed_ = name != kOwnName;
        return true;
    }
    return false;
}

Result<void> FrontDoor::listen() {
    ::unlink(path_.c_str());  // stale: we hold the lock
    error_code failure;
    acceptor_.open(asio::local::stream_protocol(), failure);
    const auto mask = ::umask(0177);  // no moment in which others could connect
    if (!failure) acceptor_.bind(asio::local::stream_protocol::endpoint(path_), failure);
    ::umask(mask);
    if (!failure) acceptor_.listen(1024, failure);
    if (failure) return fail(Errc::io_error, "cannot listen on {}: {}", path_, failure.message());
    return {};
}

void FrontDoor::let_in() {
    // Without memory an exception ends the loop, and one client's visit with it; the door stays open.
    asio::co_spawn(io_, accept_clients(), [this](const std::exception_ptr& broken) {
        if (broken && !closing_) let_in();
    });
}

Task<void> FrontDoor::accept_clients() {
    for (;;) {
        auto [failure, client] = co_await acceptor_.async_accept(kNoThrow);
        if (failure && (closing_ || !acceptor_.is_open())) co_return;
        if (failure) {  // out of descriptors, most likely
            if (!std::exchange(turning_away_, true)) log_warn("accept_failed", "error=\"{}\"", failure.message());
            if (turn_away()) continue;
            asio::steady_timer pause(io_, 100ms);
            co_await pause.async_wait(kNoThrow);
            continue;
        }
        turning_away_ = false;
        welcome(std::move(client));
        if (closing_) co_return;
    }
}

// Without a descriptor for a client, the spare one lets it in to be told so: it would wait in the queue for ever.
bool FrontDoor::turn_away() {
    spare_.reset();
    Fd client(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
        const auto refusal = error_answer(fail(Errc::unavailable, "the daemon has no descriptor left for another connection")
                                              .hint("try again when others have ended, or raise its limit (ulimit -n)"));
        const auto text = fmt::format(
            "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
            "{}\r\n\r\n{}",
            refusal.body.size(), refusal.body);
        std::ignore = ::send(client.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    const bool told = static_cast<bool>(client);
    client.reset();
    spare_ = any_descriptor();
    return told && spare_;
}

void FrontDoor::welcome(UnixSocket client) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(client.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        (peer.uid == ::geteuid() || peer.uid == 0))
        return visitor_(Socket(std::move(client)), peer.pid);
    log_warn("client_refused", "uid={}", peer.uid);
}

void FrontDoor::close(bool somebody_follows) {
    closing_ = true;
    error_code ignored;
    if (somebody_follows || is_managed_) {
        acceptor_.cancel(ignored);
        return;
    }
    ::unlink(path_.c_str());
    acceptor_.non_blocking(true, ignored);
    for (;;) {
        error_code failure;
        UnixSocket client(io_);
        acceptor_.accept(client, failure);
        if (failure) break;
        welcome(std::move(client));
    }
    acceptor_.close(ignored);
}

// The acceptor keeps it too: this process ends in becoming the other program.
HandedDescriptor FrontDoor::hand_on() {
    return {std::string(is_managed_ ? kManagedName : kOwnName), Fd(acceptor_.native_handle())};
}

}  // namespace kns
