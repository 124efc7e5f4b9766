#include "core/store/zones.hpp"

#include "core/store/log_format.hpp"
#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;
using Strings = std::vector<std::string>;

namespace {

// A directory that others own.
class Borrowed final : public Directory {
   public:
    explicit Borrowed(Directory& directory) : directory_(directory) {}
    Result<std::unique_ptr<File>> open(const std::string& name, bool create) override { return directory_.open(name, create); }
    Result<std::vector<std::string>> list() override { return directory_.list(); }
    Result<void> rename(const std::string& from, const std::string& to) override { return directory_.rename(from, to); }
    Result<void> remove(const std::string& name) override { return directory_.remove(name); }
    Result<void> sync() override { return directory_.sync(); }
    Result<std::uint64_t> free_bytes() override { return directory_.free_bytes(); }

   private:
    Directory& directory_;
};

// One zone's disk.
struct ZoneMedium {
    Faults faults;
    MemoryDisk home{faults}, log{faults};
    bool gone = false;
    std::string mount = "/";
};

class MemoryZoneDisk final : public ZoneDisk {
   public:
    MemoryZoneDisk(std::string path, ZoneMedium& medium) : path_(std::move(path)), medium_(medium) {}
    std::string path() const override { return path_; }
    Result<std::unique_ptr<Directory>> open(bool) override { return give(medium_.home); }
    Result<std::unique_ptr<Directory>> open_log(bool) override { return give(medium_.log); }
    Result<std::string> mount() const override { return medium_.mount; }

   private:
    Result<std::unique_ptr<Directory>> give(Directory& directory) {
        if (medium_.gone) return fail(Errc::not_found, "{} is gone", path_);
        return std::make_unique<Borrowed>(directory);
    }
    std::string path_;
    ZoneMedium& medium_;
};

// A store in zones, to be run again and again.
struct ZonedDisk {
    Faults faults;  // of the data directory
    MemoryDisk home{faults}, plain{faults};
    std::map<std::string, ZoneMedium> media;
    TestDisk disk;
    std::unique_ptr<ZonedDirectory> zones;
    std::atomic<bool> stop{false};

    Result<void> open(const Strings& paths) {
        zones.reset();
        auto opened =
            open_zones({.zones = paths,
                        .home = std::make_shared<Borrowed>(home),
                        .plain_log = [&] { return Result<std::unique_ptr<Directory>>(std::make_unique<Borrowed>(plain)); },
                        .disk = [&](const std::string& path) { return std::make_unique<MemoryZoneDisk>(path, media[path]); },
                        .clock = &disk.clock,
                        .random = &disk.random});
        if (!opened) return std::unexpected(opened.error());
        zones = std::move(*opened);
        disk.env.log = zones ? static_cast<Directory*>(zones.get()) : &plain;
        if (zones) return zones->reconcile(value(Catalog(disk.db).log_start()).indexed);
        return {};
    }
    Strings read(std::uint32_t shard) { return values(shard).first; }
    std::pair<Strings, std::size_t> values(std::uint32_t shard) {  // and how much damage was met
        TestStore store(disk);
        REQUIRE(store.opened);
        ExtentFinder finder(store.index, disk.db);
        SegmentFiles files(*disk.env.log);
        BatchCursor cursor({{shard, 0}});
        auto read = store.read(cursor, finder, files);
        Strings out;
        for (auto& [offset, v] : read.records) out.push_back(v);
        return {out, read.damages.size()};
    }
    void kill() {
        for (auto& [path, medium] : media) {
            medium.log.lose_process();
            medium.home.lose_process();
        }
        home.lose_process();
    }
};

const Strings kThree = {"/a", "/b", "/c"};

}  // namespace

TEST_CASE("what was acknowledged is in each of the zones") {
    ZonedDisk disk;
    value(disk.open(kThree));
    CHECK(disk.zones->ok_count() == 3);
    TestStore(disk.disk).append(1, {"one", "two"});
    for (const auto& only : kThree) {
        disk.kill();
        for (const auto& path : kThree) disk.media[path].gone = path != only;
        value(disk.open(kThree));
        CHECK(disk.zones->ok_count() == 1);
        CHECK(disk.read(1) == Strings{"one", "two"});
        for (const auto& path : kThree) disk.media[path].gone = false;
        value(disk.open(kThree));
        for (std::size_t i = 0; i < 3; ++i)
            if (disk.zones->status()[i].state != ZoneState::ok) value(disk.zones->fill(i, disk.stop));
        CHECK(disk.zones->ok_count() == 3);
    }
}

