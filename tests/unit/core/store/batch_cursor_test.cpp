#include "core/store/batch_cursor.hpp"

#include "core/store/collector.hpp"
#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;
using Strings = std::vector<std::string>;

namespace {

Strings in_order(const TestStore::Read& read) {
    Strings out;
    for (const auto& [offset, v] : read.records) out.push_back(v);
    return out;
}

}  // namespace

TEST_CASE("several shards are read in the order of the log") {
    TestDisk disk;
    TestStore store(disk);
    Strings put;
    for (int i = 0; i < 100; ++i) {
        put.push_back(std::to_string(i));
        store.append(i % 3 ? 1 : 2, {put.back()});
        if (i == 40) value(store.index.save(disk.db));
    }
    CHECK(in_order(store.read({{1, 0}, {2, 0}})) == put);
    CHECK(in_order(store.read({{1, 0}, {2, 0}}, 0, 200)) == put);  // in many small pieces
}

TEST_CASE("a range begins and ends where it says, to the batch") {
    TestDisk disk;
    TestStore store(disk);
    for (int i = 0; i < 10; ++i) store.append(1, {std::to_string(i)});
    const bool indexed = GENERATE(false, true);
    if (indexed) value(store.index.save(disk.db));
    CHECK(in_order(store.read({{1, 3, 6}})) == Strings{"3", "4", "5"});
    CHECK(store.read({{1, 10}}).records.empty());
}

TEST_CASE("a reader at the end sees what is committed afterwards") {
    TestDisk disk;
    TestStore store(disk);
    ExtentFinder finder(store.index, disk.db);
    SegmentFiles files(disk.log);
    BatchCursor cursor({{1, 0}});
    store.append(1, {"a"});
    CHECK(in_order(store.read(cursor, finder, files)) == Strings{"a"});
    store.append(1, {"b"});
    value(store.index.save(disk.db));
    store.append(1, {"c"});
    CHECK(in_order(store.read(cursor, finder, files)) == Strings{"b", "c"});
}

TEST_CASE("a batch whose checksum is wrong is named and skipped, the rest is read") {
    TestDisk disk;
    TestStore store(disk);
    for (const auto* v : {"one", "two", "three"}) store.append(1, {v});
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    bytes[text.find("two")] ^= std::byte{4};
    const auto read = store.read({{1, 0}});
    CHECK(in_order(read) == Strings{"one", "three"});
    REQUIRE(read.damages.size() == 1);
    CHECK(read.damages[0].first_offset == 1);
    CHECK(read.damages[0].records == 1);
}

TEST_CASE("a stretch that cannot be parsed is lost once, and other shards behind it are read") {
    TestDisk disk;
    TestStore store(disk);
    for (int i = 0; i < 10; ++i) store.append(i % 2 ? 1 : 2, {std::to_string(i)});
    value(store.index.save(disk.db));
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    bytes[16] = std::byte{9};  // the first batch's magic: shard 2's stretch is unreadable from its start
    const auto read = store.read({{1, 0}, {2, 0}});
    CHECK_FALSE(read.damages.empty());
    std::size_t lost = 0;
    for (const auto& damage : read.damages) lost += damage.records;
    CHECK(read.records.size() + lost == 10);
}

TEST_CASE("a missing segment file is a damage, not an endless search") {
    TestDisk disk;
    TestStore store(disk);
    store.append(1, {"a"});
    value(disk.log.remove(segment_name(1, 0)));
    const auto read = store.read({{1, 0}});
    CHECK(read.records.empty());
    REQUIRE(read.damages.size() == 1);
    CHECK(read.damages[0].records == 1);
}

TEST_CASE("what arrived before the horizon is not read") {
    TestDisk disk;
    TestStore store(disk);
    store.append(1, {"old"});
    disk.clock.tick(kDay);
    store.append(1, {"new"});
    CHECK(in_order(store.read({{1, 0}}, disk.clock.now() - kHour)) == Strings{"new"});
}

