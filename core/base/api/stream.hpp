// What the native API says about streams. Each struct is a JSON object; fields are only ever added.
#pragma once

#include "core/base/describe.hpp"
#include "core/base/time.hpp"

namespace kns {

enum class StreamStatus { creating, active, updating, deleting };
inline std::span<const std::string_view> enum_names(StreamStatus) {
    static constexpr std::string_view names[] = {"CREATING", "ACTIVE", "UPDATING", "DELETING"};
    return names;
}

enum class ShardState { open, closed };
inline std::span<const std::string_view> enum_names(ShardState) {
    static constexpr std::string_view names[] = {"OPEN", "CLOSED"};
    return names;
}

struct StreamInfo {
    std::string name;
    std::string arn;
    StreamStatus status = StreamStatus::active;
    std::string mode = "provisioned";  // or on-demand
    std::uint32_t shard_count = 0;     // open ones
    std::string retention;             // "24h"
    Ms retention_ms = 0;
    std::string durability;  // "sync", "interval=100ms", "os"
    std::string limits;      // "off", "aws"
    std::uint64_t max_record_bytes = 0;
    std::string created_at;                 // RFC 3339
    std::uint64_t records = 0;              // kept now
    std::uint64_t bytes = 0;                // kept now, as stored
    std::uint64_t damaged_records = 0;      // lost to corruption, ever
    std::uint32_t zones = 0, zones_ok = 0;  // directories that hold it, and how many of them hold all of it; 0: no zones
    std::map<std::string, std::string> tags;
    std::string encryption = "none";          // at rest; or aes-256-gcm
    std::optional<std::uint32_t> key_number;  // of the data key for new records; none while the key file is missing

    static constexpr auto fields() {
        return std::tuple{field("name", &StreamInfo::name),
                          field("arn", &StreamInfo::arn),
                          field("status", &StreamInfo::status),
                          field("mode", &StreamInfo::mode),
                          field("shard_count", &StreamInfo::shard_count),
                          field("retention", &StreamInfo::retention),
                          field("retention_ms", &StreamInfo::retention_ms),
                          field("durability", &StreamInfo::durability),
                          field("limits", &StreamInfo::limits),
                          field("max_record_bytes", &StreamInfo::max_record_bytes),
                          field("created_at", &StreamInfo::created_at),
                          field("records", &StreamInfo::records),
                          field("bytes", &StreamInfo::bytes),
                          field("damaged_records", &StreamInfo::damaged_records),
                          field("zones", &StreamInfo::zones),
                          field("zones_ok", &StreamInfo::zones_ok),
                          field("tags", &StreamInfo::tags),
                          field("encryption", &StreamInfo::encryption),
                          field("key_number", &StreamInfo::key_number)};
    }
};

struct CreateStream {
    std::string name;
    std::optional<std::uint32_t> shard_count;  // absent: as the settings `defaults.*` say
    std::string mode = "provisioned";
    std::optional<std::string> retention, durability;  // likewise
    std::string limits = "off";
    std::uint64_t max_record_bytes = 1 << 20;
    std::optional<std::uint32_t> zones;  // refused where there are fewer
    std::map<std::string, std::string> tags;
    bool if_not_exists = false;
    bool encrypt = false;

    static constexpr auto fields() {
        return std::tuple{field("name", &CreateStream::name),
                          field("shard_count", &CreateStream::shard_count),
                          field("mode", &CreateStream::mode),
                          field("retention", &CreateStream::retention),
                          field("durability", &CreateStream::durability),
                          field("limits", &CreateStream::limits),
                          field("max_record_bytes", &CreateStream::max_record_bytes),
                          field("zones", &CreateStream::zones),
                          field("tags", &CreateStream::tags),
                          field("if_not_exists", &CreateStream::if_not_exists),
                          field("encrypt", &CreateStream::encrypt)};
    }
};

struct UpdateStream {
    std::optional<std::uint32_t> shard_count;  // reshards to equal ranges
    std::optional<std::string> mode, retention, durability, limits;
    std::optional<std::uint64_t> max_record_bytes;
    bool rotate_key = false;  // encrypted streams: a new data key for what comes

    static constexpr auto fields() {
        return std::tuple{
            field("shard_count", &UpdateStream::shard_count), field("mode", &UpdateStream::mode),
            field("retention", &UpdateStream::retention),     field("durability", &UpdateStream::durability),
            field("limits", &UpdateStream::limits),           field("max_record_bytes", &UpdateStream::max_record_bytes),
            field("rotate_key", &UpdateStream::rotate_key)};
    }
};

struct ShardInfo {
    std::string shard_id;
    std::uint32_t shard_number = 0;  // the daemon's own number, as in RecordBatch headers
    std::uint32_t shard_index = 0;
    ShardState state = ShardState::open;
    std::vector<std::string> parents;
    std::string starting_hash_key, ending_hash_key;  // decimal, both inclusive
    std::string starting_sequence_number;
    std::optional<std::string> ending_sequence_number;  // closed shards
    std::int64_t created_s = 0;
    std::int64_t first_offset = 0, next_offset = 0;  // kept range [first, next)

