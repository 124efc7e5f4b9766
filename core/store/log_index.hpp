// Where the batches of each shard lie: the newest in memory, the rest in SQLite, and how the one moves into the other.
//
// The log thread adds what it committed; readers on any thread look up; the catalog thread writes what is new behind the
// log and then forgets it here. A crash costs nothing: what SQLite has not seen is read from the log again.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/store/database.hpp"
#include "core/store/log.hpp"

namespace kns {

// A stretch of one segment that holds consecutive batches of one shard. Batches of others may lie between them.
struct Extent {
    std::uint32_t shard = 0;
    std::int64_t first_offset = 0, last_offset = 0;
    Place place;
    std::uint64_t generation = 0;  // of the segment's file: the collector rewrites old ones
    std::uint64_t bytes = 0;       // of the stretch
    std::uint64_t live_bytes = 0;  // of this shard's batches
    std::uint64_t records = 0;
    UnixMs first_ms = 0, last_ms = 0;

    Place end() const { return {place.segment, place.position + bytes}; }
};

// What is known of a shard's content.
struct ShardContent {
    std::int64_t first_offset = 0;  // kept records are in [first, next)
    std::int64_t next_offset = 0;
    UnixMs last_ms = 0;  // arrival of the newest: arrivals never go back
    std::uint64_t records = 0, bytes = 0;
};

// What retention took from a shard, and the newest arrival in the oldest extent that stays, if one is saved.
struct Expired {
    std::uint64_t records = 0, bytes = 0;
    std::optional<UnixMs> oldest_left_ms;
};

class LogIndex {
   public:
    // --- the log thread, and recovery before it
    void add_shard(std::uint32_t shard, const ShardContent& content);
    void committed(std::span<const BatchEntry> batches, std::span<const PositionChange> positions, Place end,
                   std::uint64_t group_number, std::uint64_t records_total);
    // A group found at start. Damage in it ends the extents, so that readers do not walk into it.
    void recovered(const RecoveredGroup& group);
    // Numbers that may have been given to records which a power cut took: never given again, once this is saved with FULL.
    void skip_offsets(std::uint32_t shard, std::int64_t count);
    // Where the log stands after it was opened, though nothing may have been found in it.
    void set_end(Place end, std::uint64_t group_number, std::uint64_t records_total);

    // --- any thread
    // Extents from the one that holds `offset` (or the next behind it) on, in order, at most `limit`; and whether memory
    // alone answers: if not, SQLite has older ones that come first.
    struct Recent {
        std::vector<Extent> extents;
        bool complete = false;
    };
    Recent recent(std::uint32_t shard, std::int64_t offset, std::size_t limit) const;
    ShardContent content(std::uint32_t shard) const;
    std::uint64_t unsaved_bytes() const;
    Place end() const;
    // The end, and the group and the records up to it: all of one moment, everything acknowledged before it included.
    Log::Start state() const;

    // --- the catalog thread
    // Writes what is new to the catalog in one transaction. True if there was anything. NORMAL is enough for what the log can
    // tell again. With `log`, the segment that it speaks of is synced before: after a power cut no index may know more than
    // the log has.
    Result<bool> save(Database& db, Directory* log = nullptr, Sync sync = Sync::normal);
    // Forgets the saved extents whose newest record arrived before the horizon, or whose every offset is below `done`.
    Result<Expired> expire(Database& db, std::uint32_t shard, UnixMs horizon_ms, std::int64_t done = 0);
    void forget_shard(std::uint32_t shard);
    // Drops from memory what is in SQLite and lies in segments that the log has left: the collector may move it.
    void forget_sealed();

   private:
    struct Shard {
        std::deque<Extent> recent;
        std::size_t saved = 0;  // so many of `recent`, from the front, are in SQLite as they stand here
        ShardContent content;
        bool dirty = false;
        bool broken = false;  // the newest extent may not grow
    };
    mutable std::mutex mutex_;
    std::unordered_map<std::uint32_t, Shard> shards_;
    std::vector<std::uint32_t> dirty_;
    std::vector<PositionChange> positions_;  // not yet in SQLite
    Place end_;
    std::uint64_t group_number_ = 0, records_total_ = 0, unsaved_bytes_ = 0;
};

// A reader's view over both halves. One thread; `index` and `db` must outlive it.
class ExtentFinder {
   public:
    ExtentFinder(const LogIndex& index, Database& db) : index_(index), db_(db) {}
    // In offset order from the extent that holds `offset` on; nothing older than `horizon_ms`.
    Result<std::vector<Extent>> find(std::uint32_t shard, std::int64_t offset, UnixMs horizon_ms, std::size_t limit);
    // The first offset whose arrival is at or behind `instant`, to within the extent that holds it.
    Result<std::int64_t> first_offset_at(std::uint32_t shard, UnixMs instant);

   private:
    const LogIndex& index_;
    Database& db_;
};

}  // namespace kns
