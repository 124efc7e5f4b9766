// Hash ranges: where a key belongs, and how ranges are cut and joined. Pure.
#pragma once

#include <span>
#include <vector>

#include "core/store/catalog.hpp"

namespace kns {

inline constexpr uint128 kMaxHashKey = ~uint128{0};
inline constexpr std::uint32_t kMaxShards = 10'000;  // per stream, as Kinesis

struct HashRange {
    uint128 first = 0, last = kMaxHashKey;  // both inclusive
    auto operator<=>(const HashRange&) const = default;
};

// `count` ranges of floor(2^128 / count), the last one takes the rest, as Kinesis cuts them.
std::vector<HashRange> equal_ranges(std::uint32_t count);

// The open shard that a hash key belongs to. `open` is sorted by range and covers everything.
const ShardRow& route(std::span<const ShardRow> open, uint128 hash_key);

// The two halves of `range`, the second beginning at `at` (default: the middle).
Result<std::pair<HashRange, HashRange>> split_range(HashRange range, std::optional<uint128> at);

// Lower one first; an error if they do not touch.
Result<std::pair<ShardRow, ShardRow>> neighbours(const ShardRow& a, const ShardRow& b);

// One step towards equal ranges: split or merge the open shards so that `target` equal ranges are nearer. Kinesis'
// UpdateShardCount does it by splits and merges, and so do we, because every record's shard must have a lineage: first
// every boundary that the target has and today's ranges lack is cut, then every boundary too many is removed.
struct ReshardPlan {
    struct Split {
        uint128 at;  // in whichever open shard contains it
    };
    struct Merge {
        uint128 boundary;  // the first key of the upper neighbour
    };
    std::vector<Split> splits;
    std::vector<Merge> merges;
};
ReshardPlan plan_reshard(std::span<const ShardRow> open, std::uint32_t target);

}  // namespace kns
