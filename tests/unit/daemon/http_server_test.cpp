// What a client that has stopped costs: its connection, in time.
#include "daemon/http_server.hpp"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "core/base/posix.hpp"
#include "daemon/http2_server.hpp"

using namespace kns;

namespace {

struct Pair {
    Fd client;
    Socket server;
    explicit Pair(asio::io_context& io) : server(io) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        client = Fd(ends[0]);
        server.assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    }
    void send(std::string_view bytes) const {
        REQUIRE(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    }
};

constexpr std::chrono::seconds kStalls{1};

}  // namespace

TEST_CASE("a client that does not send the body it has announced is given up") {
    asio::io_context io{1};
    Pair pair(io);
    std::optional<Result<std::string>> body;
    HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> { body = co_await exchange.read_body(100); };
    pair.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    asio::co_spawn(io, serve_http(std::move(pair.server), std::move(handler), kStalls), asio::detached);
    io.run();
    REQUIRE(body.has_value());
    REQUIRE_FALSE(body->has_value());
    CHECK(body->error().code == Errc::cancelled);
}

TEST_CASE("a client that sends its body drop by drop is given up, though it never stops") {
    asio::io_context io{1};
    Pair pair(io);
    std::optional<Result<std::string>> body;
    HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> { body = co_await exchange.read_body(10'000); };
    pair.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n");
    asio::co_spawn(io, serve_http(std::move(pair.server), std::move(handler), kStalls), asio::detached);
    std::size_t drops = 0;
    for (; !io.stopped() && drops < 1000; io.run_for(std::chrono::milliseconds(20)), ++drops)
        std::ignore = ::send(pair.client.get(), "x", 1, MSG_NOSIGNAL);
    CHECK(drops < 1000);
    REQUIRE(body.has_value());
    CHECK_FALSE(body->has_value());
}

TEST_CASE("a client that does not take its answer is given up, and one that takes it slowly is not") {
    for (const bool takes : {false, true}) {
        asio::io_context io{1};
        Pair pair(io);
        const std::string large(8 << 20, 'x');
        HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> {
            HttpAnswer answer;
            answer.body = large;
            co_await exchange.answer(std::move(answer));
        };
        pair.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        asio::co_spawn(io, serve_http(std::move(pair.server), std::move(handler), kStalls), asio::detached);
        std::size_t taken = 0;
        std::string room(256 << 10, '\0');
        while (!io.stopped()) {
            io.run_for(std::chrono::milliseconds(20));
            if (!takes) continue;
            const auto n = ::recv(pair.client.get(), room.data(), room.size(), MSG_DONTWAIT);
            if (n > 0) taken += static_cast<std::size_t>(n);
        }
        for (ssize_t n = 0; takes && (n = ::recv(pair.client.get(), room.data(), room.size(), MSG_DONTWAIT)) > 0;)
            taken += static_cast<std::size_t>(n);
        CHECK((taken > large.size()) == takes);
    }
}

TEST_CASE("over HTTP/2, too, a client that takes nothing is given up") {
    asio::io_context io{1};
    Pair pair(io);
    bool ended = false;
    HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> {
        HttpAnswer answer;
        answer.body.assign(4 << 20, 'x');
        co_await exchange.answer(std::move(answer));
        ended = true;
    };
    using namespace std::literals;
    // Settings with a large window, the connection's window, and GET / for the authority "h".
    pair.send(
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\6\4\0\0\0\0\0\0\4\x7f\xff\xff\xff\0\0\4\x8\0\0\0\0\0\x7f\0\0\0"
        "\0\0\x11\1\5\0\0\0\1\x82\x84\x86\0\x0a:authority\1h"sv);
    asio::co_spawn(io, serve_http2(io, std::move(pair.server), std::move(handler), kStalls), asio::detached);
    io.run();
    CHECK(ended);
}
