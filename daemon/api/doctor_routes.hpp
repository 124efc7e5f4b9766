// Routes for `kns doctor`: what is wrong, and reading the whole log to find out.
#pragma once

#include "daemon/maintenance.hpp"
#include "daemon/router.hpp"
#include "daemon/scrubber.hpp"

namespace kns {

void add_doctor_routes(Router& router, Services& services, Maintenance& maintenance, Scrubber& scrubber);  // /v1/doctor, /v1/scrub

}  // namespace kns
