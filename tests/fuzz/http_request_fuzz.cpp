// The daemon's HTTP front, over a real socket: whatever comes, it answers or hangs up, and a target that is accepted names
// a path without zero bytes. Split anywhere, the same bytes are the same request.
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/http_server.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

// What the handler saw of the requests, one text.
std::string serve(std::string_view bytes, std::size_t split) {
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const int room = 1 << 20;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    asio::io_context io{1};
    std::string seen;
    HttpHandler handler = [&](HttpExchange& exchange) -> Task<void> {
        const auto& head = exchange.head();
        must(head.path.starts_with('/') && head.path.find('\0') == std::string::npos);
        seen += head.method + " " + head.path + "\n";
        for (const auto& [name, value] : head.query) seen += name + "=" + value + "\n";
        auto body = co_await exchange.read_body(kMaxJsonBody);
        seen += body ? *body : "(" + std::string(name_of(body.error().code)) + ")";
        if (!exchange.answered()) co_await exchange.answer(json_answer("{}"));
    };
    asio::co_spawn(io, serve_http(Socket(io, asio::generic::stream_protocol(AF_UNIX, 0), ends[1]), std::move(handler)),
                   asio::detached);
    for (const auto part : {bytes.substr(0, split), bytes.substr(split)}) {
        if (!part.empty()) std::ignore = ::send(ends[0], part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        io.poll();
    }
    ::shutdown(ends[0], SHUT_WR);
    io.run();
    ::close(ends[0]);
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto choice = input.choice();
    const auto bytes = input.rest();
    const auto whole = serve(bytes, bytes.size());
    must(serve(bytes, bytes.empty() ? 0 : choice % bytes.size()) == whole);
    return 0;
}
