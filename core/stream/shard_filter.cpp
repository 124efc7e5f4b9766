#include "core/stream/shard_filter.hpp"

#include <algorithm>

namespace kns {
namespace {

// Open at some time from `instant` on. Creation is known to the second.
bool lives_after(const ShardRow& shard, UnixMs instant) { return shard.open() || *shard.closed_ms >= instant; }
bool lives_at(const ShardRow& shard, UnixMs instant) { return shard.created_s * kSecond <= instant && lives_after(shard, instant); }

}  // namespace

std::vector<const ShardRow*> filter_shards(const Stream& stream, const ShardFilter& filter, UnixMs horizon) {
    using enum ShardFilter::Type;
    // A stream younger than its retention has its beginning for a horizon.
    const UnixMs begins = std::max(horizon, (stream.row.created_ms / kSecond) * kSecond);
    const UnixMs instant = std::max(filter.timestamp, begins);
    std::vector<const ShardRow*> out;
    for (const auto& shard : stream.shards) {
        const bool wanted = filter.type == from_trim_horizon ? lives_after(shard, horizon)
                            : filter.type == at_trim_horizon ? lives_at(shard, begins)
                            : filter.type == at_latest       ? shard.open()
                            : filter.type == at_timestamp    ? lives_at(shard, instant)
                            : filter.type == from_timestamp  ? lives_after(shard, instant)
                                                             : shard.index > filter.shard;
        if (wanted) out.push_back(&shard);
    }
    return out;
}

std::vector<const ShardRow*> children_of(const Stream& stream, std::uint32_t shard_number) {
    std::vector<const ShardRow*> out;
    for (const auto& shard : stream.shards)
        if (shard.parent == shard_number || shard.adjacent_parent == shard_number) out.push_back(&shard);
    return out;
}

}  // namespace kns
