// The daemon: owns the data directory, the threads and the socket, for as long as `run` lasts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/paths.hpp"
#include "core/config/config.hpp"

namespace kns {

struct DaemonOptions {
    DataDir data;
    int ready_fd = -1;  // told "ready\n", or why not
    ConfigSources config;
};

// Returns after a clean stop (SIGTERM, SIGINT, `POST /v1/daemon/stop`, idleness), or says why it could not start. A restart
// (`POST /v1/daemon/restart`) does not return: the process goes on as the program that is installed now, and
// connections queue meanwhile on the socket that it keeps.
Result<void> run_daemon(const DaemonOptions& options);

}  // namespace kns
