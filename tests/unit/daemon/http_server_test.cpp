// What a client that has stopped costs: its connection, in time.
#include "daemon/http_server.hpp"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>

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

// HTTP/2's frames by hand (RFC 9113): what a well-behaved library would not send.
namespace h2 {

constexpr int kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kWindowUpdate = 8;

std::string number(std::uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
    return out;
}

std::string frame(int type, int flags, std::int32_t id, std::string_view payload) {
    std::string out = number(static_cast<std::uint32_t>(payload.size())).substr(1);
    out += static_cast<char>(type);
    out += static_cast<char>(flags);
    return out + number(static_cast<std::uint32_t>(id)) + std::string(payload);
}

// The preface, and settings: so large is a stream's window.
std::string opening(std::uint32_t window) {
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(kSettings, 0, 0, std::string("\0\4", 2) + number(window));
}

std::string literal(std::string_view name, std::string_view value) {
    std::string out(1, '\0');
    for (const auto text : {name, value}) (out += static_cast<char>(text.size())) += text;
    return out;
}
std::string get(std::int32_t id) { return frame(kHeaders, 5, id, "\x82\x84\x86" + literal(":authority", "h")); }
std::string post(std::int32_t id, std::string_view path, std::string_view length) {
    return frame(kHeaders, 4, id,
                 "\x83\x86" + literal(":path", path) + literal(":authority", "h") + literal("content-length", length));
}

}  // namespace h2

// A connection to a server on the same thread, and what came of its frames.
class H2Client {
   public:
    explicit H2Client(HttpHandler handler) : pair_(io_) {
        asio::co_spawn(io_, serve_http2(io_, std::move(pair_.server), std::move(handler), kStalls), asio::detached);
    }
    ~H2Client() {
        pair_.client.reset();
        io_.run();
    }
    void send(std::string_view bytes) { out_ += bytes; }
    // Until `done`, or for ten seconds; asks every 20 ms.
    void run(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!done() && std::chrono::steady_clock::now() < end) {
            const auto sent = ::send(pair_.client.get(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) out_.erase(0, static_cast<std::size_t>(sent));
            io_.run_for(std::chrono::milliseconds(out_.empty() ? 20 : 1));
            receive();
        }
    }
    bool was_reset(std::int32_t id) const { return reset_.contains(id); }
    bool has_ended(std::int32_t id) const { return ended_.contains(id); }
    std::string body_of(std::int32_t id) { return bodies_[id]; }

    int pings = 0;         // answered
    bool settled = false;  // the server's windows hold from here on

   private:
    static std::uint32_t number_at(std::string_view text) {
        std::uint32_t out = 0;
        for (int i = 0; i < 4; ++i) out = out << 8 | static_cast<std::uint8_t>(text[static_cast<std::size_t>(i)]);
        return out;
    }
    void receive() {
        std::string room(256 << 10, '\0');
        ssize_t n = 0;
        while ((n = ::recv(pair_.client.get(), room.data(), room.size(), MSG_DONTWAIT)) > 0)
            in_.append(room, 0, static_cast<std::size_t>(n));
        while (in_.size() >= 9) {
            const auto size = number_at(in_) >> 8;
            if (in_.size() < 9 + size) return;
            take(in_[3], in_[4], static_cast<std::int32_t>(number_at(std::string_view(in_).substr(5))), in_.substr(9, size));
            in_.erase(0, 9 + size);
        }
    }
    void take(int type, int flags, std::int32_t id, const std::string& payload) {
        if (type == h2::kData) bodies_[id] += payload;
        if (type == h2::kReset) reset_.insert(id);
        if (type == h2::kPing) ++pings;
        if (type == h2::kSettings && !(flags & 1)) {
            send(h2::frame(h2::kSettings, 1, 0, ""));
            settled = true;
        }
        if ((type == h2::kData || type == h2::kHeaders) && (flags & 1)) ended_.insert(id);
    }

    asio::io_context io_{1};
    Pair pair_;
    std::string out_, in_;
    std::map<std::int32_t, std::string> bodies_;
    std::set<std::int32_t> reset_, ended_;
};

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

