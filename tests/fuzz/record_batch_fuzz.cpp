// RecordBatches as a client or a disk gives them: header, records, and what the daemon stamps on them.
#include <vector>

#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const bool mend = input.choice() & 1;
    std::vector<std::byte> bytes;
    for (const char c : input.rest()) bytes.push_back(static_cast<std::byte>(c));
    if (bytes.size() < kBatchHeaderBytes) return 0;
    const auto header = parse_batch_header(bytes);
    if (!header) return 0;
    must(header->total_bytes() >= kBatchHeaderBytes && header->total_bytes() <= kMaxBatchBytes);
    if (header->total_bytes() > bytes.size()) return 0;
    bytes.resize(header->total_bytes());
    if (mend) fuzz::mend_crc(bytes);
    if (!batch_crc_matches(bytes)) {
        must(!prepare_stamp(bytes));
        return 0;
    }

    struct Copy {
        std::int64_t offset;
        bool has_key;
        std::string key, value, hash_key;
        bool operator==(const Copy&) const = default;
    };
    auto records_of = [&](bool& whole) {
        std::vector<Copy> out;
        RecordReader reader(bytes);
        RecordView record;
        while (reader.step(record)) {
            must(static_cast<std::int32_t>(out.size()) < reader.header().record_count);
            out.push_back({record.offset - reader.header().base_offset, record.key.has_value(),
                           std::string(record.key.value_or("")), std::string(record.value), std::string(record.explicit_hash_key)});
        }
        whole = reader.outcome().has_value();
        return out;
    };
    bool whole = false;
    const auto before = records_of(whole);

    const auto ticket = prepare_stamp(bytes);
    if (!ticket) return 0;
    stamp_batch(bytes, *ticket, 4711, 42, 1'700'000'000'123);
    const auto stamped = parse_batch_header(bytes);
    must(stamped && batch_crc_matches(bytes));
    must(stamped->base_offset == 4711 && stamped->shard_number == 42 && stamped->max_timestamp == 1'700'000'000'123);
    must(stamped->attributes & kBatchLogAppendTime);
    bool still_whole = false;
    must(records_of(still_whole) == before && still_whole == whole);
    if (!whole || (stamped->attributes & kBatchCodecMask)) return 0;

    // Built anew from what was read, it reads the same.
    BatchBuilder builder(42);
    for (const auto& copy : before)
        builder.append(copy.has_key ? std::optional<std::string_view>(copy.key) : std::nullopt, copy.value, copy.hash_key);
    const auto built = as_bytes(builder.finish(4711, 0));
    bytes.assign(built.begin(), built.end());
    must(batch_crc_matches(bytes));
    if (before.empty()) return 0;
    auto expected = before;
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i].offset = static_cast<std::int64_t>(i);
    must(records_of(still_whole) == expected && still_whole);
    return 0;
}
