// The native API's routes for the daemon's settings and for projects.
#pragma once

#include "daemon/delivery/delivery_scheduler.hpp"
#include "daemon/router.hpp"

namespace kns {

void add_config_routes(Router& router, Services& services);                                  // /v1/config
void add_project_routes(Router& router, Services& services, DeliveryScheduler& deliveries);  // /v1/apply, /v1/export

}  // namespace kns
