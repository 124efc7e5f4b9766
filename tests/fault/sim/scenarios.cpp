#include "tests/fault/sim/scenarios.hpp"

namespace kns::sim {
namespace {

// Two streams with something in them, on disk and indexed.
void two_streams(Sim& sim) {
    sim.start();
    sim.create("a", 2);
    sim.create("b");
    sim.put({"a", "b", "a"}, 3);
    sim.save();
}

// Several segments, of which the first hold what has expired.
void old_segments(Sim& sim) {
    two_streams(sim);
    sim.create("brief", 1, "sync", "1h");
    for (int i = 0; i < 6; ++i) sim.put({"brief", "brief"}, 2, 900);
    sim.put({"a"});
    sim.tick(2 * kHour);
    sim.put({"brief"});
    sim.save();
}

// Segments in which little is left: the rest belonged to a stream that is gone.
void thin_segments(Sim& sim) {
    two_streams(sim);
    sim.create("large");
    for (int i = 0; i < 4; ++i) sim.put({"large", "a", "large"}, 2, i % 2 ? 900 : 50);
    for (int i = 0; i < 4; ++i) sim.put({"large"}, 2, 900);
    sim.save();
    sim.remove("large");
}

void groups(Sim& sim) {
    two_streams(sim);
    sim.commit("a", "g");
    sim.put({"a", "a"});
}

void jobs(Sim& sim) {
    two_streams(sim);
    for (int i = 0; i < 3; ++i) sim.enqueue_job();
}

void deliveries(Sim& sim) {
    two_streams(sim);
    sim.create_delivery("d");
    sim.deliver("d");
}

// Several lives of unindexed groups.
void unindexed(Sim& sim) {
    two_streams(sim);
    for (int i = 0; i < 3; ++i) sim.put({"a", "b"}, 2, 300);
    sim.commit("b", "g");
    sim.put({"b"}, 4, 2000);
}

const Scenario kScenarios[] = {
    {"the first start", nullptr, [](Sim& sim) { sim.start(); }},
    {"create a stream", two_streams, [](Sim& sim) { sim.create("c", 3); }},
    {"put a record", two_streams, [](Sim& sim) { sim.put({"a"}); }},
    {"put to several streams at once", two_streams, [](Sim& sim) { sim.put({"a", "b", "b", "a"}, 5, 200); }},
    {"put over the end of segments", two_streams,
     [](Sim& sim) {
         for (int i = 0; i < 4; ++i) sim.put({"a", "b"}, 2, 900);
     }},
    {"put without a sync",
     [](Sim& sim) {
         two_streams(sim);
         sim.create("os", 1, "os");
         sim.create("interval", 1, "interval=100ms");
     },
     [](Sim& sim) {
         sim.put({"os", "interval"}, 2);
         sim.put({"a"});
         sim.put({"os"}, 2, 900);
         sim.save();
         sim.put({"interval"}, 3, 900);
     }},
    {"save the index", unindexed, [](Sim& sim) { sim.save(); }},
    {"checkpoint",
     [](Sim& sim) {
         unindexed(sim);
         sim.save();
     },
     [](Sim& sim) {
         sim.checkpoint();
         sim.create("c");
     }},
    {"marks", two_streams,
     [](Sim& sim) {
         sim.put({"a"});
         sim.mark();
         sim.put({"b"});
         sim.mark();
     }},
    {"stop and start", unindexed,
     [](Sim& sim) {
         sim.stop();
         sim.start();
     }},
    {"start after a kill", unindexed, [](Sim& sim) { sim.restart(Fault::kill); }},
    {"start after a power cut", unindexed, [](Sim& sim) { sim.restart(Fault::torn_sectors); }},
    {"expire and collect", old_segments, [](Sim& sim) { sim.expire_and_collect(); }},
    {"rewrite thin segments", thin_segments, [](Sim& sim) { sim.expire_and_collect(); }},
    {"split", two_streams,
     [](Sim& sim) {
         sim.split("a");
         sim.put({"a", "a", "a"});
     }},
    {"merge", two_streams,
     [](Sim& sim) {
         sim.merge("a");
         sim.put({"a", "a"});
     }},
    {"delete a stream", unindexed,
     [](Sim& sim) {
         sim.remove("a");
         sim.expire_and_collect();
         sim.create("a");
     }},
    {"change retention and tags", two_streams,
     [](Sim& sim) {
         sim.retention("a", "48h");
         sim.tag("b");
     }},
    {"commit positions and forget a group", groups,
     [](Sim& sim) {
         sim.commit("a", "g");
         sim.commit("a", "h");
         sim.commit("a", "g", true);
         sim.save();
         sim.forget_group("a", "h");
     }},
    {"jobs", jobs,
     [](Sim& sim) {
         sim.enqueue_job();
         for (int i = 0; i < 3; ++i) sim.run_job();
     }},
    {"deliveries", deliveries,
     [](Sim& sim) {
         sim.deliver("d");
         sim.remove_delivery("d");
         sim.create_delivery("e");
     }},
};

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

ScenarioRuns run_scenario(const Scenario& scenario, Fault fault, std::uint64_t first, std::uint64_t stride, bool verbose) {
    ScenarioRuns out;
    for (std::uint64_t point = first;; point += stride) {
        if (verbose)
            std::printf("%s, %s at %llu\n", scenario.name.data(), name_of(fault).data(), static_cast<unsigned long long>(point));
        Sim sim(1, verbose);  // the same run each time, but for what of the unsynced survives
        sim.machine.faults.random = SeededRandom(point);
        if (scenario.prepare) scenario.prepare(sim);
        try {
            ++out.runs;
            sim.arm(fault, point);
            try {
                scenario.run(sim);
            } catch (Crashed) {
            }
            if (!sim.fault_met()) out.points = point;
            const bool met = sim.fault_met();
            sim.finish(fault);
            if (!met) return out;
        } catch (Violation& violation) {
            violation.what = fmt::format("{}, {} at operation {}: {}", scenario.name, name_of(fault), point, violation.what);
            throw;
        }
    }
}

}  // namespace kns::sim