TEST_CASE("a zone that fails at any operation costs nothing, and is filled again") {
    const bool for_good = GENERATE(false, true);
    const int error = GENERATE(EIO, ENOSPC);
    for (std::uint64_t n = 0;; ++n) {
        ZonedDisk disk;
        value(disk.open(kThree));
        auto& faults = disk.media["/b"].faults;
        faults.error = error;
        const auto at = faults.operations + n;
        (for_good ? faults.power_cut_at : faults.fail_at) = at;
        Strings acknowledged;
        {
            TestStore store(disk.disk);
            REQUIRE(store.opened);
            for (int i = 0; i < 5; ++i) {
                const auto text = fmt::format("record {}", i);
                if (!store.append(1, {text}).error) acknowledged.push_back(text);
                if (i == 2) value(store.log().mark(false));
            }
        }
        const bool reached = faults.operations > at;
        CHECK(acknowledged.size() == 5);
        // A dead disk fails a read before the first operation that counts.
        if (reached || !for_good) CHECK(disk.zones->ok_count() == (reached ? 2 : 3));
        if (!reached) break;
        // The others know without it, whichever of them is left; and it does not pass for one of them.
        disk.kill();
        disk.media["/a"].gone = true;
        value(disk.open(kThree));
        CHECK(disk.zones->ok_count() == 1);
        CHECK(disk.zones->status()[2].state == ZoneState::ok);
        CHECK(disk.read(1) == acknowledged);
        disk.media["/a"].gone = false;
        faults = {};
        value(disk.zones->fill(0, disk.stop));
        value(disk.zones->fill(1, disk.stop));
        CHECK(disk.zones->ok_count() == 3);
        for (const auto& path : {"/a", "/c"}) disk.media[path].gone = true;
        disk.kill();
        value(disk.open(kThree));
        CHECK(disk.read(1) == acknowledged);
    }
}

TEST_CASE("a zone that is behind never passes for the newest") {
    ZonedDisk disk;
    value(disk.open(kThree));
    {
        TestStore store(disk.disk);
        store.append(1, {"all"});
        disk.media["/a"].faults.power_cut_at = 0;
        store.append(1, {"two"});
        disk.media["/b"].faults.power_cut_at = 0;
        store.append(1, {"one"});
        CHECK(disk.zones->ok_count() == 1);
    }
    disk.kill();
    disk.media["/a"].faults = disk.media["/b"].faults = {};
    disk.media["/c"].gone = true;
    const auto refused = disk.open(kThree);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "the newest records are only in a zone that is not there: /c");
    disk.media["/c"].gone = false;
    value(disk.open(kThree));
    CHECK(disk.read(1) == Strings{"all", "two", "one"});
    disk.media["/c"].gone = true;
    value(disk.open({"/a", "/b"}));  // the list says that /c is given up
    CHECK(disk.read(1) == Strings{"all", "two"});
}

TEST_CASE("the error of the last zone is the caller's") {
    ZonedDisk disk;
    value(disk.open(kThree));
    TestStore store(disk.disk);
    for (auto& [path, medium] : disk.media) medium.faults.power_cut_at = 0;
    CHECK(store.append(1, {"nowhere"}).error);
    CHECK(disk.zones->ok_count() == 3);
    for (auto& [path, medium] : disk.media) medium.faults = {};
    CHECK_FALSE(store.append(1, {"here"}).error);
}

TEST_CASE("damage in one zone is healed from another and never seen") {
    ZonedDisk disk;
    value(disk.open(kThree));
    TestStore store(disk.disk);
    store.append(1, {"a first record", "a second record"});
    store.append(2, {"another shard's"});
    const auto name = segment_name(1, 0);
    const auto sound = disk.media["/b"].log.bytes(name);
    for (std::size_t at = 0; at < sound.size(); at += 7) {
        disk.media["/a"].log.bytes(name)[at] ^= std::byte{0x20};
        ExtentFinder finder(store.index, disk.disk.db);
        SegmentFiles files(*disk.zones);
        BatchCursor cursor({{1, 0}, {2, 0}});
        const auto read = store.read(cursor, finder, files);
        CHECK(read.damages.empty());
        CHECK(read.records.size() == 3);
        disk.media["/a"].log.bytes(name) = sound;  // what stands outside of any extent is nobody's to read
    }
    CHECK(disk.zones->counters().healed_copies > 0);
    disk.media["/a"].log.bytes(name)[70] ^= std::byte{1};
    ExtentFinder finder(store.index, disk.disk.db);
    SegmentFiles files(*disk.zones);
    BatchCursor cursor({{1, 0}});
    store.read(cursor, finder, files);
    CHECK(disk.media["/a"].log.bytes(name) == sound);
}

