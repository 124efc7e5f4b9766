// What a store does, step by step, each with every fault at every operation.
#pragma once

#include <span>

#include "tests/fault/sim/sim.hpp"

namespace kns::sim {

struct Scenario {
    std::string_view name;
    void (*prepare)(Sim&);  // without faults; null: a new directory, not yet opened
    void (*run)(Sim&);      // meets the fault
};
std::span<const Scenario> scenarios();

struct ScenarioRuns {
    std::uint64_t points = 0, runs = 0;  // operations of the scenario; times it was run
};
// The fault at the first operation, the second and so on, until one run ends without meeting it. With a stride only every
// so many-th point, beginning with `first`. Throws a Violation that names the point.
ScenarioRuns run_scenario(const Scenario& scenario, Fault fault, std::uint64_t first = 0, std::uint64_t stride = 1,
                          bool verbose = false);

}  // namespace kns::sim
