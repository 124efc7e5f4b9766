#include "cli/batch_packer.hpp"

#include <catch2/catch.hpp>
#include <map>

namespace kns::cli {
namespace {

constexpr uint128 kLast = ~uint128{0};

ShardRouter equal_shards(std::uint32_t count) {
    std::vector<ShardInfo> shards;
    const uint128 part = kLast / count;
    for (std::uint32_t i = 0; i < count; ++i)
        shards.push_back({.shard_number = i,
                          .starting_hash_key = hash_key_text(i * part + (i ? 1 : 0)),
                          .ending_hash_key = hash_key_text(i + 1 == count ? kLast : (i + 1) * part)});
    return ShardRouter::of(shards).value();
}

// What came out: for each shard its records' data, and the sizes of the batches.
struct Packed {
    std::map<std::uint32_t, std::vector<std::string>> data;
    std::vector<std::int32_t> batches;

    void take(BatchPacker& packer) {
        for (const auto& parcel : packer.take_parcels()) {
            for (const auto& slip : parcel.slips) {
                const auto batch = as_bytes({parcel.memory.data() + slip.at, slip.bytes});
                REQUIRE(batch_crc_matches(batch));
                RecordReader reader(batch);
                CHECK(reader.header().total_bytes() == slip.bytes);
                CHECK(static_cast<std::uint64_t>(reader.header().record_count) == slip.records);
                batches.push_back(reader.header().record_count);
                RecordView record;
                while (reader.step(record)) data[reader.header().shard_number].emplace_back(record.value);
                CHECK(reader.outcome());
            }
        }
    }
};

TEST_CASE("records with keys go where the keys belong, in order") {
    ParcelMemory memory;
    const auto router = equal_shards(7);
    BatchPacker packer({.by_key = true}, router, {}, memory);
    std::vector<std::string> keys, data;
    for (int i = 0; i < 1000; ++i) {
        keys.push_back("key" + std::to_string(i % 50));
        data.push_back(std::to_string(i));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) packer.add({.data = data[i], .key = keys[i], .number = i + 1});
    CHECK(packer.holds_drafts());
    packer.pack();
    CHECK_FALSE(packer.holds_drafts());
    Packed packed;
    packed.take(packer);
    CHECK(packer.is_empty());
    CHECK(packed.batches.size() == 7);
    std::map<std::uint32_t, std::vector<std::string>> wanted;
    for (std::size_t i = 0; i < keys.size(); ++i)
        wanted[router.number_at(router.place_of(hash_of_key(keys[i])))].push_back(data[i]);
    CHECK(packed.data == wanted);
}

TEST_CASE("an explicit hash key beats the key") {
    ParcelMemory memory;
    BatchPacker packer({.by_key = true}, equal_shards(2), {}, memory);
    const auto last = hash_key_text(kLast);
    for (const auto* key : {"a", "b", "c", "d"}) packer.add({.data = key, .key = key, .explicit_hash_key = last});
    packer.pack();
    Packed packed;
    packed.take(packer);
    CHECK(packed.data == std::map<std::uint32_t, std::vector<std::string>>{{1, {"a", "b", "c", "d"}}});
}

TEST_CASE("records without keys fill one batch after the other, shard by shard in turn") {
    ParcelMemory memory;
    BatchPacker packer({}, equal_shards(2), {.bytes = 1 << 20, .records = 3}, memory);
    for (const auto* data : {"1", "2", "3", "4", "5", "6", "7"}) packer.add({.data = data});
    Packed packed;
    packed.take(packer);
    CHECK(packed.batches == std::vector<std::int32_t>{3, 3});  // the last is not full
    packer.pack();
    packed.take(packer);
    CHECK(packed.data == std::map<std::uint32_t, std::vector<std::string>>{{0, {"1", "2", "3", "7"}}, {1, {"4", "5", "6"}}});
}

TEST_CASE("a batch keeps its limit of bytes, and a larger record has one to itself") {
    ParcelMemory memory;
    BatchPacker packer({}, equal_shards(1), {.bytes = 1000}, memory);
    const std::string small(300, 's'), large(5000, 'l');
    for (const auto& data : {small, small, small, large, small}) packer.add({.data = data});
    packer.pack();
    Packed packed;
    packed.take(packer);
    CHECK(packed.batches == std::vector<std::int32_t>{2, 1, 1, 1});
    CHECK(packed.data[0] == std::vector{small, small, small, large, small});
}

TEST_CASE("aggregates hold records of one shard only, and one that is alone or large stays as it is") {
    ParcelMemory memory;
    const auto router = equal_shards(2);
    BatchPacker packer({.by_key = true}, router, {}, memory, Packing::aggregated);
    const std::string large(60'000, 'l');
    std::vector<std::string> keys;
    for (int i = 0; i < 2000; ++i) keys.push_back("key-" + std::to_string(i));
    for (const auto& key : keys) packer.add({.data = key, .key = key});
    packer.add({.data = large, .key = keys[0]});
    packer.pack();
    std::uint64_t users = 0;
    std::size_t aggregates = 0, plain = 0;
    for (const auto& parcel : packer.take_parcels())
        for (const auto& slip : parcel.slips) {
            RecordReader reader(as_bytes({parcel.memory.data() + slip.at, slip.bytes}));
            users += slip.records;
            RecordView record;
            while (reader.step(record)) {
                auto aggregate = AggregateReader::open(record.value);
                if (!aggregate) {
                    CHECK(record.value == large);
                    ++plain;
                    continue;
                }
                ++aggregates;
                CHECK(record.value.size() <= 51'200);
                for (UserRecord user; aggregate->next(user);) {
                    CHECK(user.key == user.data);
                    CHECK(router.number_at(router.place_of(hash_of_key(user.key))) == reader.header().shard_number);
                }
            }
        }
    CHECK(users == 2001);
    CHECK(plain == 1);
    CHECK(aggregates >= 2);
    CHECK(aggregates <= 4);
}

TEST_CASE("records without keys are aggregated with the hash key of the shard they go to") {
    ParcelMemory memory;
    const auto router = equal_shards(2);
    BatchPacker packer({}, router, {}, memory, Packing::aggregated);
    for (int turn = 0; turn < 2; ++turn) {
        for (const auto* data : {"1", "2"}) packer.add({.data = data});
        packer.pack();
    }
    std::vector<std::string> hash_keys;
    for (const auto& parcel : packer.take_parcels()) {
        RecordReader reader(as_bytes({parcel.memory.data(), parcel.bytes}));
        RecordView record;
        REQUIRE(reader.step(record));
        auto aggregate = AggregateReader::open(record.value);
        REQUIRE(aggregate);
        CHECK(aggregate->size() == 2);
        for (UserRecord user; aggregate->next(user);) hash_keys.emplace_back(user.explicit_hash_key);
    }
    const auto half = hash_key_text(router.first_hash_key_at(1));
    CHECK(hash_keys == std::vector<std::string>{"0", "0", half, half});
}

TEST_CASE("after a reroute records go by the new map") {
    ParcelMemory memory;
    BatchPacker packer({.by_key = true}, equal_shards(1), {}, memory);
    CHECK_FALSE(packer.sorts());  // one shard: nothing to decide
    packer.reroute(equal_shards(2));
    CHECK(packer.sorts());
    for (const auto* key : {"a", "b", "c", "d", "e"}) packer.add({.data = key, .key = key});
    packer.pack();
    Packed packed;
    packed.take(packer);
    CHECK(packed.data.size() == 2);
}

}  // namespace
}  // namespace kns::cli
