// Time as clocks in some place show it, by the machine's own time zones (tzdata, which the C library reads).
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

// `not_found` if the machine has no such zone: "Europe/Berlin". Blocking.
Result<void> check_time_zone(const std::string& name);

// From here on that is this process's zone, as local_time has it; the environment is as it was, for those whom it starts. There
// may be no other threads yet, and no sandbox, for a file is read.
void enter_time_zone(const std::string& name);
// What clocks in this process's zone show at that instant, as if it were UTC.
UnixMs local_time(UnixMs instant);

}  // namespace kns
