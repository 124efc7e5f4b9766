#include "core/base/record_batch.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/big_endian.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/resize_uninitialized.hpp"

namespace kns {
namespace {

// Offsets of the header's fields. Kafka's, frozen.
constexpr std::size_t kAtBaseOffset = 0, kAtLength = 8, kAtEpoch = 12, kAtMagic = 16, kAtCrc = 17, kAtAttributes = 21,
                      kAtLastDelta = 23, kAtBaseTime = 27, kAtMaxTime = 35, kAtProducerId = 43, kAtProducerEpoch = 51,
                      kAtBaseSequence = 53, kAtCount = 57;
constexpr std::size_t kAtStampTail = kAtProducerId;  // the first byte behind what a stamp rewrites
constexpr std::size_t kMinRecordBytes = 7;           // length, attributes, two deltas, key, value, headers: one byte each

std::size_t put_varint(char* at, std::int64_t value) {  // zigzag
    auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    std::size_t used = 0;
    while (rest >= 0x80) {
        at[used++] = static_cast<char>(rest | 0x80);
        rest >>= 7;
    }
    at[used++] = static_cast<char>(rest);
    return used;
}

std::size_t varint_bytes(std::int64_t value) {
    auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    std::size_t used = 1;
    while (rest >>= 7) ++used;
    return used;
}

// A cursor that cannot leave its range: after a bad read `ok` is false and everything reads as 0.
struct Cursor {
    const std::byte* at;
    const std::byte* end;
    bool ok = true;

