#include "core/stream/store.hpp"

#include "core/base/log.hpp"
#include "core/store/job_queue.hpp"

namespace kns {
namespace {

// After a power cut, records whose durability was not `sync` may be gone though their numbers were given out: skip more
// numbers than a machine can have had in flight.
constexpr std::int64_t kLostOffsets = 1 << 30;

}  // namespace

Result<void> Store::open(const Env& env, const std::string& key_file, const std::function<Result<void>(Place)>& prepare_log) {
    db.emplace(KNS_TRY(Database::open(env.database_path, Access::write, env.vfs)));
    if (!key_file.empty()) keys = KNS_TRY(context(KeyRing::open(key_file, *db), "opening the keys"));
    Catalog catalog(*db);

    const auto rows = KNS_TRY(catalog.streams());
    const auto shards = KNS_TRY(catalog.shards());
    auto contents = KNS_TRY(catalog.contents());
    const auto start = KNS_TRY(catalog.log_start());
    if (prepare_log) KNS_TRY(prepare_log(start.indexed));
    const auto last_shard = KNS_TRY(catalog.last_shard_number());
    for (const auto& shard : shards) index.add_shard(shard.number, contents[shard.number]);
    std::vector<PositionChange> positions = KNS_TRY(catalog.positions());

    log = KNS_TRY(context(Log::open(env, start,
                                    [&](RecoveredGroup&& group) -> Result<void> {
                                        KNS_TRY(check_catalog_knows(group, last_shard, env.database_path));
                                        index.recovered(group);
                                        positions.insert(positions.end(), group.positions.begin(), group.positions.end());
                                        damages.insert(damages.end(), group.damages.begin(), group.damages.end());
                                        return {};
                                    }),
                          "reading the log"));
    index.set_end(log->end(), log->group_number(), log->records_total());
    committer.emplace(*log, index, *env.clock);

    std::map<std::int64_t, std::vector<ShardRow>> by_stream;
    for (const auto& shard : shards) by_stream[shard.stream_id].push_back(shard);
    for (const auto& row : rows) {
        for (const auto& shard : by_stream[row.id]) {
            if (log->recovery().power_cut && row.durability.policy != Durability::Policy::sync)
                index.skip_offsets(shard.number, kLostOffsets);
            committer->add_shard(shard.number, row.id, row.durability, index.content(shard.number), shard.open());
            if (row.encrypted() && keys) committer->set_key(shard.number, keys->current(row.id));
        }
        streams.put(std::make_shared<const Stream>(row, by_stream[row.id]));
    }
    // Before anything is given a number.
    KNS_TRY(index.save(*db, nullptr, log->recovery().power_cut ? Sync::full : Sync::normal));
    for (const auto& change : positions)
        if (const auto stream = streams.find_id(change.stream_id); stream && stream->shard_by_number(change.shard))
            groups.set_position(change, env.clock->now());
    damaged_records = KNS_TRY(catalog.damaged_records());
    damaged_batches = KNS_TRY(catalog.damages()).batches;
    deliveries = KNS_TRY(DeliveryStore(*db).all());
    if (const auto resumed = KNS_TRY(JobQueue(*db).requeue_running(env.clock->now())); resumed > 0)
        log_info("jobs_resumed", "count={}", resumed);
    const auto& report = log->recovery();
    if (report.unclean)
        log_info("recovered", "scanned_bytes={} torn_bytes={} missing_records={} power_cut={}", report.scanned_bytes,
                 report.torn_bytes, report.missing_records, report.power_cut);
    return {};
}

}  // namespace kns
