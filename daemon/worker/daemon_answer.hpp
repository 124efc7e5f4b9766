// Asking the daemon from a worker.
#pragma once

#include "core/base/unix_http.hpp"

namespace kns {

struct DaemonAnswer {
    HttpConnection connection;  // its body is still to be read
    HttpResponse response;
};
// The daemon's refusal is the error.
Result<DaemonAnswer> ask_daemon(const std::string& socket, const HttpRequest& request);

}  // namespace kns
