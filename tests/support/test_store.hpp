// A whole store on a disk in memory: log, index, catalog, committer; to be opened, killed and opened again.
#pragma once

#include <catch2/catch.hpp>

#include "core/store/batch_cursor.hpp"
#include "core/store/catalog.hpp"
#include "core/store/committer.hpp"
#include "tests/support/memory_env.hpp"

namespace kns::testing {

template <class T>
T value(Result<T> result) {
    if (!result) FAIL(result.error().text());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The state of the disk and of the catalog, which outlive the process that uses them.
struct TestDisk {
    Faults faults;
    MemoryDisk log{faults}, quarantine{faults};
    FakeClock clock;
    CountingRandom random;
    Database db = value(Database::open(":memory:", Access::write));
    Env env{&clock, &random, &log, &quarantine, ":memory:", "", "boot-1"};
};

// One run of a daemon's store.
class TestStore {
   public:
    explicit TestStore(TestDisk& disk, std::vector<std::uint32_t> shards = {1, 2}, Durability durability = {})
        : disk_(disk), catalog_(disk.db) {
        auto contents = value(catalog_.contents());
        for (const auto shard : shards) index.add_shard(shard, contents[shard]);
        opened = Log::open(disk.env, value(catalog_.log_start()), [&](RecoveredGroup&& group) -> Result<void> {
            index.recovered(group);
            recovered.push_back(std::move(group));
            return {};
        });
        if (!opened) return;
        index.set_end((*opened)->end(), (*opened)->group_number(), (*opened)->records_total());
        committer.emplace(**opened, index, disk.clock);
        for (const auto shard : shards) committer->add_shard(shard, 1, durability, index.content(shard), true);
    }

    Log& log() { return **opened; }

    // Appends the values as one batch; the outcome as a committer gives it.
    AppendOutcome append(std::uint32_t shard, const std::vector<std::string>& values, std::vector<PositionChange> positions = {}) {
        AppendRequest request = make_request(shard, values);
        request.positions = std::move(positions);
        AppendRequest* pointer = &request;
        std::vector<AppendOutcome> outcomes;
        committer->commit(std::span(&pointer, 1), outcomes);
        return std::move(outcomes.front());
    }

    AppendRequest make_request(std::uint32_t shard, const std::vector<std::string>& values) {
        AppendRequest request;
        if (values.empty()) return request;
        BatchBuilder builder(shard);
        for (const auto& v : values) builder.append(std::nullopt, v);
        auto bytes = std::make_shared<std::string>(builder.finish(0, 0));
        const MutableBytes batch = std::as_writable_bytes(std::span(*bytes));
        request.batches.push_back({shard, batch, value(prepare_stamp(batch)), static_cast<std::uint32_t>(values.size())});
        request.keep_alive.push_back(bytes);
        return request;
    }

    struct Read {
        std::vector<std::pair<std::int64_t, std::string>> records;  // offset, value
        std::vector<Damage> damages;
    };
    Read read(std::vector<BatchCursor::Range> ranges, UnixMs horizon = 0, std::size_t chunk_bytes = 1 << 20) {
        ExtentFinder finder(index, disk_.db);
        SegmentFiles files(disk_.log);
        BatchCursor cursor(std::move(ranges));
        return read(cursor, finder, files, horizon, chunk_bytes);
    }
    Read read(BatchCursor& cursor, ExtentFinder& finder, SegmentFiles& files, UnixMs horizon = 0,
              std::size_t chunk_bytes = 1 << 20) {
        Read out;
        BatchCursor::Chunk chunk;
        for (;;) {
            value(cursor.read(finder, files, horizon, chunk_bytes, chunk));
            out.damages.insert(out.damages.end(), chunk.damages.begin(), chunk.damages.end());
            for (Bytes run : chunk.batches)
                while (!run.empty()) {
                    const auto total = value(parse_batch_header(run)).total_bytes();
                    RecordReader reader(run.first(total));
                    RecordView record;
                    while (value(reader.next(record))) out.records.emplace_back(record.offset, std::string(record.value));
                    run = run.subspan(total);
                }
            if (chunk.at_end) return out;
        }
    }
    std::vector<std::string> values(std::uint32_t shard) {
        std::vector<std::string> out;
        for (auto& [offset, v] : read({{shard, 0}}).records) out.push_back(v);
        return out;
    }

    LogIndex index;
    Result<std::unique_ptr<Log>> opened = fail(Errc::internal, "not opened");
    std::optional<Committer> committer;
    std::vector<RecoveredGroup> recovered;

   private:
    TestDisk& disk_;
    Catalog catalog_;
};

}  // namespace kns::testing
