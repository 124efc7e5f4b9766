#include "core/base/tcp_address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace kns {

Result<TcpAddress> TcpAddress::parse(std::string_view text) {
    const auto refuse = [&] {
        return fail(Errc::invalid_argument, "\"{}\" is not an address to listen on", text.substr(0, 100))
            .hint("127.0.0.1:4566, say");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refuse();
    TcpAddress out;
    out.host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (failure != std::errc() || end != port.data() + port.size()) return refuse();
    if (out.host == "localhost") out.host = "127.0.0.1";
    if (out.host == "[::1]") out.host = "::1";
    in_addr v4{};
    const bool is_v4 = ::inet_pton(AF_INET, out.host.c_str(), &v4) == 1;
    if (!is_v4 && out.host != "::1") return refuse();
    if (is_v4 && (ntohl(v4.s_addr) >> 24) != 127)
        return fail(Errc::invalid_argument, "{} can be reached by others: kns listens on loopback only", out.host)
            .hint("127.0.0.1, and a tunnel such as ssh -L for whoever is elsewhere");
    return out;
}

std::string TcpAddress::text() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

}  // namespace kns