TEST_CASE("the collector removes dead segments and rewrites thin ones under a reader") {
    TestDisk disk;
    TestStore store(disk, {1, 2}, Durability{Durability::Policy::os});
    const std::string large(8 << 20, 'x');
    store.append(2, {"small"});
    for (int i = 0; i < 70; ++i) REQUIRE_FALSE(store.append(1, {large}).error);
    REQUIRE(store.log().end().segment == 3);
    value(store.index.save(disk.db));
    store.index.forget_sealed();

    ExtentFinder finder(store.index, disk.db);
    SegmentFiles files(disk.log);
    BatchCursor before({{2, 0}});
    value(disk.db.exec("DELETE FROM extent WHERE shard = 1"));  // as retention does
    Collector collector(disk.db, disk.log);
    const auto collected = value(collector.collect(store.index.end()));
    CHECK(collected.removed == 1);
    CHECK(collected.rewritten == 1);
    CHECK_FALSE(disk.log.has(segment_name(1, 0)));
    CHECK(disk.log.bytes(segment_name(1, 1)).size() < 4096);
    CHECK(in_order(store.read(before, finder, files)) == Strings{"small"});
    CHECK(store.values(2) == Strings{"small"});
    // A second pass finds nothing to do.
    CHECK(value(collector.collect(store.index.end())).freed_bytes == 0);
}

TEST_CASE("a thin segment that cannot be walked stays as it is, and the others are collected all the same") {
    TestDisk disk;
    TestStore store(disk, {1, 2}, Durability{Durability::Policy::os});
    const std::string large(8 << 20, 'x');
    store.append(2, {"small"});
    for (int i = 0; i < 70; ++i) REQUIRE_FALSE(store.append(1, {large}).error);
    REQUIRE(store.log().end().segment == 3);
    value(store.index.save(disk.db));
    store.index.forget_sealed();
    value(disk.db.exec("DELETE FROM extent WHERE shard = 1"));
    disk.log.bytes(segment_name(1, 0))[16] = std::byte{9};  // the magic of the one batch that lives
    const auto collected = value(Collector(disk.db, disk.log).collect(store.index.end()));
    CHECK(collected.rewritten == 0);
    CHECK(collected.removed == 1);
    CHECK(disk.log.has(segment_name(1, 0)));
    const auto read = store.read({{2, 0}});
    REQUIRE(read.damages.size() == 1);
    CHECK(read.damages[0].records == 1);
}

TEST_CASE("looking up extents uses the primary key") {
    TestDisk disk;
    const auto plan =
        value(disk.db.plan_of("SELECT first_offset FROM extent WHERE shard = 1 AND first_offset >= coalesce((SELECT "
                              "max(first_offset) FROM extent WHERE shard = 1 AND first_offset "
                              "<= 2), 0) ORDER BY first_offset LIMIT 4"));
    CHECK(plan.find("SEARCH extent USING PRIMARY KEY") != std::string::npos);
    CHECK(plan.find("SCAN") == std::string::npos);
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
}

TEST_CASE("a time is found in memory and in the catalog") {
    TestDisk disk;
    TestStore store(disk);
    std::vector<UnixMs> times;
    for (int i = 0; i < 5; ++i) {
        store.append(1, {std::string(300 << 10, 'x')});
        times.push_back(disk.clock.now());
        disk.clock.tick(kMinute);
        if (i == 2) value(store.index.save(disk.db));
    }
    ExtentFinder finder(store.index, disk.db);
    for (const auto instant : times) {
        const auto read = store.read({{1, value(finder.first_offset_at(1, instant))}}, instant);
        CHECK(read.records.size() == static_cast<std::size_t>(times.end() - std::ranges::find(times, instant)));
    }
    CHECK(value(finder.first_offset_at(1, disk.clock.now())) == 5);
}

TEST_CASE("every flipped bit of an offset or a shard in an indexed segment is noticed, and no record gets another's number") {
    TestDisk pristine;
    {
        TestStore store(pristine, {1});
        for (int i = 0; i < 5; ++i) store.append(1, {"a" + std::to_string(i), "b" + std::to_string(i)});
        value(store.index.save(pristine.db));
        value(store.log().mark(true));
    }
    pristine.log.lose_process();
    const auto name = segment_name(1, 0);
    const auto bytes = pristine.log.bytes(name);
    for (std::size_t at = 0; at < bytes.size();) {
        const auto header = value(parse_batch_header(Bytes(bytes).subspan(at)));
        for (std::size_t bit = 0; bit < 16 * 8 && !header.is_control(); ++bit) {
            if (bit / 8 >= 8 && bit / 8 < 12) continue;  // the length: found by what then follows
            auto& damaged = pristine.log.bytes(name);
            damaged = bytes;
            damaged[at + bit / 8] ^= std::byte(1 << (bit % 8));
            TestStore store(pristine, {1});
            const auto read = store.read({{1, 0}});
            INFO("bit " << bit << " of the batch at " << at);
            for (const auto& [offset, text] : read.records) CHECK(text == (offset % 2 ? "b" : "a") + std::to_string(offset / 2));
            CHECK(read.records.size() < 10);
            CHECK_FALSE(read.damages.empty());
        }
        at += header.total_bytes();
    }
}
