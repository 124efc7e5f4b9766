// Records put as plain HTTP bodies, for those who do not speak batches: curl, scripts. Lives on the I/O thread.
#pragma once

#include "core/base/api/stream.hpp"
#include "daemon/http_exchange.hpp"
#include "daemon/services.hpp"

namespace kns {

// `?format=lines|ndjson|raw&key=K&key_json=PATH&explicit_hash_key=H`. Answers when everything is stored as the stream's
// durability asks. Constant memory: at most one commit is built while one is under way.
Task<Result<PutResult>> receive_records(Services& services, HttpExchange& exchange, StreamPtr stream, Admission admit = {});

}  // namespace kns
