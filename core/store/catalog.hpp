// The catalog: streams and shards as rows. Lives on the catalog thread, on its writing connection; every change is
// durable (FULL) when the call returns.
#pragma once

#include <functional>
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
    std::string encryption = "none";  // or aes-256-gcm

    // What only the AWS API speaks of.
    std::string kms_key;                     // of StartStreamEncryption, as its caller named it; empty: not by that call
    std::vector<std::string> shard_metrics;  // enhanced monitoring, by CloudWatch's names
    std::int64_t warm_mibps = 0;
    std::string distribution = "USER_PARTITION_KEY";  // or AUTO: keys are ignored
    std::string policy;                               // JSON, or empty
    std::vector<UnixMs> scalings;                     // UpdateShardCount, those of the last day

    std::string load_peaks;  // in on-demand mode; see LoadPeaks

    bool encrypted() const { return encryption != "none"; }
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

// A consumer with enhanced fan-out.
struct ConsumerRow {
    std::int64_t id = 0, stream_id = 0;
    std::string name;
    std::int64_t created_s = 0;  // part of its ARN
    std::map<std::string, std::string> tags;
    std::string policy;
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
    // Of the segments that were rewritten; the others have generation 0.
    Result<std::map<std::uint64_t, std::uint64_t>> generations();
    // The lowest saved position in a shard of the groups whose names begin so; 0 without any.
    Result<std::int64_t> lowest_position(std::int64_t stream_id, const std::string& groups, std::uint32_t shard);

    // Fill in the rows' ids and numbers. `also` runs in the same transaction, once the stream has its id.
    Result<void> create_stream(StreamRow& stream, std::vector<ShardRow>& shards,
                               const std::function<Result<void>(std::int64_t stream_id)>& also = {});
    Result<void> update_stream(const StreamRow& stream);
    // The stream, its shards, index, positions, data keys. The bytes go with their segments.
    Result<void> delete_stream(std::int64_t stream_id);
    Result<std::vector<ConsumerRow>> consumers();
    Result<void> add_consumer(ConsumerRow& consumer);  // fills in the id
    Result<void> update_consumer(const ConsumerRow& consumer);
    Result<void> delete_consumer(std::int64_t id);
    // The account's settings; empty where one was never made.
    Result<std::string> account_setting(std::string_view key);
    Result<void> set_account_setting(std::string_view key, std::string_view value);
    // One step of resharding: `closed` get their end, `opened` are added and numbered.
    Result<void> reshard(const std::vector<ShardRow>& closed, std::vector<ShardRow>& opened);
    Result<void> delete_shards(const std::vector<std::uint32_t>& numbers);
    Result<void> delete_group(std::int64_t stream_id, const std::string& group);

    // For a rebuild of the index. The highest number a shard was ever given; what is known of a shard without extents; and a
    // stream "recovered-N", kept as long as can be, for the shard N that has records but no stream.
    Result<std::uint32_t> last_shard_number();
    Result<void> set_content(std::uint32_t shard, const ShardContent& content);
    Result<std::pair<std::int64_t, std::string>> adopt_shard(std::uint32_t number, UnixMs now);
    // The segments that the index names, and what of one it names beyond the `bytes` of its file, or without a file.
    Result<std::vector<std::uint64_t>> live_segments();
    Result<std::vector<Damage>> extents_past(std::uint64_t segment, std::optional<std::uint64_t> bytes);
    // The shards that have a stretch which touches these bytes.
    Result<std::vector<std::uint32_t>> shards_at(Place place, std::uint64_t bytes);

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
