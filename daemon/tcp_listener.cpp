#include "daemon/tcp_listener.hpp"

#include "core/base/log.hpp"

namespace kns {
namespace {

constexpr auto kNoDescriptors = std::chrono::milliseconds(100);  // until some may be free again

}  // namespace

Result<void> TcpListener::open(const TcpAddress& address, Fd handed) {
    close();
    if (!adopt(address, std::move(handed))) KNS_TRY(listen(address));
    address_ = TcpAddress{address.host, acceptor_.local_endpoint().port()};
    let_in(++generation_);
    return {};
}

void TcpListener::let_in(std::uint64_t generation) {
    // Without memory an exception ends the loop, and one client's visit with it; the door stays open.
    asio::co_spawn(io_, accept_clients(generation), [this, generation](const std::exception_ptr& broken) {
        if (broken && generation == generation_) let_in(generation);
    });
}

bool TcpListener::adopt(const TcpAddress& address, Fd handed) {
    if (!handed) return false;
    error_code failure;
    const auto host = asio::ip::make_address(address.host);
    acceptor_.assign(host.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), handed.get(), failure);
    if (failure) return false;
    handed.release();
    const auto here = acceptor_.local_endpoint(failure);
    if (!failure && here.address() == host && (address.port == 0 || here.port() == address.port)) return true;
    acceptor_.close(failure);
    return false;
}

Result<void> TcpListener::listen(const TcpAddress& address) {
    error_code failure;
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(asio::socket_base::reuse_address(true), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (!failure) return {};
    close();
    if (failure == asio::error::address_in_use)
        return fail(Errc::conflict, "{} is taken by another program", address.text())
            .hint(fmt::format("ss -ltnp 'sport = :{}' names it; or choose another --address", address.port));
    return fail(Errc::io_error, "{}: {}", address.text(), failure.message());
}

// The acceptor keeps it too: this process ends in becoming the other program.
HandedDescriptor TcpListener::hand_on(std::string name) {
    ++generation_;
    error_code ignored;
    acceptor_.cancel(ignored);
    return {std::move(name), Fd(acceptor_.native_handle())};
}

void TcpListener::close() {
    ++generation_;
    address_.reset();
    error_code ignored;
    acceptor_.close(ignored);
}

Task<void> TcpListener::accept_clients(std::uint64_t generation) {
    while (generation == generation_) {
        auto [failure, client] = co_await acceptor_.async_accept(kNoThrow);
        if (generation != generation_) co_return;
        if (!failure) {
            full_ = false;
            error_code ignored;
            client.set_option(asio::ip::tcp::no_delay(true), ignored);
            visitor_(Socket(std::move(client)));
            continue;
        }
        if (!std::exchange(full_, true)) log_warn("not_accepted", "address={} error=\"{}\"", address_->text(), failure.message());
        asio::steady_timer pause(io_, kNoDescriptors);
        co_await pause.async_wait(kNoThrow);
    }
}

}  // namespace kns
