// A small store with known content, damaged: every loss must be noticed and named, and no wrong byte served.
#pragma once

#include "tests/fault/sim/sim.hpp"

namespace kns::sim {

struct Tally {
    std::uint64_t tried = 0;
    std::uint64_t harmless = 0;  // everything is there
    std::uint64_t noticed = 0;   // something is lost, and the store says so
    std::uint64_t refused = 0;   // not opened, with a sentence that names the file
};

// By what was damaged: "segment", "marks", "kns.db", "kns.db-wal". Throws a Violation for wrong bytes, and for a loss or another
// value in the catalog that nothing tells of.
std::map<std::string, Tally> flip_bits(std::uint64_t seed, std::uint64_t count);
// Files cut short, gone, or replaced by an older copy of themselves: "kns.db deleted" ...
std::map<std::string, Tally> damage_files(std::uint64_t seed);

}  // namespace kns::sim
