// Reading a stream over HTTP: the selection in a request's query, and the loop that feeds a client from the log, to the
// end or for ever. Lives on the I/O thread; the disk is read on the reader threads.
#pragma once

#include "daemon/http_exchange.hpp"
#include "daemon/services.hpp"

namespace kns {

// `?from=&shard=&range=&group=&limit=&for=&until_end=1&follow=1`
struct Selection {
    std::vector<BatchCursor::Range> ranges;
    UnixMs not_before_ms = 0;            // from a time
    std::optional<std::uint64_t> limit;  // records
    std::optional<Ms> for_ms;
    bool follow = false;
    bool all_shards = true;  // new shards join in
};
Task<Result<Selection>> parse_selection(Services& services, const HttpHead& head, StreamPtr stream);

// Where "start", "latest" or a time is in each shard of the stream.
Task<Result<std::vector<BatchCursor::Range>>> resolve_positions(Services& services, StreamPtr stream, std::string where);

// What a reader is fed with.
class BatchSink {
   public:
    virtual ~BatchSink() = default;
    // The shards that are being read, at the start and when more join.
    virtual Task<bool> shards(const Stream& stream, const std::vector<BatchCursor::Range>& ranges) = 0;
    virtual Task<bool> batches(const BatchCursor::Chunk& chunk) = 0;  // false: stop
    virtual Task<bool> gap(const Damage& damage) = 0;
    virtual bool alive() const { return true; }
    virtual Task<bool> end(std::string_view reason) = 0;
};

// Runs until the selection is exhausted, the sink says stop, or the stream is deleted.
Task<void> feed_reader(Services& services, StreamPtr stream, Selection selection, BatchSink& sink);

}  // namespace kns
