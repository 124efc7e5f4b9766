#include "core/store/salvage.hpp"

#include "core/store/scrub.hpp"
#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;
using Strings = std::vector<std::string>;

namespace {

// Two shards of one stream, which the catalog knows as 1 and 2.
std::int64_t make_stream(TestDisk& disk) {
    std::vector<ShardRow> shards{{.index = 0, .hash_last = 9}, {.index = 1, .hash_first = 10, .hash_last = 19}};
    StreamRow stream{.name = "clicks"};
    value(Catalog(disk.db).create_stream(stream, shards));
    REQUIRE(shards.back().number == 2);
    return stream.id;
}

void fill(TestDisk& disk, std::int64_t stream) {
    TestStore store(disk);
    store.append(1, {"a", "b"});
    store.append(2, {"c"}, {{stream, 1, 2, "sums"}});
    disk.faults.fail_at = disk.faults.operations;
    REQUIRE(store.append(1, {"lost"}).error);
    store.append(1, {"d"}, {{stream, 2, 1, "sums"}, {stream + 1, 1, 9, "another's"}});
    value(store.index.save(disk.db));
    disk.log.lose_process();
}

std::map<std::uint32_t, std::int64_t> positions(TestDisk& disk) {
    std::map<std::uint32_t, std::int64_t> out;
    for (const auto& change : value(Catalog(disk.db).positions()))
        if (change.group == "sums") out[change.shard] = change.next_offset;
    return out;
}

}  // namespace

TEST_CASE("an index rebuilt from the log says what the old one said") {
    TestDisk disk;
    fill(disk, make_stream(disk));
    Catalog catalog(disk.db);
    const auto before = value(catalog.contents());
    const auto state = value(catalog.log_start());

    const auto rebuilt = value(rebuild_index(disk.db, disk.env, true));
    CHECK(rebuilt.segments == 2);
    CHECK(rebuilt.records == 4);
    CHECK(rebuilt.damages.empty());
    CHECK(rebuilt.streams.empty());
    CHECK(value(catalog.log_start()).indexed == state.indexed);
    CHECK(value(catalog.log_start()).records_total == state.records_total);
    for (const auto shard : {1u, 2u}) {
        const auto after = value(catalog.contents())[shard];
        CHECK(after.first_offset == before.at(shard).first_offset);
        CHECK(after.next_offset == before.at(shard).next_offset);
        CHECK(after.records == before.at(shard).records);
        CHECK(after.bytes == before.at(shard).bytes);
    }
    CHECK(positions(disk) == std::map<std::uint32_t, std::int64_t>{{1, 2}, {2, 1}});
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"a", "b", "d"});
    CHECK(again.values(2) == Strings{"c"});
    CHECK(again.log().recovery().missing_records == 0);
}

TEST_CASE("a catalog that is older than the log takes over the positions that came later") {
    TestDisk disk;
    const auto stream = make_stream(disk);
    fill(disk, stream);
    value(disk.db.exec("DELETE FROM group_position"));
    value(disk.db.exec("DELETE FROM log_state"));
    value(rebuild_index(disk.db, disk.env, false));
    CHECK(positions(disk) == std::map<std::uint32_t, std::int64_t>{{1, 2}, {2, 1}});
    CHECK(value(disk.db.query("SELECT count(*) FROM group_position")).step().value());
}

TEST_CASE("records of a shard that no catalog knows become a stream, and its number is never given again") {
    TestDisk disk;
    fill(disk, 1);
    const auto rebuilt = value(rebuild_index(disk.db, disk.env, false));
    CHECK(rebuilt.streams == Strings{"recovered-1", "recovered-2"});
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"a", "b", "d"});
    StreamRow next{.name = "next"};
    std::vector<ShardRow> shards(1);
    value(Catalog(disk.db).create_stream(next, shards));
    CHECK(shards.front().number == 3);
}

TEST_CASE("a deleted stream does not come back with the index") {
    TestDisk disk;
    const auto stream = make_stream(disk);
    fill(disk, stream);
    value(Catalog(disk.db).delete_stream(stream));
    const auto rebuilt = value(rebuild_index(disk.db, disk.env, true));
    CHECK(rebuilt.streams.empty());
    CHECK(rebuilt.records == 0);
}

TEST_CASE("sequence numbers are not given twice, though nothing of them is left in the log") {
    TestDisk disk;
    make_stream(disk);
    value(Catalog(disk.db).set_content(2, {.first_offset = 40, .next_offset = 50, .records = 10, .bytes = 10}));
    value(rebuild_index(disk.db, disk.env, true));
    CHECK(value(Catalog(disk.db).contents())[2].next_offset == 50);
    CHECK(value(Catalog(disk.db).contents())[2].records == 0);
    value(rebuild_index(disk.db, disk.env, false));
    CHECK(value(Catalog(disk.db).contents())[2].next_offset > 1'000'000'000);
}

TEST_CASE("what retention took does not come back with the index") {
    TestDisk disk;
    fill(disk, make_stream(disk));
    value(Catalog(disk.db).set_content(1, {.first_offset = 2, .next_offset = 4}));
    value(rebuild_index(disk.db, disk.env, true));
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"d"});
    CHECK(value(Catalog(disk.db).contents())[1].first_offset == 2);
}

TEST_CASE("a batch in front of a damaged trailer at a segment's end is kept, and a damaged batch is counted") {
    TestDisk disk;
    fill(disk, make_stream(disk));
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    bytes[bytes.size() - 3] ^= std::byte{1};  // the trailer of "c"
    value(rebuild_index(disk.db, disk.env, true));
    CHECK(TestStore(disk).values(2) == Strings{"c"});
    disk.log.lose_process();
    disk.log.bytes(segment_name(1, 0))[65] ^= std::byte{1};  // in "a", "b"
    CHECK(value(rebuild_index(disk.db, disk.env, true)).damages.size() == 1);
    CHECK(value(Catalog(disk.db).damages()).records == 2);
    CHECK(TestStore(disk).values(1) == Strings{"d"});
}
