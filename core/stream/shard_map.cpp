#include "core/stream/shard_map.hpp"

#include <algorithm>
#include <cassert>
#include <set>

namespace kns {

std::vector<HashRange> equal_ranges(std::uint32_t count) {
    // 2^128 does not fit: divide 2^128 - 1 and correct for the one when it divides evenly.
    uint128 width = kMaxHashKey / count;
    if (kMaxHashKey % count == count - 1) ++width;
    std::vector<HashRange> out;
    out.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) out.push_back({width * i, i + 1 == count ? kMaxHashKey : width * (i + 1) - 1});
    return out;
}

const ShardRow& route(std::span<const ShardRow> open, uint128 hash_key) {
    const auto behind = std::ranges::upper_bound(open, hash_key, {}, &ShardRow::hash_first);
    assert(behind != open.begin());
    return *(behind - 1);
}

Result<std::pair<HashRange, HashRange>> split_range(HashRange range, std::optional<uint128> at) {
    const uint128 middle = at ? *at : range.first + (range.last - range.first) / 2 + 1;
    if (range.first == range.last) return fail(Errc::invalid_argument, "the shard covers a single hash key and cannot be split");
    if (middle <= range.first || middle > range.last)
        return fail(Errc::invalid_argument, "{} is not inside the shard's range", hash_key_text(middle))
            .hint(fmt::format("choose a hash key from {} to {}", hash_key_text(range.first + 1), hash_key_text(range.last)));
    return std::pair(HashRange{range.first, middle - 1}, HashRange{middle, range.last});
}

Result<std::pair<ShardRow, ShardRow>> neighbours(const ShardRow& a, const ShardRow& b) {
    const auto& [lower, upper] = std::minmax(a, b, [](const auto& x, const auto& y) { return x.hash_first < y.hash_first; });
    if (lower.hash_last == kMaxHashKey || lower.hash_last + 1 != upper.hash_first)
        return fail(Errc::invalid_argument, "{} and {} are not neighbours", shard_id_text(a.index), shard_id_text(b.index))
            .hint("kns stream shards shows the hash ranges");
    return std::pair(lower, upper);
}

ReshardPlan plan_reshard(std::span<const ShardRow> open, std::uint32_t target) {
    std::set<uint128> have, want;
    for (const auto& shard : open) have.insert(shard.hash_first);
    for (const auto& range : equal_ranges(target)) want.insert(range.first);
    ReshardPlan plan;
    for (const auto boundary : want)
        if (!have.contains(boundary)) plan.splits.push_back({boundary});
    for (const auto boundary : have)
        if (!want.contains(boundary)) plan.merges.push_back({boundary});
    return plan;
}

}  // namespace kns
