#include "core/store/log_format.hpp"

#include <charconv>
#include <numeric>

#include "core/base/big_endian.hpp"
#include "core/base/crc32c.hpp"

namespace kns {
namespace {

template <class T>
void put(std::string& out, T value) {
    std::byte bytes[sizeof value];
    store_be(bytes, value);
    out.append(reinterpret_cast<const char*>(bytes), sizeof value);
}

// Takes a number off the front; false if there are too few bytes.
template <class T>
bool take(std::string_view& in, T& value) {
    if (in.size() < sizeof value) return false;
    value = load_be<T>(reinterpret_cast<const std::byte*>(in.data()));
    in.remove_prefix(sizeof value);
    return true;
}

}  // namespace

std::string segment_name(std::uint64_t id, std::uint64_t generation) { return fmt::format("{:016}.{}.log", id, generation); }

std::optional<SegmentName> parse_segment_name(std::string_view name) {
    SegmentName out;
    if (name.size() < 22 || !name.ends_with(".log") || name[16] != '.') return std::nullopt;
    const char* end = name.data() + name.size() - 4;
    if (std::from_chars(name.data(), name.data() + 16, out.id).ptr != name.data() + 16) return std::nullopt;
    if (std::from_chars(name.data() + 17, end, out.generation).ptr != end) return std::nullopt;
    return out;
}

std::uint32_t head_crc(Bytes batch) { return crc32c(batch.first(17)); }

void GroupRecord::add(Bytes batch) { batches.push_back({static_cast<std::uint32_t>(batch.size()), head_crc(batch)}); }

std::uint64_t GroupRecord::bytes() const {
    return std::accumulate(batches.begin(), batches.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Batch& batch) { return sum + batch.bytes; });
}

std::string_view encode_trailer(BatchBuilder& builder, const Trailer& trailer, std::int64_t now_ms) {
    builder.clear(kLogShard);
    std::string value;
    value.reserve(24 + 8 * trailer.group.batches.size());
    put(value, trailer.group.group_number);
    put(value, trailer.group.start);
    put(value, trailer.group.records_total);
    for (const auto& batch : trailer.group.batches) {
        put(value, batch.bytes);
        put(value, batch.head_crc);
    }
    builder.append(kGroupKey, value);
    for (const auto& change : trailer.positions) {
        value.clear();
        put(value, change.stream_id);
        put(value, change.shard);
        put(value, change.next_offset);
        value += change.group;
        builder.append(kPositionKey, value);
    }
    return builder.finish(static_cast<std::int64_t>(trailer.group.group_number), now_ms, kBatchControl);
}

Result<Trailer> decode_trailer(Bytes batch) {
    if (!batch_crc_matches(batch)) return fail(Errc::corrupt, "a commit trailer is damaged");
    Trailer out;
    RecordReader reader(batch);
    RecordView record;
    bool has_group = false;
    while (KNS_TRY(reader.next(record))) {
        auto value = record.value;
        if (record.key == kGroupKey) {
            has_group = take(value, out.group.group_number) && take(value, out.group.start) &&
                        take(value, out.group.records_total) && value.size() % 8 == 0;
            for (GroupRecord::Batch b; take(value, b.bytes) && take(value, b.head_crc);) out.group.batches.push_back(b);
        } else if (record.key == kPositionKey) {
            PositionChange change;
            if (!take(value, change.stream_id) || !take(value, change.shard) || !take(value, change.next_offset))
                return fail(Errc::corrupt, "a position in a commit trailer is malformed");
            change.group = value;
            out.positions.push_back(std::move(change));
        }
    }
    if (!has_group) return fail(Errc::corrupt, "a control batch of the log is no commit trailer");
    return out;
}

}  // namespace kns
