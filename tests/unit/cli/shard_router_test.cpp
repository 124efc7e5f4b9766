#include "cli/shard_router.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "cli/key_hash.hpp"

namespace kns::cli {
namespace {

constexpr uint128 kLast = ~uint128{0};

ShardInfo shard(std::uint32_t number, uint128 first, uint128 last, ShardState state = ShardState::open) {
    return {
        .shard_number = number, .state = state, .starting_hash_key = hash_key_text(first), .ending_hash_key = hash_key_text(last)};
}

std::vector<ShardInfo> equal_shards(std::uint32_t count) {
    std::vector<ShardInfo> out;
    const uint128 part = kLast / count;
    for (std::uint32_t i = 0; i < count; ++i)
        out.push_back(shard(i, i * part + (i ? 1 : 0), i + 1 == count ? kLast : (i + 1) * part));
    return out;
}

TEST_CASE("eight hashes at once are those of one at a time") {
    std::vector<std::string> texts;
    for (std::size_t length = 0; length < 70; ++length) texts.push_back(std::string(length, static_cast<char>('a' + length % 26)));
    for (const std::size_t count : {0, 1, 7, 8, 9, 70}) {
        std::vector<std::string_view> keys(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(count));
        std::vector<uint128> hashes(count);
        hash_keys(keys, hashes);
        for (std::size_t i = 0; i < count; ++i) CHECK(hash_key_text(hashes[i]) == hash_key_text(hash_of_key(keys[i])));
    }
}

TEST_CASE("every hash key has the shard whose range holds it") {
    const auto count = GENERATE(1u, 2u, 3u, 7u, 1000u, 5000u);
    const auto shards = equal_shards(count);
    const auto router = ShardRouter::of(shards).value();
    REQUIRE(router.size() == count);
    for (const auto& info : shards) {
        const auto first = parse_hash_key(info.starting_hash_key).value(), last = parse_hash_key(info.ending_hash_key).value();
        for (const auto key : {first, first + (last - first) / 2, last})
            CHECK(router.number_at(router.place_of(key)) == info.shard_number);
    }
}

TEST_CASE("closed shards get nothing, and order in the list does not matter") {
    const std::vector<ShardInfo> shards{shard(9, 101, kLast), shard(3, 0, kLast, ShardState::closed), shard(7, 0, 100)};
    const auto router = ShardRouter::of(shards).value();
    CHECK(router.number_at(router.place_of(100)) == 7);
    CHECK(router.number_at(router.place_of(101)) == 9);
}

TEST_CASE("a map with a hole, an overlap or nothing open is refused") {
    CHECK_FALSE(ShardRouter::of(std::vector{shard(1, 0, 5), shard(2, 7, kLast)}));
    CHECK_FALSE(ShardRouter::of(std::vector{shard(1, 0, 5), shard(2, 5, kLast)}));
    CHECK_FALSE(ShardRouter::of(std::vector{shard(1, 0, 5)}));
    CHECK_FALSE(ShardRouter::of(std::vector{shard(1, 0, kLast, ShardState::closed)}));
}

TEST_CASE("turns go round") {
    auto router = ShardRouter::of(equal_shards(3)).value();
    std::map<std::size_t, int> turns;
    for (int i = 0; i < 9; ++i) ++turns[router.next_in_turn()];
    CHECK(turns == std::map<std::size_t, int>{{0, 3}, {1, 3}, {2, 3}});
}

}  // namespace
}  // namespace kns::cli
