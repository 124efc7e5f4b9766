// Routes about the daemon itself: status, stop, spec.
#pragma once

#include <functional>

#include "core/base/api/daemon.hpp"
#include "daemon/router.hpp"

namespace kns {

// `router` must outlive its own routes (it does: the spec route lists them).
void add_daemon_routes(Router& router, std::function<DaemonStatus()> status, std::function<void()> stop);

}  // namespace kns
