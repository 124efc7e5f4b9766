#include "tests/fault/sim/machine.hpp"

namespace kns::sim {
namespace {

constexpr std::int64_t kLostOffsets = 1 << 30;  // as in the daemon

}  // namespace

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
    db.emplace(KNS_TRY(Database::open(env.database_path, Access::write, env.vfs)));
    Catalog catalog(*db);
    const auto rows = KNS_TRY(catalog.streams());
    const auto shards = KNS_TRY(catalog.shards());
    auto contents = KNS_TRY(catalog.contents());
    const auto start = KNS_TRY(catalog.log_start());
    const auto last_shard = KNS_TRY(catalog.last_shard_number());
    for (const auto& shard : shards) index.add_shard(shard.number, contents[shard.number]);
    std::vector<PositionChange> positions = KNS_TRY(catalog.positions());
    log = KNS_TRY(Log::open(env, start, [&](RecoveredGroup&& group) -> Result<void> {
        KNS_TRY(check_catalog_knows(group, last_shard, env.database_path));
        index.recovered(group);
        positions.insert(positions.end(), group.positions.begin(), group.positions.end());
        damages.insert(damages.end(), group.damages.begin(), group.damages.end());
        return {};
    }));
    index.set_end(log->end(), log->group_number(), log->records_total());
    committer.emplace(*log, index, *env.clock);

    std::map<std::int64_t, std::vector<ShardRow>> by_stream;
    for (const auto& shard : shards) by_stream[shard.stream_id].push_back(shard);
    for (const auto& row : rows) {
        for (const auto& shard : by_stream[row.id]) {
            if (log->recovery().power_cut && row.durability.policy != Durability::Policy::sync)
                index.skip_offsets(shard.number, kLostOffsets);
            committer->add_shard(shard.number, row.id, row.durability, index.content(shard.number), shard.open());
        }
        streams.put(std::make_shared<const Stream>(row, by_stream[row.id]));
    }
    KNS_TRY(index.save(*db, nullptr, log->recovery().power_cut ? Sync::full : Sync::normal));
    for (const auto& change : positions)
        if (const auto stream = streams.find_id(change.stream_id); stream && stream->shard_by_number(change.shard))
            groups.set_position(change, env.clock->now());
    for (const auto& damage : damages) KNS_TRY(catalog.add_damage(damage, env.clock->now()));
    deliveries = KNS_TRY(DeliveryStore(*db).all());
    KNS_TRY(JobQueue(*db).requeue_running(env.clock->now()));
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
