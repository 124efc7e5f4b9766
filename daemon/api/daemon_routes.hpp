// Routes about the daemon itself: status, stop, metrics, spec.
#pragma once

#include <functional>

#include "core/base/api/daemon.hpp"
#include "daemon/router.hpp"
#include "daemon/services.hpp"

namespace kns {

std::vector<ZoneInfo> describe_zones(const ZonedDirectory& zones);

// `router` must outlive its own routes (it does: the spec route lists them).
void add_daemon_routes(Router& router, Services& services, std::function<DaemonStatus()> status, std::function<void()> stop);

}  // namespace kns
