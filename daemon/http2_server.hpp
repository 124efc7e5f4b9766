// HTTP/2 on an accepted socket, by nghttp2: each stream is an HttpExchange whose handler runs as a coroutine of its own. On the
// I/O thread.
//
// A stream's body is asked for as its handler reads it, and its answer is made as the client takes it: whatever a client does
// or does not, a connection holds a few MiB.
#pragma once

#include "daemon/http_exchange.hpp"

namespace kns {

// Whether the client's first bytes, which have arrived and are left where they are, are HTTP/2's own.
bool begins_http2(Socket& socket);

// Serves until the client closes or misbehaves, and every handler has ended. Never throws. `stalls`: as with serve_http.
Task<void> serve_http2(asio::io_context& io, Socket socket, HttpHandler handler, std::optional<std::chrono::seconds> stalls = {});

}  // namespace kns
