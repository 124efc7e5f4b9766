// The one log of a data directory: commit groups appended to segment files, and what is found in them at start.
//
// Lives on the log thread (opening happens before that thread starts). Knows bytes, groups and places; whose batches
// they are and which offsets they get is the Committer's business.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "core/store/env.hpp"
#include "core/store/log_format.hpp"
#include "core/store/marks.hpp"

namespace kns {

// One stored batch, as the index needs it.
struct BatchEntry {
    std::uint32_t shard = 0;
    std::int64_t first_offset = 0, last_offset = 0;
    std::int64_t arrival_ms = 0;
    Place place;
    std::uint32_t bytes = 0;
    std::uint32_t records = 0;
};

// A batch that cannot be believed.
struct Damage {
    Place place;
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> shard;  // where the header could still be read
    std::optional<std::int64_t> first_offset;
    std::uint64_t records = 0;  // lost with it
    std::string reason;
};

// A commit group found at start behind the indexed place.
struct RecoveredGroup {
    std::uint64_t group_number = 0, records_total = 0;
    Place end;
    std::vector<BatchEntry> batches;  // good ones
    std::vector<PositionChange> positions;
    std::vector<Damage> damages;
};

struct RecoveryReport {
    bool unclean = false;               // not stopped regularly
    bool power_cut = false;             // the machine went down, so unsynced data may be gone
    std::uint64_t missing_records = 0;  // acknowledged, and no longer there
    std::uint64_t torn_bytes = 0;       // cut off the end
    std::uint64_t scanned_bytes = 0;
};

// The segments of a log, by id, each with its newest generation.
Result<std::map<std::uint64_t, std::uint64_t>> list_segments(Directory& directory);

class Log {
   public:
    struct Start {
        Place indexed;                   // scan from here
        std::uint64_t group_number = 0;  // of the last indexed group
        std::uint64_t records_total = 0;
    };

    // Reads what lies behind `start.indexed`, handing each group to `visit` in order; cuts off a torn end (keeping a copy
    // in quarantine if acknowledged data is missing) and makes what is left durable. `env` must outlive the log.
    static Result<std::unique_ptr<Log>> open(const Env& env, const Start& start,
                                             const std::function<Result<void>(RecoveredGroup&&)>& visit);

    // Appends one commit group: all of it is there after a crash, or nothing. Fills in `places` of the batches, in order.
    // With `sync` it is durable on return. An error leaves nothing of the group visible; its code tells whether that is
    // certain (disk_full) or not (outcome_unknown). The log goes on in a new segment either way.
    Result<void> append(std::span<const Bytes> batches, std::vector<PositionChange> positions, std::uint64_t records, bool sync,
                        std::vector<Place>& places);

    // Makes everything appended durable.
    Result<void> sync();
    // Notes in the marks how far things are acknowledged, if that is news.
    Result<void> mark(bool clean);

    Place end() const { return {segment_, position_}; }
    std::uint64_t group_number() const { return group_number_; }
    std::uint64_t records_total() const { return records_total_; }
    bool mark_is_behind() const { return marked_group_ != group_number_; }
    bool dirty() const { return unsynced_; }
    const RecoveryReport& recovery() const { return recovery_; }

   private:
    Log(const Env& env, Marks marks) : env_(env), marks_(std::move(marks)) {}
    Result<void> start_segment();
    Result<void> abandon_group(Error error);
    bool disk_is_full(std::uint64_t bytes);

    const Env& env_;
    Marks marks_;
    RecoveryReport recovery_;
    std::unique_ptr<File> file_;
    std::uint64_t segment_ = 0;
    std::uint64_t position_ = 0;
    std::uint64_t group_number_ = 0;
    std::uint64_t records_total_ = 0;
    std::uint64_t marked_group_ = 0;
    bool unsynced_ = false;
    BatchBuilder trailer_;
    std::vector<Bytes> parts_;
};

}  // namespace kns
