#include "daemon/open_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/store/job_queue.hpp"

namespace kns {
namespace {

// After a power cut, records whose durability was not `sync` may be gone though their numbers were given out: skip more
// numbers than a machine can have had in flight.
constexpr std::int64_t kLostOffsets = 1 << 30;

// SQLite makes its files as open as the umask lets it, and the others like the first.
Result<void> keep_private(const std::string& database) {
    KNS_TRY(open_file(database, O_RDWR | O_CREAT, 0600));
    for (const auto* suffix : {"", "-wal", "-shm"})
        if (::chmod((database + suffix).c_str(), 0600) < 0 && errno != ENOENT) return fail_errno(errno, database + suffix);
    return {};
}

}  // namespace

Result<LogDirectory> open_log_directory(const DataDir& data, const std::vector<std::string>& zone_paths) {
    auto zoned = KNS_TRY(open_zones({.zones = zone_paths,
                                     .home = KNS_TRY(open_directory(data.root(), false)),
                                     .plain_log = [&] { return open_directory(data.log_directory(), true); },
                                     .clock = &Clock::real(),
                                     .random = &real_random()}));
    if (!zoned) return LogDirectory{KNS_TRY(open_directory(data.log_directory(), true)), nullptr};
    auto* zones = zoned.get();
    return LogDirectory{std::move(zoned), zones};
}

Result<void> Store::open(const DataDir& data, const std::vector<std::string>& zone_paths) {
    auto opened = KNS_TRY(open_log_directory(data, zone_paths));
    log_directory = std::move(opened.directory);
    zones = opened.zones;
    quarantine = KNS_TRY(open_directory(data.quarantine_directory(), true));
    env = {&Clock::real(), &real_random(), log_directory.get(), quarantine.get(), data.database(), "", real_boot_id()};
    KNS_TRY(keep_private(data.database()));
    db.emplace(KNS_TRY(Database::open(env.database_path, Access::write, env.vfs)));
    keys = KNS_TRY(context(KeyRing::open(data.key_file(), *db), "opening the keys"));
    Catalog catalog(*db);

    const auto rows = KNS_TRY(catalog.streams());
    const auto shards = KNS_TRY(catalog.shards());
    auto contents = KNS_TRY(catalog.contents());
    const auto start = KNS_TRY(catalog.log_start());
    if (zones) KNS_TRY(context(zones->reconcile(start.indexed), "comparing the zones"));
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
            if (row.encrypted()) committer->set_key(shard.number, keys->current(row.id));
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