TEST_CASE("a client that announces more than there can be is given up like any other") {
    asio::io_context io{1};
    Pair pair(io);
    std::optional<Result<std::string>> body;
    HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> { body = co_await exchange.read_body(100); };
    pair.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551614\r\n\r\nhalf");
    const auto began = std::chrono::steady_clock::now();
    asio::co_spawn(io, serve_http(std::move(pair.server), std::move(handler), kStalls), asio::detached);
    io.run();
    REQUIRE(body.has_value());
    CHECK_FALSE(body->has_value());
    CHECK(std::chrono::steady_clock::now() - began >= kStalls);
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
    pair.send(h2::opening(0x7fffffff) + h2::frame(h2::kWindowUpdate, 0, 0, h2::number(0x7f000000)) + h2::get(1));
    asio::co_spawn(io, serve_http2(io, std::move(pair.server), std::move(handler), kStalls), asio::detached);
    io.run();
    CHECK(ended);
}

// The connection is alive in all of these; what is over is one stream of it.
TEST_CASE("over HTTP/2 a stream whose body does not come is given up, and the others go on") {
    for (const bool by_drops : {false, true}) {
        H2Client client([](HttpExchange& exchange) -> Task<void> {
            const auto body = co_await exchange.read_body(10'000);
            HttpAnswer answer;
            answer.body = body ? "whole" : "cut off";
            co_await exchange.answer(std::move(answer));
        });
        client.send(h2::opening(65535) + h2::post(1, "/", "9000"));
        client.run([&] {
            if (by_drops) client.send(h2::frame(h2::kData, 0, 1, "x"));
            return client.was_reset(1);
        });
        CHECK(client.was_reset(1));
        client.send(h2::get(3));
        client.run([&] { return client.has_ended(3); });
        CHECK(client.body_of(3) == "whole");
    }
}

TEST_CASE("over HTTP/2 a stream that gives no window is given up, however small its answer, and what it held is free") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{1 << 20}}) {
        bool ended = false;
        auto held = std::make_shared<int>();
        std::weak_ptr<int> is_held = held;
        H2Client client([&, held = std::move(held)](HttpExchange& exchange) mutable -> Task<void> {
            const auto mine = std::move(held);
            HttpAnswer answer;
            answer.body.assign(size, 'x');
            co_await exchange.answer(std::move(answer));
            ended = true;
        });
        client.send(h2::opening(0) + h2::get(1));
        client.run([&] { return client.was_reset(1); });
        CHECK(client.was_reset(1));
        CHECK(ended);
        CHECK(is_held.expired());
        client.send(h2::frame(h2::kPing, 0, 0, "are you?"));
        client.run([&] { return client.pings == 1; });
        CHECK(client.pings == 1);
    }
}

TEST_CASE("over HTTP/2 a stream that takes its answer in pieces, each in time, gets all of it") {
    const std::string large(400'000, 'x');
    H2Client client([&](HttpExchange& exchange) -> Task<void> {
        HttpAnswer answer;
        answer.body = large;
        co_await exchange.answer(std::move(answer));
    });
    client.send(h2::opening(0) + h2::frame(h2::kWindowUpdate, 0, 0, h2::number(1 << 20)) + h2::get(1));
    client.run([&] {
        client.send(h2::frame(h2::kWindowUpdate, 0, 1, h2::number(3000)));
        return client.has_ended(1) || client.was_reset(1);
    });
    CHECK(client.body_of(1) == large);
}

TEST_CASE("over HTTP/2 what clients sent and nobody read takes nothing from the connection's window") {
    std::size_t unread = 0;
    H2Client client([&](HttpExchange& exchange) -> Task<void> {
        HttpAnswer answer;
        if (exchange.head().path == "/left") {
            while (!exchange.client_is_gone()) {
                asio::steady_timer moment(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
                co_await moment.async_wait(kNoThrow);
            }
            ++unread;
        } else {
            const auto body = co_await exchange.read_body(1 << 20);
            answer.body = body ? std::to_string(body->size()) : "cut off";
        }
        co_await exchange.answer(std::move(answer));
    });
    client.send(h2::opening(65535));
    client.run([&] { return client.settled; });
    std::int32_t id = 1;
    for (; id < 20; id += 2) {  // ten bodies of 900 kB: twice the connection's window
        client.send(h2::post(id, "/left", "900000"));
        for (int i = 0; i < 60; ++i) client.send(h2::frame(h2::kData, 0, id, std::string(15'000, 'x')));
        client.send(h2::frame(h2::kReset, 0, id, h2::number(8)));
        client.run([&] { return unread == static_cast<std::size_t>(id + 1) / 2; });
    }
    CHECK(unread == 10);
    client.send(h2::post(id, "/", "900000"));
    for (int i = 0; i < 60; ++i) client.send(h2::frame(h2::kData, i == 59, id, std::string(15'000, 'x')));
    client.run([&] { return client.has_ended(id); });
    CHECK(client.body_of(id) == "900000");
}
