// Random lives of a data directory.
#pragma once

#include "tests/fault/sim/sim.hpp"

namespace kns::sim {

// Random steps, random faults, crashes, checks: all of it follows from the seed. With `lying` the disk forgets what it said
// it had synced. Throws a Violation.
void run_history(std::uint64_t seed, bool verbose, bool lying);

}  // namespace kns::sim
