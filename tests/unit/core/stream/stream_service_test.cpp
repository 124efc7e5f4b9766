#include "core/stream/stream_service.hpp"

#include "core/stream/group_book.hpp"
#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;
using Strings = std::vector<std::string>;

namespace {

struct Fixture {
    TestDisk disk;
    TestStore store{disk, {}};
    StreamDirectory directory;
    StreamService service{disk.db, store.index, directory, disk.clock, [this](const auto& work) { work(*store.committer); }};

    StreamPtr create(std::string name, std::uint32_t shards = 1) {
        return value(service.create({.name = std::move(name), .shard_count = shards}));
    }
};

}  // namespace

TEST_CASE("a stream is there once created, and a second of its name is refused") {
    Fixture f;
    f.create("clicks", 2);
    CHECK(value(f.directory.find("clicks"))->open.size() == 2);
    CHECK(f.service.create({.name = "clicks"}).error().code == Errc::already_exists);
    CHECK(f.service.create({.name = "clicks", .if_not_exists = true}));
}

TEST_CASE("an unknown stream comes with the name that was probably meant") {
    Fixture f;
    f.create("clicks");
    const auto missing = f.directory.find("clikcs");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message == "stream \"clikcs\" not found");
    CHECK(missing.error().hint == "did you mean \"clicks\"?");
}

TEST_CASE("what cannot be is refused with a reason") {
    Fixture f;
    CHECK(f.service.create({.name = "a b"}).error().code == Errc::invalid_argument);
    CHECK(f.service.create({.name = "s", .shard_count = 0}).error().code == Errc::invalid_argument);
    CHECK(f.service.create({.name = "s", .retention = "366d"}).error().code == Errc::invalid_argument);
    CHECK(f.service.create({.name = "s", .durability = "sometimes"}).error().code == Errc::invalid_argument);
    CHECK(f.directory.list().empty());
}

TEST_CASE("a split closes the parent for good and names it in its children") {
    Fixture f;
    auto stream = f.create("s");
    const auto parent = stream->open[0];
    f.store.append(parent.number, {"before"});
    stream = value(f.service.split("s", {"0", std::nullopt}));
    REQUIRE(stream->open.size() == 2);
    CHECK(stream->shard_by_number(parent.number)->end_offset == 1);
    for (const auto& child : stream->open) CHECK(child.parent == parent.number);
    CHECK_FALSE(f.store.append(parent.number, {"late"}).refused.empty());
    REQUIRE(f.store.append(stream->open[1].number, {"after"}).refused.empty());
    CHECK(f.service.split("s", {"0", std::nullopt}).error().code == Errc::conflict);
    const auto info = describe_shard(*stream, *stream->shard_by_number(parent.number), f.store.index);
    CHECK(info.state == ShardState::closed);
    CHECK(info.ending_sequence_number);
}

TEST_CASE("resharding leaves equal ranges and a lineage") {
    Fixture f;
    f.create("s", 3);
    const auto stream = value(f.service.update("s", {.shard_count = 4}));
    std::vector<HashRange> ranges;
    for (const auto& shard : stream->open) ranges.push_back({shard.hash_first, shard.hash_last});
    CHECK(ranges == equal_ranges(4));
    for (const auto& shard : stream->open)
        if (shard.index >= 3) CHECK(shard.parent);
}

TEST_CASE("records are dropped when their retention has passed, and emptied closed shards with them") {
    Fixture f;
    auto stream = value(f.service.create({.name = "s", .retention = "24h"}));
    const auto parent = stream->open[0].number;
    f.store.append(parent, {"old"});
    stream = value(f.service.split("s", {"0", std::nullopt}));
    value(f.store.index.save(f.disk.db));
    f.disk.clock.tick(25 * kHour);
    f.store.append(stream->open[0].number, {"new"});
    value(f.store.index.save(f.disk.db));
    const auto next = value(f.service.expire());
    CHECK(next);
    stream = value(f.directory.find("s"));
    CHECK(stream->shard_by_number(parent) == nullptr);
    CHECK(f.store.values(stream->open[0].number) == Strings{"new"});
}

TEST_CASE("what was put directly goes once it is delivered, and no earlier") {
    Fixture f;
    const auto stream = value(f.service.create({.name = "kns.firehose.d", .retention = "24h"}, true));
    const auto shard = stream->open[0].number;
    f.store.append(shard, {"one", "two"});
    value(f.store.index.save(f.disk.db));
    const auto delivered = [&](std::int64_t next, std::string_view group) {
        value(f.disk.db.exec("INSERT OR REPLACE INTO group_position VALUES (?, ?, ?, ?, 0)", stream->row.id, group, shard, next));
    };
    delivered(99, "kafka:0");
    delivered(1, "firehose:d");
    CHECK(value(f.service.expire()) == f.disk.clock.now() + kMinute);
    CHECK(f.store.values(shard) == Strings{"one", "two"});
    delivered(2, "firehose:d");
    CHECK(value(f.service.expire()) == std::nullopt);
    CHECK(f.store.index.content(shard).records == 0);
    f.store.append(shard, {"three"});
    CHECK(f.store.values(shard) == Strings{"three"});
    CHECK(f.store.index.content(shard).first_offset == 2);
}

