// An address to listen on: loopback only, because whoever can reach it is served.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

struct TcpAddress {
    std::string host;        // 127.x.y.z or ::1
    std::uint16_t port = 0;  // 0: any that is free

    // "127.0.0.1:4566", "[::1]:4566", "localhost:4566"
    static Result<TcpAddress> parse(std::string_view text);
    std::string text() const;
};

}  // namespace kns
