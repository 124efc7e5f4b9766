#include "core/stream/shard_map.hpp"

#include <catch2/catch.hpp>

using namespace kns;

namespace {

std::vector<ShardRow> shards_of(const std::vector<HashRange>& ranges) {
    std::vector<ShardRow> out;
    for (const auto& range : ranges)
        out.push_back({.number = static_cast<std::uint32_t>(out.size() + 1),
                       .index = static_cast<std::uint32_t>(out.size()),
                       .hash_first = range.first,
                       .hash_last = range.last});
    return out;
}

}  // namespace

TEST_CASE("equal ranges cover every hash key once") {
    const auto count = GENERATE(1u, 2u, 3u, 4u, 7u, 64u, 1000u);
    const auto ranges = equal_ranges(count);
    REQUIRE(ranges.size() == count);
    CHECK(ranges.front().first == 0);
    CHECK(ranges.back().last == kMaxHashKey);
    for (std::size_t i = 1; i < ranges.size(); ++i) CHECK(ranges[i].first == ranges[i - 1].last + 1);
}

TEST_CASE("two shards meet where Kinesis has them meet") {
    const auto ranges = equal_ranges(2);
    CHECK(hash_key_text(ranges[0].last) == "170141183460469231731687303715884105727");
    CHECK(hash_key_text(ranges[1].first) == "170141183460469231731687303715884105728");
}

TEST_CASE("a key goes to the shard whose range holds its hash, at both ends") {
    const auto open = shards_of(equal_ranges(3));
    for (const auto& shard : open) {
        CHECK(route(open, shard.hash_first).number == shard.number);
        CHECK(route(open, shard.hash_last).number == shard.number);
    }
}

TEST_CASE("split keeps every hash key in exactly one child") {
    const HashRange range{100, 200};
    const auto halves = split_range(range, std::nullopt);
    REQUIRE(halves);
    CHECK(halves->first.first == 100);
    CHECK(halves->second.first == halves->first.last + 1);
    CHECK(halves->second.last == 200);
    CHECK(split_range(range, 101)->second.first == 101);
    for (const uint128 outside : {uint128{100}, uint128{99}, uint128{201}}) CHECK_FALSE(split_range(range, outside));
    CHECK_FALSE(split_range({5, 5}, std::nullopt));
}

TEST_CASE("only shards that touch can be merged, in either order") {
    const auto open = shards_of(equal_ranges(3));
    CHECK(neighbours(open[0], open[1])->first.number == open[0].number);
    CHECK(neighbours(open[1], open[0])->first.number == open[0].number);
    CHECK_FALSE(neighbours(open[0], open[2]));
    CHECK_FALSE(neighbours(open[1], open[1]));
}

TEST_CASE("a reshard plan turns any ranges into equal ones") {
    const auto from = GENERATE(1u, 2u, 3u, 4u, 10u);
    const auto to = GENERATE(1u, 2u, 3u, 5u, 8u, 10u);
    std::vector<HashRange> now = equal_ranges(from);
    const auto plan = plan_reshard(shards_of(now), to);
    for (const auto& step : plan.splits) {
        const auto hit = std::ranges::find_if(now, [&](const auto& r) { return r.first < step.at && step.at <= r.last; });
        REQUIRE(hit != now.end());
        const auto halves = split_range(*hit, step.at);
        *hit = halves->first;
        now.insert(hit + 1, halves->second);
    }
    for (const auto& step : plan.merges) {
        const auto upper = std::ranges::find(now, step.boundary, &HashRange::first);
        REQUIRE(upper != now.end());
        (upper - 1)->last = upper->last;
        now.erase(upper);
    }
    CHECK(now == equal_ranges(to));
}
