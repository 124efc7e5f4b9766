// `knsd --check` and `knsd --repair`: what `kns doctor` needs where no daemon runs, or can run. The command cannot do it
// itself: it does not link the store.
#pragma once

#include "core/base/api/doctor.hpp"
#include "core/base/paths.hpp"

namespace kns {

// Both refuse a directory that a daemon has open. Of a directory without a catalog there is nothing to say.
Result<std::vector<Finding>> check_offline(const DataDir& data, const std::vector<std::string>& zone_paths);
Result<std::vector<Finding>> repair_offline(const DataDir& data, const std::vector<std::string>& zone_paths);

}  // namespace kns
