#include "core/store/log.hpp"

#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;
using Strings = std::vector<std::string>;

TEST_CASE("what was appended is there after the process was killed") {
    TestDisk disk;
    {
        TestStore store(disk);
        REQUIRE_FALSE(store.append(1, {"a", "b"}).error);
        REQUIRE_FALSE(store.append(2, {"c"}).error);
    }
    disk.log.lose_process();
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"a", "b"});
    CHECK(again.values(2) == Strings{"c"});
    CHECK(again.log().recovery().unclean);
    CHECK(again.log().recovery().missing_records == 0);
}

TEST_CASE("synced appends survive a power cut, and what was only written does not") {
    TestDisk disk;
    {
        TestStore store(disk, {1}, Durability{Durability::Policy::sync});
        store.append(1, {"kept"});
    }
    {
        disk.log.lose_process();
        TestStore store(disk, {1}, Durability{Durability::Policy::os});
        CHECK_FALSE(store.append(1, {"lost"}).error);
    }
    disk.env.boot_id = "boot-2";
    disk.log.lose_power();
    TestStore again(disk, {1});
    CHECK(again.values(1) == Strings{"kept"});
    CHECK(again.log().recovery().power_cut);
}

TEST_CASE("a torn group at the end is cut off and was never there") {
    TestDisk disk;
    const auto name = segment_name(1, 0);
    {
        TestStore store(disk);
        store.append(1, {"a"});
        store.append(1, {"b"});
    }
    disk.log.lose_process();
    const auto whole = disk.log.bytes(name).size();
    TestDisk half;
    disk.log.bytes(name).resize(whole - 10);
    // Marks are at most 100 ms behind: here they have not seen the second group.
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"a"});
    CHECK(again.log().recovery().torn_bytes > 0);
    CHECK(again.log().recovery().missing_records == 0);
    REQUIRE_FALSE(again.append(1, {"c"}).error);
    CHECK(again.values(1) == Strings{"a", "c"});
}

TEST_CASE("a mark beyond the end of the log tells how many acknowledged records are missing") {
    TestDisk disk;
    {
        TestStore store(disk);
        store.append(1, {"a"});
        store.append(1, {"b", "c"});
        value(store.log().mark(false));
    }
    disk.log.lose_process();
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    bytes.resize(bytes.size() - 10);
    TestStore again(disk);
    CHECK(again.log().recovery().missing_records == 2);
    CHECK(disk.quarantine.count() == 1);
    CHECK(again.values(1) == Strings{"a"});
}

TEST_CASE("a flipped bit inside the log costs its own batch and nothing else") {
    TestDisk disk;
    {
        TestStore store(disk);
        for (const auto* v : {"one", "two", "three"}) store.append(1, {v});
    }
    disk.log.lose_process();
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    bytes[text.find("two")] ^= std::byte{1};
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"one", "three"});
    REQUIRE(again.recovered.size() == 3);
    REQUIRE(again.recovered[1].damages.size() == 1);
    CHECK(again.recovered[1].damages[0].records == 1);
}

TEST_CASE("every single flipped bit of a log is noticed, and never changes what is read") {
    TestDisk pristine;
    {
        TestStore store(pristine);
        for (const auto* v : {"one", "two", "three"}) store.append(1, {v});
        value(store.log().mark(false));
    }
    pristine.log.lose_process();
    const auto name = segment_name(1, 0);
    const auto bytes = pristine.log.bytes(name);
    std::size_t unnoticed = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 3) {
        TestDisk disk;
        value(disk.log.open(name, true));
        disk.log.bytes(name) = bytes;
        value(disk.log.open("marks", true));
        disk.log.bytes("marks") = pristine.log.bytes("marks");
        disk.log.bytes(name)[bit / 8] ^= std::byte(1 << (bit % 8));
        TestStore store(disk);
        const auto values = store.values(1);
        std::size_t lost = store.log().recovery().missing_records;
        bool damage = lost > 0;
        for (const auto& group : store.recovered) {
            damage |= !group.damages.empty();
            for (const auto& d : group.damages) lost += d.records;
        }
        for (const auto& v : values) CHECK((v == "one" || v == "two" || v == "three"));
        INFO("bit " << bit);
        CHECK(values.size() + lost >= 3);  // what is lost is counted, here and there twice
        if (values.size() < 3 && !damage) ++unnoticed;
    }
    CHECK(unnoticed == 0);
}

TEST_CASE("a damaged trailer between good groups does not cost the batches before it") {
    TestDisk disk;
    {
        TestStore store(disk);
        for (const auto* v : {"one", "two", "three"}) store.append(1, {v});
    }
    disk.log.lose_process();
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    bytes[text.find("group", text.find("two"))] ^= std::byte{1};
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"one", "two", "three"});
}

TEST_CASE("a damaged trailer at the end of a segment does not cost the batches before it, nor hide what is lost") {
    TestDisk disk;
    disk.env.segment_bytes = 200;
    {
        TestStore store(disk);
        for (const auto* v : {"one", "two", "three"}) store.append(1, {v});
    }
    disk.log.lose_process();
    const auto first = [&]() -> auto& { return disk.log.bytes(segment_name(1, 0)); };
    const std::string_view text(reinterpret_cast<const char*>(first().data()), first().size());
    std::uint64_t lost = 0;
    SECTION("the trailer") { first()[text.rfind("group")] ^= std::byte{1}; }
    SECTION("the whole group") {
        first().resize(text.find("one") + 1);
        lost = 1;
    }
    SECTION("all of it") {
        first().clear();
        lost = 1;
    }
    TestStore again(disk);
    CHECK(again.values(1).size() == 3 - lost);
    std::uint64_t told = 0;
    std::size_t damages = 0;
    for (const auto& group : again.recovered)
        for (const auto& damage : group.damages) {
            told += damage.records;
            ++damages;
        }
    CHECK(told == lost);
    CHECK(damages == 1);
}

TEST_CASE("groups after the indexed place are read at start, those before it are not") {
    TestDisk disk;
    {
        TestStore store(disk);
        store.append(1, {"indexed"});
        REQUIRE(value(store.index.save(disk.db)));
        store.append(1, {"behind"});
    }
    disk.log.lose_process();
    TestStore again(disk);
    REQUIRE(again.recovered.size() == 1);
    CHECK(again.values(1) == Strings{"indexed", "behind"});
}

TEST_CASE("positions are committed in the same group as the records they stand for") {
    TestDisk disk;
    {
        TestStore store(disk);
        store.append(1, {"in"});
        store.append(2, {"out"}, {{1, 1, 1, "g"}});
    }
    disk.log.lose_process();
    TestStore again(disk);
    REQUIRE(again.recovered.size() == 2);
    REQUIRE(again.recovered[1].positions.size() == 1);
    CHECK(again.recovered[1].positions[0].group == "g");
    CHECK(again.recovered[1].positions[0].next_offset == 1);
}

TEST_CASE("a log rolls over to a new segment before it grows past the limit") {
    TestDisk disk;
    TestStore store(disk, {1}, Durability{Durability::Policy::os});
    const std::string large(8 << 20, 'x');
    for (int i = 0; i < 40; ++i) REQUIRE_FALSE(store.append(1, {large}).error);
    CHECK(store.log().end().segment == 2);
    CHECK(disk.log.bytes(segment_name(1, 0)).size() <= disk.env.segment_bytes + kMaxGroupBytes);
    CHECK(store.read({{1, 0}}).records.size() == 40);
}
