// The log's form on disk. Frozen: every number here is in somebody's data directory.
//
// A segment file `<id, 16 digits>.<generation>.log` is RecordBatches (v2) back to back. Batches written together form a
// commit group, which ends with a trailer: a control batch of shard 0 whose base offset is the group's number. A group
// whose trailer is missing or damaged at the end of the log was never acknowledged and never happened.
//
// The trailer's records, by key:
//   "group"     value = GroupRecord, then per batch of the group two u32: its bytes, and the CRC32C of its first 17 bytes,
//               which its own CRC does not cover (offset, length, shard, magic)
//   "position"  value = PositionChange
// All numbers big-endian, like the batches themselves.
//
// A batch of an encrypted stream has attribute bit 8 (kBatchEncrypted; Kafka's end at bit 6) and, instead of its records,
// the number of the stream's data key (u32) and the records sealed by it (core/base/aead.hpp: nonce 24 | ciphertext | tag
// 16). Authenticated along with them: the stream's id (i64) and the batch's header but for its CRC, as it stands on the
// disk. So a batch that was altered, moved to another offset, shard or stream, or comes from another data directory does
// not open. The header stays readable and the CRC covers the stored bytes: scanning, recovery, collection and scrubbing
// need no key. What they show is when, how many, how large.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/record_batch.hpp"
#include "core/store/place.hpp"

namespace kns {

inline constexpr std::uint32_t kLogShard = 0;  // the trailers' own shard number
inline constexpr std::size_t kMaxGroupBytes = 16 << 20;
inline constexpr std::string_view kGroupKey = "group", kPositionKey = "position";

std::string segment_name(std::uint64_t id, std::uint64_t generation);
struct SegmentName {
    std::uint64_t id = 0, generation = 0;
};
std::optional<SegmentName> parse_segment_name(std::string_view name);

// What a trailer says of its group.
struct GroupRecord {
    std::uint64_t group_number = 0;
    std::uint64_t start = 0;          // position of the group's first batch in the segment
    std::uint64_t records_total = 0;  // client records ever written to this log, this group included
    struct Batch {
        std::uint32_t bytes = 0, head_crc = 0;
    };
    std::vector<Batch> batches;

    void add(Bytes batch);
    std::uint64_t bytes() const;  // of the batches, without the trailer
};

// A group of consumers has processed everything of `shard` before `next_offset`.
struct PositionChange {
    std::int64_t stream_id = 0;
    std::uint32_t shard = 0;
    std::int64_t next_offset = 0;
    std::string group;
};

struct Trailer {
    GroupRecord group;
    std::vector<PositionChange> positions;
};

// Builds the trailer's bytes in `builder` (cleared first); they live until the builder is used again.
std::string_view encode_trailer(BatchBuilder& builder, const Trailer& trailer, std::int64_t now_ms);
// The batch must have passed parse_batch_header; checks its CRC.
Result<Trailer> decode_trailer(Bytes batch);
// Does not ask for shard 0: that field is outside the CRC, and no other control batch is in the log.
inline bool looks_like_trailer(const BatchHeader& header) { return header.is_control(); }
// The CRC of the part of a batch that its own does not cover.
std::uint32_t head_crc(Bytes batch);

}  // namespace kns
