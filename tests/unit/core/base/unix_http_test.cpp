#include "core/base/unix_http.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

namespace kns {
namespace {

// The other end of a connection: reads one request's head, answers with what the test says in pieces of `step` bytes.
class Peer {
   public:
    Peer() {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        near_ = Fd(ends[0]);
        far_ = Fd(ends[1]);
    }
    ~Peer() {
        if (thread_.joinable()) thread_.join();
    }
    HttpConnection connection() { return HttpConnection(std::move(near_)); }

    void answer(std::string text, std::size_t step = 4096, bool stay = false) {
        thread_ = std::thread([this, text = std::move(text), step, stay] {
            char piece[4096];
            while (request_.find("\r\n\r\n") == std::string::npos) {
                const auto got = ::read(far_.get(), piece, sizeof piece);
                if (got <= 0) break;
                request_.append(piece, static_cast<std::size_t>(got));
            }
            for (std::size_t at = 0; at < text.size(); at += step)
                if (!write_all(far_.get(), std::string_view(text).substr(at, step))) return;
            if (!stay) far_.reset();
        });
    }
    std::string request() {
        thread_.join();
        return request_;
    }

   private:
    Fd near_, far_;
    std::thread thread_;
    std::string request_;
};

TEST_CASE("a request carries host, headers and length") {
    Peer peer;
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    auto daemon = peer.connection();
    const auto response =
        daemon.request({.method = "POST", .target = "/v1/x", .headers = {{"A", "b"}}, .body = "{}"}, Deadline::in(2000));
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->header("content-LENGTH") == "2");
    CHECK(daemon.read_body_to_end(Deadline::in(2000)) == "hi");
    CHECK(peer.request() == "POST /v1/x HTTP/1.1\r\nHost: kns\r\nA: b\r\nContent-Length: 2\r\n\r\n{}");
}

TEST_CASE("a chunked body is put together, however the bytes arrive") {
    for (const std::size_t step : {1u, 2u, 3u, 7u, 4096u}) {
        Peer peer;
        peer.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n",
                    step, true);
        auto daemon = peer.connection();
        REQUIRE(daemon.request({}, Deadline::in(2000)));
        CHECK(daemon.read_body_to_end(Deadline::in(2000)) == "hello world");
        CHECK(daemon.can_be_reused());
    }
}

TEST_CASE("a body without a length ends with the connection") {
    Peer peer;
    peer.answer("HTTP/1.1 200 OK\r\n\r\nall there is");
    auto daemon = peer.connection();
    REQUIRE(daemon.request({}, Deadline::in(2000)));
    CHECK(daemon.read_body_to_end(Deadline::in(2000)) == "all there is");
    CHECK_FALSE(daemon.can_be_reused());
}

TEST_CASE("after an upgrade the socket comes with what was read behind the head") {
    Peer peer;
    peer.answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: kns-append\r\n\r\n{\"acked\":0}\n", 4096, true);
    auto daemon = peer.connection();
    const auto response = daemon.request({.method = "POST"}, Deadline::in(2000));
    REQUIRE(response);
    CHECK(response->status == 101);
    auto upgraded = daemon.take_socket();
    CHECK(upgraded.socket);
    peer.request();  // all of it has been sent
    if (upgraded.already_read.empty()) {
        char piece[64];
        upgraded.already_read.assign(piece, static_cast<std::size_t>(::read(upgraded.socket.get(), piece, sizeof piece)));
    }
    CHECK(upgraded.already_read == "{\"acked\":0}\n");
}

TEST_CASE("a server that hangs up in the middle is an error, not a short body") {
    for (const auto* text : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort"}) {
        Peer peer;
        peer.answer(text);
        auto daemon = peer.connection();
        auto response = daemon.request({}, Deadline::in(2000));
        const auto body =
            response ? daemon.read_body_to_end(Deadline::in(2000)) : Result<std::string>(std::unexpected(response.error()));
        REQUIRE_FALSE(body);
        CHECK(body.error().code == Errc::unavailable);
    }
}

TEST_CASE("nonsense from the other side is refused without trusting its numbers") {
    for (const auto* text :
         {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        Peer peer;
        peer.answer(text);
        auto daemon = peer.connection();
        auto response = daemon.request({}, Deadline::in(2000));
        const auto body =
            response ? daemon.read_body_to_end(Deadline::in(2000)) : Result<std::string>(std::unexpected(response.error()));
        REQUIRE_FALSE(body);
        CHECK(body.error().code == Errc::internal);
    }
    Peer peer;
    peer.answer("HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'x') + "\r\n\r\n");
    auto daemon = peer.connection();
    CHECK_FALSE(daemon.request({}, Deadline::in(2000)));
    std::ignore = daemon.take_socket();
}

TEST_CASE("waiting ends at the deadline") {
    Peer peer;
    auto daemon = peer.connection();
    const auto response = daemon.request({}, Deadline::in(20));
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::timed_out);
}

TEST_CASE("waiting ends when interrupted") {
    Peer peer;
    auto interrupt = make_pipe().value();
    REQUIRE(write_all(interrupt.write.get(), "!"));
    auto daemon = peer.connection();
    daemon.watch_for_interrupt(interrupt.read.get());
    const auto response = daemon.request({}, Deadline());
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::cancelled);
}

TEST_CASE("a failed connect says why as errno") {
    CHECK(connect_unix("/nowhere/knsd.sock", Deadline::in(100)).error() == ENOENT);
    CHECK(connect_unix("/etc/passwd", Deadline::in(100)).error() == ECONNREFUSED);
    CHECK(connect_unix(std::string(200, 'x'), Deadline::in(100)).error() == ENAMETOOLONG);
}

TEST_CASE("percent-encoding leaves plain names alone") {
    CHECK(percent_encode("web-clicks_1.x~") == "web-clicks_1.x~");
    CHECK(percent_encode("a b/c:d") == "a%20b%2Fc%3Ad");
}

}  // namespace
}  // namespace kns