    // Lengths and deltas take a byte or two; only those are worth being inlined.
    [[gnu::always_inline]] std::int64_t varint() {
        if (end - at >= 2) [[likely]] {
            const auto first = static_cast<std::uint32_t>(at[0]), second = static_cast<std::uint32_t>(at[1]);
            if (first < 0x80) {
                at += 1;
                return static_cast<std::int64_t>(first >> 1) ^ -static_cast<std::int64_t>(first & 1);
            }
            if (second < 0x80) {
                at += 2;
                return static_cast<std::int64_t>((second << 6) | ((first & 0x7f) >> 1)) ^ -static_cast<std::int64_t>(first & 1);
            }
        }
        return long_varint();
    }
    [[gnu::noinline]] std::int64_t long_varint() {
        std::uint64_t raw = 0;
        for (int shift = 0; shift < 64 && at < end; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(*at++);
            raw |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
        }
        ok = false;
        return 0;
    }
    std::string_view bytes(std::int64_t count) {
        if (count < 0 || count > end - at) {
            ok = false;
            return {};
        }
        const auto* start = reinterpret_cast<const char*>(at);
        at += count;
        return {start, static_cast<std::size_t>(count)};
    }
};

std::uint32_t crc_of_tail(Bytes batch) { return crc32c(batch.subspan(kAtStampTail)); }

std::uint32_t crc_with_tail(Bytes batch, std::uint32_t tail_crc, std::size_t tail_bytes) {
    return crc32c_combine(crc32c(batch.subspan(kAtAttributes, kAtStampTail - kAtAttributes)), tail_crc, tail_bytes);
}

}  // namespace

Result<BatchHeader> parse_batch_header(Bytes bytes) {
    if (bytes.size() < kBatchHeaderBytes)
        return fail(Errc::corrupt, "a record batch has {} bytes, its header alone needs {}", bytes.size(), kBatchHeaderBytes);
    const std::byte* at = bytes.data();
    BatchHeader h;
    h.base_offset = load_be<std::int64_t>(at + kAtBaseOffset);
    h.length = load_be<std::int32_t>(at + kAtLength);
    h.shard_number = load_be<std::uint32_t>(at + kAtEpoch);
    h.magic = load_be<std::int8_t>(at + kAtMagic);
    h.crc = load_be<std::uint32_t>(at + kAtCrc);
    h.attributes = load_be<std::int16_t>(at + kAtAttributes);
    h.last_offset_delta = load_be<std::int32_t>(at + kAtLastDelta);
    h.base_timestamp = load_be<std::int64_t>(at + kAtBaseTime);
    h.max_timestamp = load_be<std::int64_t>(at + kAtMaxTime);
    h.producer_id = load_be<std::int64_t>(at + kAtProducerId);
    h.producer_epoch = load_be<std::int16_t>(at + kAtProducerEpoch);
    h.base_sequence = load_be<std::int32_t>(at + kAtBaseSequence);
    h.record_count = load_be<std::int32_t>(at + kAtCount);
    if (h.magic != 2) return fail(Errc::corrupt, "record batch of format {}, only 2 is known", static_cast<int>(h.magic));
    if (h.length < static_cast<std::int32_t>(kBatchHeaderBytes - 12) || h.length > static_cast<std::int32_t>(kMaxBatchBytes - 12))
        return fail(Errc::corrupt, "record batch claims {} bytes, {} is the limit", h.length, kMaxBatchBytes);
    if (h.record_count < 1 || h.last_offset_delta != h.record_count - 1)
        return fail(Errc::corrupt, "record batch claims {} records and a last offset delta of {}", h.record_count,
                    h.last_offset_delta);
    const auto body = static_cast<std::size_t>(h.length) - (kBatchHeaderBytes - 12);
    if (!(h.attributes & kBatchCodecMask) && static_cast<std::size_t>(h.record_count) > body / kMinRecordBytes)
        return fail(Errc::corrupt, "record batch claims {} records in {} bytes", h.record_count, body);
    return h;
}

bool batch_crc_matches(Bytes batch) {
    return crc32c(batch.subspan(kAtAttributes)) == load_be<std::uint32_t>(batch.data() + kAtCrc);
}

Result<StampTicket> prepare_stamp(Bytes batch) {
    const StampTicket ticket{crc_of_tail(batch), batch.size() - kAtStampTail};
    if (crc_with_tail(batch, ticket.tail_crc, ticket.tail_bytes) != load_be<std::uint32_t>(batch.data() + kAtCrc))
        return fail(Errc::corrupt, "a record batch arrived damaged: its checksum does not match");
    return ticket;
}

void stamp_batch(MutableBytes batch, const StampTicket& ticket, std::int64_t base_offset, std::uint32_t shard_number,
                 std::int64_t arrival_ms) {
    std::byte* at = batch.data();
    store_be(at + kAtBaseOffset, base_offset);
    store_be(at + kAtEpoch, shard_number);
    store_be(at + kAtAttributes, static_cast<std::int16_t>(load_be<std::int16_t>(at + kAtAttributes) | kBatchLogAppendTime));
    store_be(at + kAtMaxTime, arrival_ms);
    store_be(at + kAtCrc, crc_with_tail(batch, ticket.tail_crc, ticket.tail_bytes));
}

RecordReader::RecordReader(Bytes batch)
    : header_(parse_batch_header(batch).value()),
      at_(batch.data() + kBatchHeaderBytes),
      end_(batch.data() + std::min(batch.size(), header_.total_bytes())),
      left_(header_.attributes & kBatchCodecMask ? -1 : header_.record_count) {}

bool RecordReader::step(RecordView& out) {
    if (left_ <= 0 || damage_) return false;
    Cursor in{at_, end_};
    const auto length = in.varint();
    if (!in.ok || length < 0 || length > in.end - in.at) [[unlikely]] {
        damage_ = "runs past its batch";
        return false;
    }
    in.end = at_ = in.at + length;
    --left_;

    in.bytes(1);  // attributes, unused by Kafka
    const auto time_delta = in.varint();
    const auto offset_delta = in.varint();
    const auto key_bytes = in.varint();
    out.key.reset();
    if (key_bytes >= 0) out.key = in.bytes(key_bytes);
    const auto value_bytes = in.varint();
    out.value = value_bytes >= 0 ? in.bytes(value_bytes) : std::string_view();
    out.explicit_hash_key = {};
    const auto headers = in.varint();
    for (std::int64_t i = 0; i < headers && in.ok; ++i) {
        const auto name = in.bytes(in.varint());
        const auto size = in.varint();
        const auto value = size >= 0 ? in.bytes(size) : std::string_view();
        if (name == kExplicitHashKeyHeader) out.explicit_hash_key = value;
    }
    if (!in.ok || offset_delta < 0 || offset_delta > header_.last_offset_delta) [[unlikely]] {
        damage_ = "is malformed";
        return false;
    }
    out.offset = header_.base_offset + offset_delta;
    out.timestamp = header_.attributes & kBatchLogAppendTime ? header_.max_timestamp : header_.base_timestamp + time_delta;
    return true;
}

Result<void> RecordReader::outcome() const {
    if (left_ < 0) return fail(Errc::unsupported, "this record batch is compressed");
    if (damage_) return fail(Errc::corrupt, "a record in the batch at offset {} {}", header_.base_offset, damage_);
    return {};
}

Result<bool> RecordReader::next(RecordView& out) {
    if (step(out)) return true;
    KNS_TRY(outcome());
    return false;
}

Result<std::uint64_t> check_records(Bytes batch, std::size_t max_record_bytes) {
    RecordReader reader(batch);
    RecordView record;
    std::int32_t records = 0;
    std::uint64_t bytes = 0;
    while (reader.step(record)) {
        const auto size = record.value.size() + (record.key ? record.key->size() : 0);
        if (size > max_record_bytes)
            return fail(Errc::limit_exceeded, "a record has {} bytes, {} is the limit", size, max_record_bytes);
        if (record.offset != reader.header().base_offset + records++)
            return fail(Errc::corrupt, "a record batch arrived damaged: its records are not in order");
        bytes += size;
    }
    KNS_TRY(reader.outcome());
    return bytes;
}

void BatchBuilder::append(std::optional<std::string_view> key, std::string_view value, std::string_view explicit_hash_key) {
    const std::size_t key_bytes = key ? key->size() : 0;
    const std::size_t header_bytes = explicit_hash_key.empty() ? 0
                                                               : 1 + kExplicitHashKeyHeader.size() + 1 +
                                                                     explicit_hash_key.size();  // both below 64: one-byte lengths
    const auto key_length = key ? static_cast<std::int64_t>(key_bytes) : -1;
    const std::size_t body = 1 + 1 + varint_bytes(records_) + varint_bytes(key_length) + key_bytes +
                             varint_bytes(static_cast<std::int64_t>(value.size())) + value.size() + 1 + header_bytes;
    const std::size_t at = kBatchHeaderBytes + used_;
    if (buffer_.size() < at + body + 10) grow(at + body + 10);

    char* p = buffer_.data() + at;
    p += put_varint(p, static_cast<std::int64_t>(body));
    *p++ = 0;  // attributes
    *p++ = 0;  // timestamp delta: all records of a batch arrive together
    p += put_varint(p, records_);
    p += put_varint(p, key_length);
    if (key_bytes) std::memcpy(p, key->data(), key_bytes);
    p += key_bytes;
    p += put_varint(p, static_cast<std::int64_t>(value.size()));
    if (!value.empty()) std::memcpy(p, value.data(), value.size());
    p += value.size();
    p += put_varint(p, explicit_hash_key.empty() ? 0 : 1);
    if (!explicit_hash_key.empty()) {
        p += put_varint(p, static_cast<std::int64_t>(kExplicitHashKeyHeader.size()));
        p = std::copy(kExplicitHashKeyHeader.begin(), kExplicitHashKeyHeader.end(), p);
        p += put_varint(p, static_cast<std::int64_t>(explicit_hash_key.size()));
        p = std::copy(explicit_hash_key.begin(), explicit_hash_key.end(), p);
    }
    used_ = static_cast<std::size_t>(p - buffer_.data()) - kBatchHeaderBytes;
    data_bytes_ += key_bytes + value.size();
    ++records_;
}

void BatchBuilder::grow(std::size_t needed) {
    resize_uninitialized(buffer_, std::max({needed, buffer_.size() * 2, std::size_t{512}}));
}

void BatchBuilder::reserve(std::size_t records, std::size_t data_bytes) {
    constexpr std::size_t kAroundRecord = 48;  // lengths, and room for an explicit hash key in most
    const std::size_t needed = kBatchHeaderBytes + used_ + data_bytes + records * kAroundRecord;
    if (buffer_.size() < needed) resize_uninitialized(buffer_, needed);
}

std::string_view BatchBuilder::finish(std::int64_t base_offset, std::int64_t timestamp_ms, std::int16_t attributes) {
    if (buffer_.size() < kBatchHeaderBytes) grow(kBatchHeaderBytes);
    auto* at = reinterpret_cast<std::byte*>(buffer_.data());
    store_be(at + kAtBaseOffset, base_offset);
    store_be(at + kAtLength, static_cast<std::int32_t>(kBatchHeaderBytes - 12 + used_));
    store_be(at + kAtEpoch, shard_number_);
    store_be(at + kAtMagic, std::int8_t{2});
    store_be(at + kAtAttributes, attributes);
    store_be(at + kAtLastDelta, records_ - 1);
    store_be(at + kAtBaseTime, timestamp_ms);
    store_be(at + kAtMaxTime, timestamp_ms);
    store_be(at + kAtProducerId, std::int64_t{-1});
    store_be(at + kAtProducerEpoch, std::int16_t{-1});
    store_be(at + kAtBaseSequence, std::int32_t{-1});
    store_be(at + kAtCount, records_);
    const Bytes batch(at, bytes());
    store_be(at + kAtCrc, crc32c(batch.subspan(kAtAttributes)));
    return {buffer_.data(), bytes()};
}

void BatchBuilder::clear(std::uint32_t shard_number) {
    shard_number_ = shard_number;
    records_ = 0;
    used_ = 0;
    data_bytes_ = 0;
}

std::string BatchBuilder::exchange_memory(std::string spare) {
    clear();
    return std::exchange(buffer_, std::move(spare));
}

}  // namespace kns
