#include "tests/fault/sim/machine.hpp"

namespace kns::sim {
void Machine::lose_process() {
    faults = Faults{.free = faults.free, .random = faults.random};
    for (auto* directory : {&root, &log, &quarantine}) directory->lose_process();
    vfs.forget_locks();
}

void Machine::lose_power(Survive survive) {
    faults = Faults{.lying = faults.lying, .free = faults.free, .random = faults.random};
    for (auto* directory : {&root, &log, &quarantine}) directory->lose_power(survive);
    vfs.forget_locks();
    env.boot_id = fmt::format("boot-{}", ++boots);
}

Result<void> Process::open() {
    const auto& env = machine_.env;
    KNS_TRY(Store::open(env));
    for (const auto& damage : damages) KNS_TRY(Catalog(*db).add_damage(damage, env.clock->now()));
    service.emplace(*db, index, streams, *env.clock, [this](const auto& work) { work(*committer); });
    collector.emplace(*db, *env.log);
    reader.emplace(KNS_TRY(Database::open(env.database_path, Access::read, env.vfs)));
    return {};
}

Result<void> Process::stop() {
    KNS_TRY(committer->sync());
    KNS_TRY(log->mark(true));
    KNS_TRY(save());
    return db->checkpoint();
}

Result<void> Process::expire_and_collect() {
    KNS_TRY(save());
    KNS_TRY(service->expire());
    index.forget_sealed();
    return only_outcome(collector->collect(index.end()));
}

}  // namespace kns::sim
