// The fast path up: RecordBatches in, acknowledgements out, on a socket that was upgraded from HTTP.
//
// Protocol in kns-api(7), "append". Lives on the I/O thread.
#pragma once

#include "daemon/services.hpp"

namespace kns {

// Until the client has closed its side and everything has an outcome, or something is wrong. `already_read` came behind
// the request.
Task<void> serve_append(Services& services, Socket socket, std::string already_read, StreamPtr stream, Admission admit = {});

}  // namespace kns