TEST_CASE("a deleted stream leaves no rows behind") {
    Fixture f;
    const auto stream = f.create("s");
    f.store.append(stream->open[0].number, {"x"});
    value(f.store.index.save(f.disk.db));
    value(f.service.remove("s"));
    CHECK(f.directory.list().empty());
    for (const auto* table : {"stream", "shard", "extent", "shard_content"}) {
        auto rows = value(f.disk.db.query(std::string("SELECT count(*) FROM ") + table));
        REQUIRE(value(rows.step()));
        CHECK(rows.integer(0) == 0);
    }
}

TEST_CASE("members of a group share the shards, and get those of one who fell silent") {
    Fixture f;
    const auto stream = f.create("s", 4);
    GroupBook groups(f.store.index);
    auto now = f.disk.clock.now();
    CHECK(groups.join(*stream, "g", {.member = "a"}, now, "A").shards.size() == 4);
    CHECK(groups.join(*stream, "g", {.member = "b"}, now, "B").shards.size() == 2);
    CHECK(groups.join(*stream, "g", {.member = "a", .member_id = "A"}, now, "").shards.size() == 2);
    now += kHour;
    CHECK(groups.join(*stream, "g", {.member = "b", .member_id = "B"}, now, "").shards.size() == 4);
    CHECK(groups.check_commit(*stream, "g", {"A", {}}, now).error().code == Errc::conflict);
}

TEST_CASE("the children of a split go to whoever still reads their parent") {
    Fixture f;
    auto stream = f.create("s", 2);
    const auto parent = stream->open[0].number;
    f.store.append(parent, {"unread"});
    stream = value(f.service.split("s", {"0", std::nullopt}));
    GroupBook groups(f.store.index);
    const auto now = f.disk.clock.now();
    groups.join(*stream, "g", {.member = "a"}, now, "A");
    groups.join(*stream, "g", {.member = "b"}, now, "B");
    const auto a = groups.join(*stream, "g", {.member = "a", .member_id = "A"}, now, "");
    std::set<std::uint32_t> of_a;
    for (const auto& position : a.shards) of_a.insert(position.shard_number);
    for (const auto& shard : stream->open)
        if (shard.parent == parent) CHECK(of_a.contains(shard.number) == of_a.contains(parent));
}

TEST_CASE("a position beyond the end cannot be committed") {
    Fixture f;
    const auto stream = f.create("s");
    GroupBook groups(f.store.index);
    const auto now = f.disk.clock.now();
    groups.join(*stream, "g", {.member = "a"}, now, "A");
    CHECK(groups.check_commit(*stream, "g", {"A", {{stream->open[0].number, 1}}}, now).error().code == Errc::invalid_argument);
    f.store.append(stream->open[0].number, {"x"});
    CHECK(groups.check_commit(*stream, "g", {"A", {{stream->open[0].number, 1}}}, now));
}

TEST_CASE("a group that was deleted does not come back with what the log still knows of it") {
    Fixture f;
    const auto stream = f.create("s");
    f.store.append(stream->open[0].number, {"a"}, {{stream->row.id, stream->open[0].number, 1, "g"}});
    REQUIRE(f.service.delete_group(stream->row.id, "g"));
    value(f.store.index.save(f.disk.db));
    CHECK(value(Catalog(f.disk.db).positions()).empty());
}

TEST_CASE("positions of a deleted stream are not written behind it") {
    Fixture f;
    const auto stream = f.create("s");
    f.store.append(stream->open[0].number, {"a"}, {{stream->row.id, stream->open[0].number, 1, "g"}});
    REQUIRE(f.service.remove("s"));
    value(f.store.index.save(f.disk.db));
    CHECK(value(Catalog(f.disk.db).positions()).empty());
}

TEST_CASE("a stream that cannot be deleted stays as it was") {
    Fixture f;
    const auto stream = f.create("s");
    value(f.disk.db.exec("BEGIN"));  // the catalog is busy with something else
    CHECK_FALSE(f.service.remove("s"));
    value(f.disk.db.exec("ROLLBACK"));
    CHECK(f.directory.find("s"));
    CHECK_FALSE(f.store.append(stream->open[0].number, {"still here"}).error);
    CHECK(f.store.values(stream->open[0].number) == Strings{"still here"});
}
