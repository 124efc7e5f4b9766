// Gives batches their offsets and puts them into the log, many callers' at once.
//
// Offsets come from here and nowhere else. They are never used twice: after a failed write the whole range is burned.
// Lives on the log thread.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/store/durability.hpp"
#include "core/store/key_ring.hpp"
#include "core/store/latency_histogram.hpp"
#include "core/store/log_index.hpp"

namespace kns {

struct AppendBatch {
    std::uint32_t shard = 0;
    MutableBytes bytes;  // one whole batch that passed prepare_stamp; alive until `done`
    StampTicket ticket;
    std::uint32_t records = 0;
    std::uint64_t data_bytes = 0;  // of their keys and values
};

struct AppendOutcome {
    std::optional<Error> error;                          // of the whole request
    std::vector<std::pair<std::size_t, Error>> refused;  // single batches, by place in the request
    std::vector<std::int64_t> base_offsets;              // per batch; -1 where refused
    UnixMs arrival_ms = 0;
};

struct AppendRequest {
    std::int64_t stream_id = 0;  // whose shards they are, and `data_bytes`: for who counts what came in
    std::vector<AppendBatch> batches;
    std::vector<PositionChange> positions;  // committed with the batches, atomically
    bool all_or_nothing = false;            // one refused batch refuses the request
    // Shared by the requests of one connection: once one of them could not be written, those behind it are refused, so that
    // what is stored of a connection never has a hole. Null: it stands alone.
    std::shared_ptr<std::optional<Error>> broken;
    std::vector<std::shared_ptr<const void>> keep_alive;  // buffers under `batches`, shared with whoever fills their rest
    std::move_only_function<void(AppendOutcome&&)> done;

    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const auto& batch : batches) sum += batch.bytes.size();
        return sum;
    }
};

// What one commit group added to a stream.
struct StreamGrowth {
    std::int64_t stream_id = 0;
    std::uint64_t records = 0, bytes = 0;  // bytes as stored
};

class Committer {
   public:
    // All borrowed for the committer's life.
    Committer(Log& log, LogIndex& index, Clock& clock) : log_(log), index_(index), clock_(clock) {}

    void add_shard(std::uint32_t shard, std::int64_t stream_id, Durability durability, const ShardContent& content, bool open);
    void set_durability(std::uint32_t shard, Durability durability);
    // From now on the shard's batches are stored encrypted; an error refuses them, and is what the callers hear.
    void set_key(std::uint32_t shard, Result<DataKeyPtr> key);
    // No more appends. Gives the offset that the next record would have had.
    Result<std::int64_t> close_shard(std::uint32_t shard);
    void reopen_shard(std::uint32_t shard);
    void remove_shard(std::uint32_t shard);

    // One commit group of all `requests`. Each gets its outcome written into `outcomes`; calling `done` is the caller's
    // business (it knows the thread that `done` belongs to). Gives the streams that have new records,
    // each once.
    std::vector<StreamGrowth> commit(std::span<AppendRequest*> requests, std::vector<AppendOutcome>& outcomes);

    // How long the log may stay unsynced from now on: 0 nothing to sync, or the shortest interval among what is waiting.
    Ms sync_within() const { return log_.dirty() ? sync_within_ : 0; }
    Result<void> sync();

    // What is kept for the next group; an idle daemon gives it back.
    bool holds_memory() const { return sealed_ != nullptr; }
    void release_memory();

    struct Counters {
        std::uint64_t groups = 0, batches = 0, records = 0, bytes = 0, syncs = 0, failures = 0;
        LatencyHistogram sync_times;  // from the first write of a synced group until it was on disk
    };
    const Counters& counters() const { return counters_; }

   private:
    struct Shard {
        std::int64_t stream_id = 0;
        Durability durability;
        std::int64_t next_offset = 0;
        UnixMs last_ms = 0;
        bool open = true;
        Result<DataKeyPtr> key = nullptr;  // null: stored as it came
    };
    std::optional<Error> refusal(const AppendBatch& batch) const;
    void make_room_for_sealed(std::span<AppendRequest*> requests);

    Log& log_;
    LogIndex& index_;
    Clock& clock_;
    std::unordered_map<std::uint32_t, Shard> shards_;
    // The encrypted batches of the group that is being written.
    std::unique_ptr<std::byte[]> sealed_;
    std::size_t sealed_bytes_ = 0, sealed_used_ = 0;
    Ms sync_within_ = 0;
    Counters counters_;
};

}  // namespace kns
