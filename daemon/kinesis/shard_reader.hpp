// Records of one shard from a place on, as GetRecords and SubscribeToShard hand them out. On the I/O thread; reads on a reader
// thread.
#pragma once

#include "core/stream/shard_iterator.hpp"
#include "daemon/services.hpp"

namespace kns::aws {

struct ShardRecord : RecordView {
    bool encrypted = false;  // as it is stored
};

struct ShardPage {
    std::vector<std::shared_ptr<BatchCursor::Chunk>> chunks;  // what the records point into
    std::vector<Damage> damages;
    std::vector<ShardRecord> records;
    std::size_t bytes = 0;         // of data and keys
    std::int64_t next_offset = 0;  // behind the last record, or as far as there is nothing
    Ms behind_ms = 0;              // how far the place behind them is from the shard's end, in time
    bool at_shard_end = false;     // closed, and all read
};

// At most `max_records` with `max_bytes` of data and keys, but one record if there is one. Damage is reported and passed over.
Task<Result<ShardPage>> read_shard(Services& services, StreamPtr stream, ShardIterator from, std::size_t max_records,
                                   std::size_t max_bytes);

// {SequenceNumber, ApproximateArrivalTimestamp, Data, PartitionKey, EncryptionType}, of each.
class AnswerWriter;
void write_records(AnswerWriter& out, const ShardPage& page, const ShardRow& shard);

}  // namespace kns::aws
