// What the simulation found (tests/fault/sim), each as the few steps that it takes.
#include "core/store/collector.hpp"
#include "core/store/job_queue.hpp"
#include "tests/support/memory_vfs.hpp"
#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;
using Strings = std::vector<std::string>;

namespace {

struct CatalogDisk {
    Faults faults;
    MemoryDisk root{faults}, log{faults};
    FakeClock clock;
    SeededRandom random{1};
    MemoryVfs vfs{"power-cut", root, random, clock};

    Database open() { return value(Database::open("kns.db", Access::write, "power-cut")); }
    void lose_power() {
        faults = {};
        root.lose_power();
        log.lose_power();
        vfs.forget_locks();
    }
};

std::size_t jobs_in(Database& db) { return value(JobQueue(db).list(std::nullopt, 100)).size(); }

}  // namespace

TEST_CASE("a full commit survives a power cut though the one before was normal") {
    CatalogDisk disk;
    {
        auto db = disk.open();
        for (int i = 0; i < 3; ++i) {
            value(db.transaction(Sync::normal, [&] { return db.exec("DELETE FROM log_state"); }));
            value(JobQueue(db).enqueue("deliver", "d", "{}", 1));
        }
        disk.faults.power_cut_at = disk.faults.operations;
    }
    disk.lose_power();
    auto db = disk.open();
    CHECK(jobs_in(db) == 3);
}

TEST_CASE("commits behind a failed sync of the WAL survive a power cut, whoever makes them") {
    const bool killed = GENERATE(false, true);
    CatalogDisk disk;
    {
        auto db = disk.open();
        value(db.transaction(Sync::normal, [&] { return db.exec("INSERT INTO log_state VALUES (1, 1, 1, 1, 1)"); }));
        bool failed = false;
        for (std::uint64_t n = 0; !failed; ++n) {  // each operation of an enqueue, until its sync is met
            disk.faults.fail_at = disk.faults.operations + n;
            const auto outcome = JobQueue(db).enqueue("deliver", "d", "{}", 1);
            failed = !outcome && outcome.error().message.find("(1034)") != std::string::npos;  // SQLITE_IOERR_FSYNC
            if (outcome) break;
        }
        disk.faults.fail_at.reset();
        REQUIRE(failed);
        if (!killed) value(JobQueue(db).enqueue("deliver", "d", "{}", 1));
        disk.faults.power_cut_at = disk.faults.operations;
    }
    if (killed) {
        disk.faults = {};
        disk.root.lose_process();
        disk.vfs.forget_locks();
        auto db = disk.open();
        value(JobQueue(db).enqueue("deliver", "d", "{}", 1));
        disk.faults.power_cut_at = disk.faults.operations;
    }
    disk.lose_power();
    auto db = disk.open();
    CHECK(jobs_in(db) >= 1);
}

TEST_CASE("a commit that failed does not come back, though nothing was written behind it") {
    for (std::uint64_t n = 0;; ++n) {
        CatalogDisk disk;
        std::size_t known = 0;
        bool met = false;
        {
            auto db = disk.open();
            value(JobQueue(db).enqueue("deliver", "d", "{}", 1));
            disk.faults.fail_at = disk.faults.operations + n;
            const auto outcome = JobQueue(db).enqueue("deliver", "d", "{}", 1);
            met = disk.faults.failed_once();
            if (!outcome) CHECK(outcome.error().code == Errc::io_error);
            known = outcome ? 2 : 1;
            disk.faults.power_cut_at = disk.faults.operations;
        }
        disk.faults = {};
        disk.root.lose_process();
        disk.vfs.forget_locks();
        auto db = disk.open();
        INFO("operation " << n);
        CHECK(jobs_in(db) == known);
        if (!met) break;
    }
}

TEST_CASE("a segment goes only when the index that no longer names it is durable") {
    CatalogDisk disk;
    {
        auto db = disk.open();
        value(db.transaction(Sync::full, [&]() -> Result<void> {
            KNS_TRY(db.exec("INSERT INTO log_state VALUES (1, 1, 0, 1, 1)"));
            return db.exec("INSERT INTO extent VALUES (1, 0, 0, 1, 0, 10, 10, 1, 0, 0)");
        }));
        value(db.transaction(Sync::normal, [&]() -> Result<void> {
            KNS_TRY(db.exec("UPDATE log_state SET segment = 2"));
            return db.exec("DELETE FROM extent");
        }));
        value(disk.log.open(segment_name(1, 0), true));
        CHECK(value(Collector(db, disk.log).collect({2, 0})).removed == 1);
        disk.faults.power_cut_at = disk.faults.operations;
    }
    disk.lose_power();
    auto db = disk.open();
    auto rows = value(db.query("SELECT count(*) FROM extent"));
    REQUIRE(value(rows.step()));
    CHECK(rows.integer(0) == 0);
}

TEST_CASE("a segment that a killed process had made, but not its name durable, survives a power cut") {
    TestDisk disk;
    {
        TestStore store(disk);
        disk.faults.fail_at = disk.faults.operations + 1;  // the directory's sync, behind the truncation
        CHECK(store.append(1, {"refused"}).error);
    }
    disk.log.lose_process();
    {
        TestStore store(disk);
        REQUIRE_FALSE(store.append(1, {"kept"}).error);
    }
    disk.env.boot_id = "boot-2";
    disk.log.lose_power();
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"kept"});
}

TEST_CASE("what a failed sync left in the page cache is made durable before it is served after a restart") {
    TestDisk disk;
    {
        TestStore store(disk);
        REQUIRE_FALSE(store.append(1, {"first"}).error);
        disk.faults.fail_at = disk.faults.operations + 1;  // the sync, and the truncation behind it
        disk.faults.fail_for = 2;
        CHECK(store.append(1, {std::string(5000, 'x')}).error->code == Errc::outcome_unknown);
    }
    disk.log.lose_process();
    std::size_t served = 0;
    {
        TestStore store(disk);
        served = store.values(1).size();
        CHECK(served == 2);
    }
    disk.env.boot_id = "boot-2";
    disk.log.lose_power();
    TestStore again(disk);
    CHECK(again.values(1).size() == served);
}

TEST_CASE("numbers skipped after a power cut stay skipped, and a start that was killed before they were saved is repeated") {
    TestDisk disk;
    {
        TestStore store(disk);
        REQUIRE_FALSE(store.append(1, {"a"}).error);
    }
    disk.env.boot_id = "boot-2";
    disk.log.lose_power();
    {
        TestStore store(disk);
        CHECK(store.log().recovery().power_cut);
    }
    disk.log.lose_process();
    TestStore store(disk);
    CHECK(store.log().recovery().power_cut);
    store.index.skip_offsets(1, 1000);
    value(store.index.save(disk.db));
    value(store.log().mark(false));
    CHECK(value(Catalog(disk.db).contents()).at(1).next_offset == 1001);
    disk.log.lose_process();
    TestStore again(disk);
    CHECK_FALSE(again.log().recovery().power_cut);
    CHECK(again.append(1, {"b"}).base_offsets.front() == 1001);
}

TEST_CASE("a catalog that lacks a shard of the log is not taken for its catalog") {
    RecoveredGroup group;
    group.batches.push_back({.shard = 3});
    CHECK(check_catalog_knows(group, 3, "kns.db"));
    const auto refused = check_catalog_knows(group, 2, "kns.db");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("kns.db") == 0);
}
