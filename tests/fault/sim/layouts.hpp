// Data directories that earlier versions left, opened by this one.
#pragma once

#include "tests/fault/sim/sim.hpp"

namespace kns::sim {

// `directory` holds a folder for each layout: kns.db.gz, the log's files .gz, and `records`, a line "STREAM RECORD" for each
// record in it. Opens every one with every fault at every operation: afterwards all records are there, in the newest layout,
// and a backup of the old catalog lies beside it. Gives the number of runs. Throws a Violation.
std::uint64_t open_old_layouts(const std::string& directory);

}  // namespace kns::sim
