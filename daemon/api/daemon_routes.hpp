// Routes about the daemon itself: status, stop, restart, spec.
#pragma once

#include <functional>

#include "core/base/api/daemon.hpp"
#include "daemon/router.hpp"

namespace kns {

std::vector<ZoneInfo> describe_zones(const ZonedDirectory& zones);

// `router` must outlive its own routes (it does: the spec route lists them).
struct DaemonControl {
    std::function<DaemonStatus()> status;
    std::function<void()> stop, restart;
};
void add_daemon_routes(Router& router, Services& services, DaemonControl control);

}  // namespace kns