    static constexpr auto fields() {
        return std::tuple{field("shard_id", &ShardInfo::shard_id),
                          field("shard_number", &ShardInfo::shard_number),
                          field("shard_index", &ShardInfo::shard_index),
                          field("state", &ShardInfo::state),
                          field("parents", &ShardInfo::parents),
                          field("starting_hash_key", &ShardInfo::starting_hash_key),
                          field("ending_hash_key", &ShardInfo::ending_hash_key),
                          field("starting_sequence_number", &ShardInfo::starting_sequence_number),
                          field("ending_sequence_number", &ShardInfo::ending_sequence_number),
                          field("created_s", &ShardInfo::created_s),
                          field("first_offset", &ShardInfo::first_offset),
                          field("next_offset", &ShardInfo::next_offset)};
    }
};

struct SplitShard {
    std::string shard_id;
    std::optional<std::string> at;  // the second child's first hash key; absent: the middle

    static constexpr auto fields() { return std::tuple{field("shard_id", &SplitShard::shard_id), field("at", &SplitShard::at)}; }
};

struct MergeShards {
    std::vector<std::string> shard_ids;  // two neighbours, in either order

    static constexpr auto fields() { return std::tuple{field("shard_ids", &MergeShards::shard_ids)}; }
};

struct PutFailure {
    std::uint64_t record = 0;  // from 1, in the order given
    std::string code, message;

    static constexpr auto fields() {
        return std::tuple{field("record", &PutFailure::record), field("code", &PutFailure::code),
                          field("message", &PutFailure::message)};
    }
};

struct PutResult {
    std::uint64_t records = 0, bytes = 0, failed = 0;
    std::vector<PutFailure> failures;  // the first 100

    static constexpr auto fields() {
        return std::tuple{field("records", &PutResult::records), field("bytes", &PutResult::bytes),
                          field("failed", &PutResult::failed), field("failures", &PutResult::failures)};
    }
};

struct GroupShard {
    std::string shard_id;
    std::uint32_t shard_number = 0;
    std::int64_t next_offset = 0;
    std::optional<std::string> sequence_number;  // of the last record processed
    std::uint64_t lag = 0;                       // records not yet processed
    std::optional<std::string> member;           // who holds it now

    static constexpr auto fields() {
        return std::tuple{field("shard_id", &GroupShard::shard_id),
                          field("shard_number", &GroupShard::shard_number),
                          field("next_offset", &GroupShard::next_offset),
                          field("sequence_number", &GroupShard::sequence_number),
                          field("lag", &GroupShard::lag),
                          field("member", &GroupShard::member)};
    }
};

struct GroupInfo {
    std::string name, stream;
    std::uint64_t lag = 0;
    std::uint32_t members = 0;
    std::string committed_at;
    std::vector<GroupShard> shards;

    static constexpr auto fields() {
        return std::tuple{field("name", &GroupInfo::name),
                          field("stream", &GroupInfo::stream),
                          field("lag", &GroupInfo::lag),
                          field("members", &GroupInfo::members),
                          field("committed_at", &GroupInfo::committed_at),
                          field("shards", &GroupInfo::shards)};
    }
};

struct JoinGroup {
    std::string member;                    // "host:pid", for people
    std::optional<std::string> member_id;  // given back: a heartbeat
    std::string from = "start";            // where a new group begins: start, latest, a time
    Ms session_ms = 30'000;                // silence after which the shards are free again

    static constexpr auto fields() {
        return std::tuple{field("member", &JoinGroup::member), field("member_id", &JoinGroup::member_id),
                          field("from", &JoinGroup::from), field("session_ms", &JoinGroup::session_ms)};
    }
};

struct ShardPosition {
    std::uint32_t shard_number = 0;
    std::int64_t next_offset = 0;

    static constexpr auto fields() {
        return std::tuple{field("shard_number", &ShardPosition::shard_number), field("next_offset", &ShardPosition::next_offset)};
    }
};

struct GroupLease {
    std::string member_id;
    std::uint64_t generation = 0;  // changes when the shards of anyone in the group change
    std::vector<ShardPosition> shards;

    static constexpr auto fields() {
        return std::tuple{field("member_id", &GroupLease::member_id), field("generation", &GroupLease::generation),
                          field("shards", &GroupLease::shards)};
    }
};

struct CommitPositions {
    std::string member_id;
    std::vector<ShardPosition> positions;

    static constexpr auto fields() {
        return std::tuple{field("member_id", &CommitPositions::member_id), field("positions", &CommitPositions::positions)};
    }
};

struct ResetGroup {
    std::string to;  // start, latest, a time

    static constexpr auto fields() { return std::tuple{field("to", &ResetGroup::to)}; }
};

struct StreamTags {
    std::map<std::string, std::string> tags;

    static constexpr auto fields() { return std::tuple{field("tags", &StreamTags::tags)}; }
};

struct ChangeTags {
    std::map<std::string, std::string> tags;
    std::vector<std::string> remove;

    static constexpr auto fields() { return std::tuple{field("tags", &ChangeTags::tags), field("remove", &ChangeTags::remove)}; }
};

template <class T>
struct Items {
    std::vector<T> items;
    std::optional<std::string> next;

    static constexpr auto fields() { return std::tuple{field("items", &Items::items), field("next", &Items::next)}; }
};

}  // namespace kns
