// HTTP/1.1 on an accepted socket: reads requests one after the other and hands each to the handler. The Beast side of
// HttpExchange; lives on the I/O thread.
#pragma once

#include "daemon/http_exchange.hpp"

namespace kns {

// Serves until the client closes, misbehaves, or the handler upgrades. Never throws. `stalls`: how long it may neither send what
// it has announced nor take what it is sent, before the connection ends; none: for ever.
Task<void> serve_http(Socket socket, HttpHandler handler, std::optional<std::chrono::seconds> stalls = {});

}  // namespace kns
