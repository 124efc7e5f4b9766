// Which shards of a stream a reader needs, by where it begins: Kinesis' ShardFilter. Pure.
#pragma once

#include "core/stream/stream_directory.hpp"

namespace kns {

struct ShardFilter {
    enum class Type { from_trim_horizon, at_trim_horizon, at_latest, at_timestamp, from_timestamp, after_shard };
    Type type = Type::from_trim_horizon;
    UnixMs timestamp = 0;     // at_, from_timestamp; before the horizon it stands for the horizon
    std::uint32_t shard = 0;  // after_shard: an index
};

// By index. `horizon`: what arrived before it has expired.
std::vector<const ShardRow*> filter_shards(const Stream& stream, const ShardFilter& filter, UnixMs horizon);

// The shards that follow a closed one: those that name it as a parent.
std::vector<const ShardRow*> children_of(const Stream& stream, std::uint32_t shard_number);

}  // namespace kns
