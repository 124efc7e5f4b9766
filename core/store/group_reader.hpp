// Reads the commit groups of a segment file: the one place that tells a sound batch from a damaged one by what stands in
// the log alone. Recovery reads with it what is not indexed yet, the scrub what is, a rebuild everything.
//
// A group that ends in a good trailer was committed; a damaged batch in it is reported and the rest kept. Where no group
// can be read, a later good trailer tells that the damage is inside the log (its table of lengths finds the batches of its
// own group again); without one it is the end.
#pragma once

#include <map>
#include <optional>

#include "core/store/log.hpp"
#include "core/store/segment_scanner.hpp"

namespace kns {

class GroupReader {
   public:
    // `records_total`: client records in the log before the first group that will be read. Where it is not known, what is
    // lost in front of the first good group that tells it is not counted.
    explicit GroupReader(std::optional<std::uint64_t> records_total) : records_total_(records_total) {}

    // Goes on in this segment, at the first byte of a group, and takes it to end at `until` if the file is longer. `file` must
    // live until the next call.
    Result<void> begin(const File& file, std::uint64_t segment, std::uint64_t position, std::uint64_t until = UINT64_MAX);
    // The next group; nothing behind the last good one.
    Result<std::optional<RecoveredGroup>> next();

    // Behind the last good group of a segment that the log has left, where `next` gave nothing: batches that prove sound by
    // themselves, and the rest as damage. Their numbers are not used for anything else, acknowledged or not.
    Result<RecoveredGroup> tail();

    std::uint64_t end() const { return group_start_; }  // of the last good group in this segment
    std::uint64_t size() const { return size_; }        // of the segment's file, or `until`
    std::uint64_t records_total() const { return records_total_.value_or(0); }
    std::uint64_t group_number() const { return group_number_; }

   private:
    struct FoundTrailer {
        Trailer trailer;
        std::uint64_t position;
    };
    void add_batch(const SegmentScanner::Batch& batch);
    RecoveredGroup finish(Trailer trailer, std::uint64_t end);
    void drop_batches_with_damaged_heads(const GroupRecord& group);
    Result<std::optional<FoundTrailer>> find_trailer(std::uint64_t from);
    RecoveredGroup salvage_group(std::uint64_t from, FoundTrailer& found);

    std::optional<SegmentScanner> scanner_;
    std::uint64_t segment_ = 0, size_ = 0, group_start_ = 0;
    std::optional<std::uint64_t> records_total_;
    std::uint64_t group_number_ = 0;
    RecoveredGroup group_;
    std::map<std::uint64_t, std::uint32_t> head_crcs_;  // of the group's batches, by position
};

}  // namespace kns
