// The daemon's HTTP/2 front, over a real socket: whatever frames come and however handlers answer, it serves or hangs up,
// every handler ends, and nothing is touched that is gone.
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/http2_server.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// How a handler answers, chosen by the input.
Task<void> answer(HttpExchange& exchange, std::uint8_t choice) {
    const auto& head = exchange.head();
    must(head.path.starts_with('/') && head.path.find('\0') == std::string::npos);
    if (choice & 1) {
        auto body = co_await exchange.read_body(kMaxJsonBody);
        must(!body || body->size() <= kMaxJsonBody);
    }
    if (choice & 2) {
        bool here = co_await exchange.begin_chunks(200, "application/octet-stream");
        const std::string chunk(choice & 4 ? 100'000 : 10, 'x');
        const Bytes part = as_bytes(chunk);
        for (int i = 0; here && i < 8; ++i) here = co_await exchange.write_chunk(std::span(&part, 1));
        if (here) co_await exchange.end_chunks();
        co_return;
    }
    if (choice & 8) co_return;  // without a word
    if (choice & 16) exchange.close_when_answered();
    HttpAnswer whole;
    whole.body.assign(choice & 4 ? 300'000 : 2, 'y');
    co_await exchange.answer(std::move(whole));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto choice = input.choice(), split = input.choice();
    const auto bytes = std::string(kPreface) + std::string(input.rest());
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const int room = 1 << 20;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    asio::io_context io{1};
    int under_way = 0;
    HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> {
        ++under_way;
        co_await answer(exchange, choice);
        --under_way;
    };
    bool ended = false;
    asio::co_spawn(io, serve_http2(io, Socket(io, asio::generic::stream_protocol(AF_UNIX, 0), ends[1]), std::move(handler)),
                   [&](const std::exception_ptr& broken) {
                       must(!broken);
                       ended = true;
                   });
    const std::string_view all = bytes;
    const auto half = std::min(all.size(), kPreface.size() + split);
    for (const auto part : {all.substr(0, half), all.substr(half)}) {
        if (!part.empty()) std::ignore = ::send(ends[0], part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        io.poll();
        char taken[64 << 10];
        if (choice & 32) std::ignore = ::recv(ends[0], taken, sizeof taken, MSG_DONTWAIT);
        if (choice & 64) io.poll();
    }
    if (choice & 128)
        ::close(ends[0]);  // with what was sent to it unread
    else
        ::shutdown(ends[0], SHUT_RDWR);
    io.run();
    must(ended && under_way == 0);
    if (!(choice & 128)) ::close(ends[0]);
    return 0;
}
