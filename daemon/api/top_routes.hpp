// Routes about how things are going: the sample for `kns top`, and the same counters for Prometheus.
#pragma once

#include <functional>

#include "core/base/api/daemon.hpp"
#include "core/base/api/top.hpp"
#include "daemon/delivery/delivery_scheduler.hpp"
#include "daemon/router.hpp"

namespace kns {

// Borrows all. `disk` measures what the daemon does not count.
void add_top_routes(Router& router, Services& services, DeliveryScheduler& deliveries, Supervisor& supervisor,
                    std::function<DaemonStatus()> status, std::function<TopDisk()> disk);

}  // namespace kns
