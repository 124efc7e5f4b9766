// The native API's routes for delivery streams, jobs and plugins, and for completion, which knows all names.
#pragma once

#include "daemon/delivery/delivery_scheduler.hpp"
#include "daemon/router.hpp"

namespace kns {

void add_delivery_routes(Router& router, Services& services, DeliveryScheduler& deliveries);  // /v1/deliveries
void add_job_routes(Router& router, Supervisor& supervisor);                                  // /v1/jobs, /v1/plugins
void add_complete_routes(Router& router, Services& services, const DeliveryScheduler& deliveries, Supervisor& supervisor);

}  // namespace kns
