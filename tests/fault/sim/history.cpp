#include "tests/fault/sim/history.hpp"

namespace kns::sim {
namespace {

const std::string kStreams[] = {"a", "b", "c"};
const std::string kRetentions[] = {"1h", "24h", "48h"};

void random_step(Sim& sim, bool all_sync, bool records_only) {
    auto& random = sim.random;
    const auto& name = kStreams[random.below(3)];
    const auto dice = random.below(records_only ? 53 : 100);
    if (dice < 40) {
        std::vector<std::string> names;
        for (auto n = 1 + random.below(3); n > 0; --n) names.push_back(kStreams[random.below(3)]);
        return sim.put(names, 1 + static_cast<std::uint32_t>(random.below(4)), 20 + random.below(600));
    }
    if (dice < 48) return sim.save();
    if (dice < 53) return sim.mark();
    if (dice < 56) return sim.checkpoint();
    if (dice < 62) return sim.expire_and_collect();
    if (dice < 68) return sim.tick(static_cast<Ms>(random.below(2 * kHour)));
    if (dice < 75)
        return sim.create(name, 1 + static_cast<std::uint32_t>(random.below(3)),
                          all_sync || random.one_in(2) ? "sync" : (random.one_in(2) ? "os" : "interval=100ms"),
                          kRetentions[random.below(3)]);
    if (dice < 77) return sim.remove(name);
    if (dice < 80) return sim.split(name);
    if (dice < 82) return sim.merge(name);
    if (dice < 84) return sim.retention(name, kRetentions[random.below(3)]);
    if (dice < 85) return sim.tag(name);
    if (dice < 89) return sim.commit(name, random.one_in(2) ? "g" : "h", random.one_in(3));
    if (dice < 90) return sim.forget_group(name, "g");
    if (dice < 93) return sim.enqueue_job();
    if (dice < 96) return sim.run_job();
    if (dice < 97) return sim.create_delivery("d");
    if (dice < 99) return sim.deliver("d");
    return random.one_in(2) ? sim.remove_delivery("d") : sim.check();
}

}  // namespace

void run_history(std::uint64_t seed, bool verbose, bool lying) {
    Sim sim(seed, verbose);
    auto& random = sim.random;
    const bool all_sync = lying || !random.one_in(3);
    sim.start();
    sim.create("a");
    sim.machine.faults.lying = lying;
    for (auto lives = 1 + random.below(3); lives > 0; --lives) {
        auto fault = lying ? Fault::power_cut : kFaults[random.below(std::size(kFaults))];
        // Some end between two steps, some in the middle of one.
        if (!lying && !random.one_in(4)) sim.arm(fault, random.below(400));
        try {
            for (auto steps = 3 + random.below(25); steps > 0; --steps) random_step(sim, all_sync, lying);
            if (lives == 1) return sim.finish(fault);
        } catch (Crashed) {
        }
        // A fault may also meet the start that follows.
        for (bool again = true; again;) try {
                again = false;
                if (sim.running() && !sim.fault_met() && random.one_in(6)) {
                    sim.stop();
                    sim.start();
                } else {
                    sim.crash(is_crash(fault) ? fault : Fault::kill);
                }
            } catch (Crashed) {
                again = true;
            }
    }
    sim.finish(Fault::power_cut);
}

}  // namespace kns::sim
