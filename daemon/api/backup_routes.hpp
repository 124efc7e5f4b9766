// The route that writes a backup.
#pragma once

#include "daemon/maintenance.hpp"
#include "daemon/router.hpp"

namespace kns {

void add_backup_routes(Router& router, Services& services, Maintenance& maintenance);  // /v1/backup

}  // namespace kns
