// The catalog: streams and shards as rows. Lives on the catalog thread, on its writing connection; every change is
// durable (FULL) when the call returns.
#pragma once

#include <map>
#include <vector>

#include "core/base/ids.hpp"
#include "core/store/database.hpp"
#include "core/store/durability.hpp"
#include "core/store/log.hpp"
#include "core/store/log_index.hpp"

namespace kns {

struct StreamRow {
    std::int64_t id = 0;
    std::string name;
    bool hidden = false;
    std::string mode = "provisioned";
    Ms retention_ms = kDay;
    Durability durability;
    std::string limits = "off";
    std::uint64_t max_record_bytes = 1 << 20;
    UnixMs created_ms = 0;
    std::map<std::string, std::string> tags;
};

struct ShardRow {
    std::uint32_t number = 0;
    std::int64_t stream_id = 0;
    std::uint32_t index = 0;
    std::optional<std::uint32_t> parent, adjacent_parent;  // numbers
    uint128 hash_first = 0, hash_last = 0;                 // both inclusive
    std::int64_t created_s = 0;
    std::optional<std::int64_t> end_offset;  // closed
    std::optional<UnixMs> closed_ms;

    bool open() const { return !end_offset; }
};

// Whether a group of the log can be of this catalog. If it has records of a shard whose number was never given, the catalog
// was lost, or replaced by an older copy: going on would hide those records, and give their numbers to others.
Result<void> check_catalog_knows(const RecoveredGroup& group, std::uint32_t last_shard, const std::string& database_path);

class Catalog {
   public:
    explicit Catalog(Database& db) : db_(db) {}

    Result<std::vector<StreamRow>> streams();
    Result<std::vector<ShardRow>> shards();  // by stream, then index
    Result<std::map<std::uint32_t, ShardContent>> contents();
    Result<Log::Start> log_start();
    Result<std::vector<PositionChange>> positions();
    // The highest shard number ever given, to shards that are gone too.
    Result<std::uint32_t> last_shard();

    // Fill in the rows' ids and numbers.
    Result<void> create_stream(StreamRow& stream, std::vector<ShardRow>& shards);
    Result<void> update_stream(const StreamRow& stream);
    // The stream, its shards, index, positions. The bytes go with their segments.
    Result<void> delete_stream(std::int64_t stream_id);
    // One step of resharding: `closed` get their end, `opened` are added and numbered.
    Result<void> reshard(const std::vector<ShardRow>& closed, std::vector<ShardRow>& opened);
    Result<void> delete_shards(const std::vector<std::uint32_t>& numbers);
    Result<void> delete_group(std::int64_t stream_id, const std::string& group);

    Result<void> add_damage(const Damage& damage, UnixMs now);
    struct DamageTotals {
        std::uint64_t batches = 0, records = 0;
    };
    Result<DamageTotals> damages();
    Result<std::map<std::uint32_t, std::uint64_t>> damaged_records();  // by shard

   private:
    Result<void> insert_shard(ShardRow& shard);
    Database& db_;
};

}  // namespace kns
