// Reads the batches of some shards in the order of the log.
//
// Blocking; lives on one reader thread at a time. Every batch handed out has passed its CRC, and was decrypted if it was
// stored encrypted; one that does not pass is handed to `damages` and skipped. Old places that the collector has rewritten
// meanwhile are looked up again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <vector>

#include "core/store/key_ring.hpp"
#include "core/store/log_index.hpp"

namespace kns {

// Open segment files, kept for the next reader. One per reader thread.
class SegmentFiles {
   public:
    explicit SegmentFiles(Directory& log) : log_(log) {}
    // Errc::not_found when retention has removed it, or the collector has rewritten it.
    Result<std::shared_ptr<const File>> get(const Extent& extent);
    void clear() { open_.clear(); }

   private:
    Directory& log_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<const File>>
        open_;  // shared with cursors in the middle of one
};

class BatchCursor {
   public:
    struct Range {
        std::uint32_t shard = 0;
        std::int64_t next = 0;                                        // the next offset wanted
        std::int64_t end = std::numeric_limits<std::int64_t>::max();  // exclusive
    };
    // The data key of a number, for encrypted batches. Errc::not_found is damage, other errors end the reading.
    using FindKey = std::function<Result<DataKeyPtr>(std::uint32_t number)>;
    explicit BatchCursor(std::vector<Range> ranges, FindKey find_key = {});

    // A piece of the log: the wanted batches in it, as they stand there. Views into `bytes`.
    struct Chunk {
        std::string bytes;            // memory
        std::vector<Bytes> batches;   // runs of whole batches, decrypted
        std::vector<bool> encrypted;  // of each run: how it is stored
        std::uint64_t records = 0, size = 0;
        std::vector<Damage> damages;
        bool at_end = false;  // nothing more is committed within the ranges for now
    };
    // Reads on, about `max_bytes`. `chunk` is reused. Records that arrived before `horizon_ms` have expired.
    Result<void> read(ExtentFinder& finder, SegmentFiles& files, UnixMs horizon_ms, std::size_t max_bytes, Chunk& chunk);

    // Further shards, e.g. children of a split.
    void add(Range range);
    bool has(std::uint32_t shard) const { return ranges_.contains(shard); }
    const std::map<std::uint32_t, Range>& ranges() const { return ranges_; }
    // Whether every range has been read to its end.
    bool finished() const;

   private:
    struct Candidate {
        Extent extent;
        bool operator>(const Candidate& other) const { return extent.place > other.extent.place; }
    };
    Result<void> refill(ExtentFinder& finder, UnixMs horizon_ms);
    Result<bool> read_window(const Extent& extent, SegmentFiles& files, UnixMs horizon_ms, std::size_t max_bytes, Chunk& chunk);
    void forget_candidates();
    Result<Bytes> decrypted(MutableBytes stored);

    FindKey find_key_;
    std::map<std::uint32_t, Range> ranges_;
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates_;
    std::map<std::uint32_t, std::int64_t> looked_up_;  // per shard: the last offset among its candidates
    std::set<std::uint32_t> behind_;                   // shards of which something before at_ was left for their turn
    Place mended_;                                     // the end of the last extent that copies were asked about
    Place at_;                                         // everything wanted before this place has been handed out
};

}  // namespace kns
