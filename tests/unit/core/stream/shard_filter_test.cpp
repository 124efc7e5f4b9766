#include "core/stream/shard_filter.hpp"

#include <catch2/catch.hpp>

using namespace kns;

namespace {

constexpr UnixMs kMade = 1'000'000;

ShardRow shard(std::uint32_t index, UnixMs created, std::optional<UnixMs> closed = {}, std::optional<std::uint32_t> parent = {},
               std::optional<std::uint32_t> adjacent = {}) {
    ShardRow row;
    row.number = 100 + index;
    row.index = index;
    row.created_s = created / kSecond;
    row.parent = parent;
    row.adjacent_parent = adjacent;
    if (closed) {
        row.closed_ms = closed;
        row.end_offset = 7;
    }
    return row;
}

// 0 is split into 1 and 2 after ten seconds, which are merged into 3 after twenty.
Stream stream() {
    StreamRow row;
    row.created_ms = kMade;
    return Stream(row, {shard(0, kMade, kMade + 10'000), shard(1, kMade + 10'000, kMade + 20'000, 100),
                        shard(2, kMade + 10'000, kMade + 20'000, 100), shard(3, kMade + 20'000, {}, 101, 102)});
}

std::vector<std::uint32_t> chosen(const ShardFilter& filter, UnixMs horizon = 0) {
    const auto of = stream();
    std::vector<std::uint32_t> out;
    for (const auto* row : filter_shards(of, filter, horizon)) out.push_back(row->index);
    return out;
}

using Indexes = std::vector<std::uint32_t>;
using enum ShardFilter::Type;

}  // namespace

TEST_CASE("the filters of ListShards choose by where a reader begins") {
    CHECK(chosen({}) == Indexes{0, 1, 2, 3});
    CHECK(chosen({.type = at_trim_horizon}) == Indexes{0});
    CHECK(chosen({.type = at_latest}) == Indexes{3});
    CHECK(chosen({.type = at_timestamp, .timestamp = kMade + 15'000}) == Indexes{1, 2});
    CHECK(chosen({.type = from_timestamp, .timestamp = kMade + 15'000}) == Indexes{1, 2, 3});
    CHECK(chosen({.type = after_shard, .shard = 1}) == Indexes{2, 3});
}

TEST_CASE("what was closed before the horizon is not needed") {
    const UnixMs horizon = kMade + 12'000;
    CHECK(chosen({}, horizon) == Indexes{1, 2, 3});
    CHECK(chosen({.type = at_trim_horizon}, horizon) == Indexes{1, 2});
    CHECK(chosen({.type = at_timestamp, .timestamp = kMade + 1'000}, horizon) == Indexes{1, 2});
}

TEST_CASE("a shard's children are those that name it") {
    const auto of = stream();
    CHECK(children_of(of, 100).size() == 2);
    CHECK(children_of(of, 102).size() == 1);
    CHECK(children_of(of, 103).empty());
}
