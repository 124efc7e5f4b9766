#include "cli/shard_router.hpp"

#include <algorithm>

namespace kns::cli {

Result<ShardRouter> ShardRouter::of(std::span<const ShardInfo> shards) {
    struct Range {
        uint128 first, last;
        std::uint32_t number;
    };
    std::vector<Range> ranges;
    for (const auto& shard : shards) {
        if (shard.state != ShardState::open) continue;
        ranges.push_back(
            {KNS_TRY(parse_hash_key(shard.starting_hash_key)), KNS_TRY(parse_hash_key(shard.ending_hash_key)), shard.shard_number});
    }
    if (ranges.empty()) return fail(Errc::conflict, "the stream has no open shard");
    std::ranges::sort(ranges, {}, &Range::first);

    ShardRouter router;
    uint128 next = 0;
    for (const auto& range : ranges) {
        if (range.first != next || range.last < range.first)
            return fail(Errc::internal, "the daemon's shard map has a gap at hash key {}", hash_key_text(next));
        router.ends_.push_back(range.last);
        router.numbers_.push_back(range.number);
        next = range.last + 1;
    }
    if (next != 0)
        return fail(Errc::internal, "the daemon's shard map ends at hash key {}", hash_key_text(next - 1));  // 2^128 wraps to 0

    std::uint32_t place = 0;
    for (uint128 slot = 0; slot < (uint128{1} << kSlotBits); ++slot) {
        while (router.ends_[place] < (slot << (128 - kSlotBits))) ++place;
        router.first_in_slot_.push_back(place);
    }
    return router;
}

}  // namespace kns::cli
