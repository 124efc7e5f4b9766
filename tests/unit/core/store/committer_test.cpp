#include "core/store/committer.hpp"

#include <set>

#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;
using Strings = std::vector<std::string>;

TEST_CASE("offsets rise by one and begin at zero in each shard") {
    TestDisk disk;
    TestStore store(disk);
    CHECK(store.append(1, {"a", "b"}).base_offsets == std::vector<std::int64_t>{0});
    CHECK(store.append(1, {"c"}).base_offsets == std::vector<std::int64_t>{2});
    CHECK(store.append(2, {"d"}).base_offsets == std::vector<std::int64_t>{0});
}

TEST_CASE("a failed sync burns the offsets, and its outcome is unknown") {
    TestDisk disk;
    TestStore store(disk);
    store.append(1, {"a"});
    disk.faults.fail_at = disk.faults.operations + 1;  // the write goes through, the sync does not
    const auto failed = store.append(1, {"b", "c"});
    REQUIRE(failed.error);
    CHECK(failed.error->code == Errc::outcome_unknown);
    const auto next = store.append(1, {"d"});
    REQUIRE_FALSE(next.error);
    CHECK(next.base_offsets.front() == 3);
    CHECK(store.values(1) == Strings{"a", "d"});
}

TEST_CASE("a full disk refuses clearly, loses nothing, and goes on when there is space") {
    TestDisk disk;
    TestStore store(disk);
    store.append(1, {"a"});
    SECTION("noticed before writing") { disk.faults.free = 1 << 20; }
    SECTION("noticed by the write") {
        disk.faults.fail_at = disk.faults.operations;
        disk.faults.error = 28;  // ENOSPC
    }
    const auto refused = store.append(1, {"b"});
    REQUIRE(refused.error);
    CHECK(refused.error->code == Errc::disk_full);
    CHECK(store.values(1) == Strings{"a"});
    disk.faults.free = 1ull << 40;
    REQUIRE_FALSE(store.append(1, {"c"}).error);
    CHECK(store.values(1) == Strings{"a", "c"});
    disk.log.lose_process();
    TestStore again(disk);
    CHECK(again.values(1) == Strings{"a", "c"});
}

TEST_CASE("behind a write that failed nothing more of its connection is stored, of others it is") {
    TestDisk disk;
    TestStore store(disk);
    const auto broken = std::make_shared<std::optional<Error>>();
    const auto commit = [&](const char* text, bool same_connection) {
        auto request = store.make_request(1, {text});
        if (same_connection) request.broken = broken;
        AppendRequest* pointer = &request;
        std::vector<AppendOutcome> outcomes;
        store.committer->commit(std::span(&pointer, 1), outcomes);
        return outcomes.front().error;
    };
    CHECK_FALSE(commit("first", true));
    disk.faults.fail_at = disk.faults.operations + 1;  // the sync
    CHECK(commit("failed", true)->code == Errc::outcome_unknown);
    CHECK(commit("behind it", true)->code == Errc::unavailable);
    CHECK_FALSE(commit("somebody else", false));
    CHECK(store.values(1) == Strings{"first", "somebody else"});
}

TEST_CASE("a closed shard refuses, and others in the request go in unless it is all or nothing") {
    TestDisk disk;
    TestStore store(disk);
    store.append(1, {"a"});
    CHECK(value(store.committer->close_shard(1)) == 1);
    auto mixed = store.make_request(1, {"x"});
    auto other = store.make_request(2, {"y"});
    mixed.batches.push_back(other.batches[0]);
    mixed.keep_alive.push_back(other.keep_alive[0]);
    AppendRequest* pointer = &mixed;
    std::vector<AppendOutcome> outcomes;
    SECTION("partly") {
        store.committer->commit(std::span(&pointer, 1), outcomes);
        CHECK_FALSE(outcomes[0].error);
        REQUIRE(outcomes[0].refused.size() == 1);
        CHECK(outcomes[0].refused[0].second.details == R"({"reason":"shard_closed"})");
        CHECK(store.values(2) == Strings{"y"});
    }
    SECTION("not at all") {
        mixed.all_or_nothing = true;
        store.committer->commit(std::span(&pointer, 1), outcomes);
        CHECK(outcomes[0].error);
        CHECK(store.values(2).empty());
    }
    CHECK(store.values(1) == Strings{"a"});
}

TEST_CASE("arrival times never go back when the clock does") {
    TestDisk disk;
    TestStore store(disk);
    store.append(1, {"a"});
    const auto before = store.index.content(1).last_ms;
    disk.clock.tick(-kHour);
    store.append(1, {"b"});
    CHECK(store.index.content(1).last_ms == before);
}

// The heart of the promise, at every place where it could break: one operation of the disk fails, or the power goes, at
// each index in turn. Acknowledged records must be there, in order, once; no offset may ever name two payloads.
TEST_CASE("whatever operation fails or is the last, acknowledged records are there and offsets name one payload") {
    const bool power_cut = GENERATE(false, true);
    const int error = GENERATE(5, 28);
    std::uint64_t last = 0;
    for (std::uint64_t n = 0;; ++n) {
        TestDisk disk;
        (power_cut ? disk.faults.power_cut_at : disk.faults.fail_at) = n;
        disk.faults.error = error;
        std::map<std::int64_t, std::string> seen;  // by offset in shard 1
        Strings acknowledged;
        for (int run = 0; run < 2; ++run) {
            TestStore store(disk, {1});
            if (!store.opened) break;  // refused to start: nothing was acknowledged by it
            for (int i = 0; i < 4; ++i) {
                const std::string v = std::to_string(run) + "-" + std::to_string(i);
                const auto outcome = store.append(1, {v});
                if (outcome.error) continue;
                acknowledged.push_back(v);
                const auto [entry, fresh] = seen.emplace(outcome.base_offsets.front(), v);
                REQUIRE(fresh);
                if (i == 1) std::ignore = store.log().mark(false);
                if (i == 2 && !disk.faults.dead()) std::ignore = store.index.save(disk.db);
            }
        }
        last = disk.faults.operations;
        disk.faults = {};
        disk.env.boot_id = "boot-2";
        power_cut ? disk.log.lose_power() : disk.log.lose_process();
        TestStore after(disk, {1});
        REQUIRE(after.opened);
        Strings found;
        for (const auto& [offset, v] : after.read({{1, 0}}).records) {
            const auto entry = seen.find(offset);
            if (entry != seen.end()) REQUIRE(entry->second == v);
            if (std::ranges::find(acknowledged, v) != acknowledged.end()) found.push_back(v);
        }
        INFO("operation " << n << (power_cut ? " and all behind it fail" : " fails") << " with " << error);
        REQUIRE(found == acknowledged);
        REQUIRE(after.log().recovery().missing_records == 0);
        const auto next = after.append(1, {"next"});
        REQUIRE_FALSE(next.error);
        REQUIRE_FALSE(seen.contains(next.base_offsets.front()));
        if (n > last) break;
    }
    CHECK(last > 10);
}