TEST_CASE("at start each commit group comes from a zone that has it whole") {
    ZonedDisk disk;
    value(disk.open({"/a", "/b"}));
    std::size_t first = 0;
    {
        TestStore store(disk.disk);
        store.append(1, {"first"});
        first = store.log().end().position;
        store.append(1, {"second"});
    }
    disk.kill();
    const auto name = segment_name(1, 0);
    const auto sound = disk.media["/a"].log.bytes(name);
    disk.media["/a"].log.bytes(name)[70] ^= std::byte{1};          // in the first group
    disk.media["/b"].log.bytes(name)[first + 70] ^= std::byte{1};  // in the second
    value(disk.open({"/a", "/b"}));
    CHECK(disk.media["/a"].log.bytes(name) == sound);
    CHECK(disk.media["/b"].log.bytes(name) == sound);
    CHECK(disk.read(1) == Strings{"first", "second"});

    disk.kill();
    disk.media["/a"].log.bytes(name).resize(first + 10);  // killed between the one's write and the other's
    value(disk.open({"/a", "/b"}));
    CHECK(disk.media["/a"].log.bytes(name) == sound);
}

TEST_CASE("the list of zones may change between two starts") {
    ZonedDisk disk;
    value(disk.open({}));
    CHECK_FALSE(disk.zones);
    TestStore(disk.disk).append(1, {"kept"});
    auto run = [&](const Strings& paths) {
        value(disk.open(paths));
        if (disk.zones)
            for (std::size_t i = 0; i < paths.size(); ++i)
                if (disk.zones->status()[i].state != ZoneState::ok) value(disk.zones->fill(i, disk.stop));
        CHECK(disk.read(1) == Strings{"kept"});
    };
    run(kThree);  // zones from then on
    CHECK(disk.zones->ok_count() == 3);
    CHECK(disk.plain.count() == 0);
    run({"/b", "/d"});  // some replaced
    run({"/e"});        // all replaced
    disk.media["/b"].gone = disk.media["/d"].gone = true;
    run({"/e"});
    run({});  // none any more
    CHECK(disk.plain.has(segment_name(1, 0)));
    disk.media["/e"].gone = true;
    run({});
    disk.media["/e"].gone = false;
    run({"/e", "/a"});
}

TEST_CASE("another store's zone is refused") {
    ZonedDisk disk, other;
    value(other.open({"/z"}));
    value(disk.open({"/a"}));
    value(disk.media["/z"].home.open("zone", true));
    disk.media["/z"].home.bytes("zone") = other.media["/z"].home.bytes("zone");
    auto& text = disk.media["/z"].home.bytes("zone");
    text[10] = std::byte{'x'};  // two test stores draw the same numbers
    const auto refused = disk.open({"/a", "/z"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "the zone /z belongs to another store");
    CHECK_FALSE(disk.open({"/a", "/a"}));
    CHECK_FALSE(disk.open({"a"}));
}

TEST_CASE("a mount point without its disk is not filled") {
    ZonedDisk disk;
    disk.media["/b"].mount = "/b";
    value(disk.open({"/a", "/b"}));
    TestStore(disk.disk).append(1, {"x"});
    disk.media["/b"].mount = "/";
    value(disk.open({"/a", "/b"}));
    CHECK(disk.zones->status()[1].reason == "/b is not mounted");
    CHECK_FALSE(disk.zones->fill(1, disk.stop));
    disk.media["/b"].mount = "/b";
    value(disk.zones->fill(1, disk.stop));
    CHECK(disk.zones->ok_count() == 2);
}

TEST_CASE("files that are deleted in one zone are noticed and brought back") {
    ZonedDisk disk;
    value(disk.open({"/a", "/b"}));
    TestStore store(disk.disk);
    store.append(1, {"x"});
    disk.media["/b"].log.remove(segment_name(1, 0)).value();
    value(disk.zones->open(segment_name(1, 0), false));
    CHECK(disk.zones->status()[1].state == ZoneState::failed);
    value(disk.zones->fill(1, disk.stop));
    CHECK(disk.media["/b"].log.bytes(segment_name(1, 0)) == disk.media["/a"].log.bytes(segment_name(1, 0)));
    store.append(1, {"y"});  // the log's open file has found the zone again
    CHECK(disk.media["/b"].log.bytes(segment_name(1, 0)) == disk.media["/a"].log.bytes(segment_name(1, 0)));
    CHECK(disk.zones->ok_count() == 2);
}
