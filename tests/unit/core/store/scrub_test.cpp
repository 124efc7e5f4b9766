#include "core/store/scrub.hpp"

#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;

namespace {

// A store whose first segment the log has left, with an index that is saved.
void fill(TestDisk& disk) {
    TestStore store(disk);
    store.append(1, {"a", "b"});
    store.append(2, {"c"});
    auto both = store.make_request(1, {"d"});
    auto other = store.make_request(2, {"e", "f"});
    both.batches.push_back(other.batches.front());
    both.keep_alive.push_back(other.keep_alive.front());
    AppendRequest* pointer = &both;
    std::vector<AppendOutcome> outcomes;
    store.committer->commit(std::span(&pointer, 1), outcomes);
    store.append(1, {"g"});
    disk.faults.fail_at = disk.faults.operations;
    REQUIRE(store.append(1, {"lost"}).error);
    store.append(1, {"h"});
    REQUIRE(store.log().end().segment == 2);
    value(store.index.save(disk.db));
    disk.log.lose_process();
}

std::vector<Damage> scrub(TestDisk& disk, std::uint64_t step = 1) {
    Catalog catalog(disk.db);
    auto scrub = value(SegmentScrub::begin(disk.log, 1, 0));
    std::vector<Damage> damages;
    while (!value(scrub.step(catalog, step, damages))) {
    }
    return damages;
}

// Where the clients' batches are in a segment.
std::vector<std::pair<std::uint64_t, std::uint64_t>> batches_of(TestDisk& disk) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
    const auto file = value(disk.log.open(segment_name(1, 0), false));
    SegmentScanner scanner(*file, 0, value(file->size()));
    for (auto batch = scanner.next(); batch; batch = scanner.next())
        if (!looks_like_trailer(batch->header)) out.emplace_back(batch->position, scanner.position());
    return out;
}

}  // namespace

TEST_CASE("a sound segment is scrubbed without a word, in steps of any size") {
    TestDisk disk;
    fill(disk);
    for (const std::uint64_t step : {1u, 200u, 1u << 30}) CHECK(scrub(disk, step).empty());
}

TEST_CASE("the scrub finds every flipped bit in a batch, and names the batch") {
    TestDisk disk;
    fill(disk);
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    for (const auto& [from, to] : batches_of(disk))
        for (auto at = from; at < to; ++at) {
            bytes[at] ^= std::byte{16};
            const auto damages = scrub(disk);
            bytes[at] ^= std::byte{16};
            CAPTURE(at);
            REQUIRE_FALSE(damages.empty());
            CHECK(damages.front().place.segment == 1);
            CHECK(std::ranges::any_of(damages, [&](const Damage& damage) {
                return damage.place.position <= at && at < damage.place.position + damage.bytes;
            }));
        }
}

TEST_CASE("a damaged trailer costs no record, and the scrub claims none") {
    TestDisk disk;
    fill(disk);
    const auto batches = batches_of(disk);
    auto& bytes = disk.log.bytes(segment_name(1, 0));
    bytes[batches.back().second + 70] ^= std::byte{1};  // of the segment's last group
    CHECK(scrub(disk).empty());
}

TEST_CASE("what the index does not name any more is not worth a word") {
    TestDisk disk;
    fill(disk);
    disk.log.bytes(segment_name(1, 0))[batches_of(disk).front().first + 65] ^= std::byte{1};
    REQUIRE(scrub(disk).size() == 1);
    value(disk.db.exec("DELETE FROM extent WHERE shard = 1 AND segment = 1"));
    CHECK(scrub(disk).empty());
}

TEST_CASE("a segment that ends too early, or is not there, has lost what the index names in it") {
    TestDisk disk;
    fill(disk);
    Catalog catalog(disk.db);
    std::uint64_t records = 0;
    for (const auto& damage : value(SegmentScrub::missing(catalog, 1))) records += damage.records;
    CHECK(records == 7);
    disk.log.bytes(segment_name(1, 0)).resize(batches_of(disk).back().first);
    const auto damages = scrub(disk);
    REQUIRE_FALSE(damages.empty());
    CHECK(damages.back().reason == "the segment ends before it");
}
