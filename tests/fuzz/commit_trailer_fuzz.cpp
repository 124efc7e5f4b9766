// The trailer of a commit group, as recovery finds it: what is decoded is encoded again as the same.
#include <vector>

#include "core/store/log_format.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto name = parse_segment_name(text)) {
        const auto again = parse_segment_name(segment_name(name->id, name->generation));
        must(name->id > 9'999'999'999'999'999 || (again && again->id == name->id && again->generation == name->generation));
    }
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(data[i]);
    if (bytes.size() < kBatchHeaderBytes) return 0;
    const auto header = parse_batch_header(bytes);
    if (!header || header->total_bytes() > bytes.size()) return 0;
    bytes.resize(header->total_bytes());
    fuzz::mend_crc(bytes);
    const auto trailer = decode_trailer(bytes);
    if (!trailer) return 0;
    must(trailer->group.batches.size() <= size && trailer->positions.size() <= size);

    BatchBuilder builder;
    const auto encoded = as_bytes(encode_trailer(builder, *trailer, 0));
    const auto again = decode_trailer(encoded);
    must(again.has_value());
    must(again->group.group_number == trailer->group.group_number && again->group.start == trailer->group.start);
    must(again->group.records_total == trailer->group.records_total && again->group.bytes() == trailer->group.bytes());
    must(again->positions.size() == trailer->positions.size());
    for (std::size_t i = 0; i < again->positions.size(); ++i) {
        const auto &a = again->positions[i], &b = trailer->positions[i];
        must(a.stream_id == b.stream_id && a.shard == b.shard && a.next_offset == b.next_offset && a.group == b.group);
    }
    return 0;
}
