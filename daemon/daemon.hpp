// The daemon: owns the data directory, the threads and the socket, for as long as `run` lasts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/paths.hpp"
#include "core/base/time.hpp"

namespace kns {

struct DaemonOptions {
    DataDir data;
    int ready_fd = -1;               // told "ready\n", or why not
    std::vector<std::string> zones;  // absolute directories that each hold the whole log; none: it is in the data directory
    Ms idle_exit_ms = 15 * kMinute;  // without clients and work; 0: never
};

// Returns after a clean stop (SIGTERM, SIGINT, `POST /v1/daemon/stop`, idleness), or says why it could not start.
Result<void> run_daemon(const DaemonOptions& options);

}  // namespace kns
