// Kafka's RecordBatch v2, the one shape in which records travel and rest.
//
// A Kinesis record is a Kafka record: key = partition key, value = data, header `kns.ehk` = explicit hash key. Layout of
// the 61 header bytes: Kafka protocol guide, "Record Batch". The CRC covers everything from `attributes` on; the twelve
// bytes before it that a broker owns (base offset, leader epoch) may be rewritten freely. kns keeps the shard's number in
// the epoch field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;
inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

inline constexpr std::size_t kBatchHeaderBytes = 61;
inline constexpr std::size_t kMaxBatchBytes = 16 << 20;

inline constexpr std::int16_t kBatchCodecMask = 0x07;      // 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd
inline constexpr std::int16_t kBatchLogAppendTime = 0x08;  // max_timestamp is the arrival of every record
inline constexpr std::int16_t kBatchTransactional = 0x10;
inline constexpr std::int16_t kBatchControl = 0x20;  // not a client's data

inline constexpr std::string_view kExplicitHashKeyHeader = "kns.ehk";

struct BatchHeader {
    std::int64_t base_offset = 0;
    std::int32_t length = 0;  // of what follows this field
    std::uint32_t shard_number = 0;
    std::int8_t magic = 2;
    std::uint32_t crc = 0;
    std::int16_t attributes = 0;
    std::int32_t last_offset_delta = 0;
    std::int64_t base_timestamp = 0, max_timestamp = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    std::int32_t base_sequence = -1;
    std::int32_t record_count = 0;

    std::size_t total_bytes() const { return static_cast<std::size_t>(length) + 12; }
    std::int64_t last_offset() const { return base_offset + last_offset_delta; }
    bool is_control() const { return attributes & kBatchControl; }
};

// Reads and bounds the header: magic 2, 49 <= length <= kMaxBatchBytes - 12, record_count == last_offset_delta + 1 and
// possible in that length. Does not look at the CRC or the records. Needs kBatchHeaderBytes.
Result<BatchHeader> parse_batch_header(Bytes bytes);

// Whether the CRC of a whole batch (header.total_bytes()) is right.
bool batch_crc_matches(Bytes batch);

// What the daemon does to a batch on arrival, without touching its records: offset, shard, arrival (LogAppendTime).
// Checks the old CRC and computes the new one in a single pass, which `prepare` does (any thread) so that `stamp` (the
// log's thread) is left with a few instructions.
struct StampTicket {
    std::uint32_t tail_crc = 0;  // CRC32C of everything behind max_timestamp
    std::size_t tail_bytes = 0;
};
Result<StampTicket> prepare_stamp(Bytes batch);
void stamp_batch(MutableBytes batch, const StampTicket& ticket, std::int64_t base_offset, std::uint32_t shard_number,
                 std::int64_t arrival_ms);

// One record inside a batch; the views point into the batch.
struct RecordView {
    std::int64_t offset = 0;
    std::int64_t timestamp = 0;           // arrival, if the batch says LogAppendTime
    std::optional<std::string_view> key;  // none: given without a partition key
    std::string_view value;
    std::string_view explicit_hash_key;  // empty: none
};

// Walks the records of one uncompressed batch. `next` gives false at the end; a malformed batch is an error, never a
// read outside it.
//
//     RecordReader reader(batch);
//     RecordView record;
//     while (KNS_TRY(reader.next(record))) use(record);
class RecordReader {
   public:
    explicit RecordReader(Bytes batch);  // the batch must have passed parse_batch_header and outlive the reader
    Result<bool> next(RecordView& out);
    // The same for loops over millions: false at the end and at what is malformed, which `outcome` tells apart.
    bool step(RecordView& out);
    Result<void> outcome() const;
    const BatchHeader& header() const { return header_; }

   private:
    BatchHeader header_;
    const std::byte* at_;
    const std::byte* end_;
    std::int32_t left_;
    const char* damage_ = nullptr;
};

// Whether a batch from outside can be read: uncompressed, as many records as its header says, in order, none with more
// than `max_record_bytes` of key and value. Gives the bytes of all keys and values.
Result<std::uint64_t> check_records(Bytes batch, std::size_t max_record_bytes);

// Builds one batch. `finish` fills in the header and gives the bytes, which live until the builder is cleared.
// Reuse a builder: it keeps its memory.
class BatchBuilder {
   public:
    explicit BatchBuilder(std::uint32_t shard_number = 0) : shard_number_(shard_number) {}

    // Room for so many records with so many bytes of keys and values, without growing on the way.
    void reserve(std::size_t records, std::size_t data_bytes);
    void append(std::optional<std::string_view> key, std::string_view value, std::string_view explicit_hash_key = {});
    std::size_t bytes() const { return kBatchHeaderBytes + used_; }
    std::int32_t records() const { return records_; }
    std::uint64_t data_bytes() const { return data_bytes_; }  // of keys and values
    bool empty() const { return records_ == 0; }

    std::string_view finish(std::int64_t base_offset, std::int64_t timestamp_ms, std::int16_t attributes = 0);
    void clear(std::uint32_t shard_number);
    void clear() { clear(shard_number_); }
    // Gives away the memory that a finished batch stands in (at its front), and goes on, cleared, with `spare`.
    std::string exchange_memory(std::string spare);

   private:
    void grow(std::size_t needed);

    std::uint32_t shard_number_;
    std::int32_t records_ = 0;
    std::size_t used_ = 0;  // bytes of records behind the header
    std::uint64_t data_bytes_ = 0;
    std::string buffer_;  // header space, then records, then spare room
};

}  // namespace kns
