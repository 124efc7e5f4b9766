#include "core/firehose/delivery_spec.hpp"

#include <algorithm>

#include "core/base/time_zone.hpp"

namespace kns {

std::string range_query(std::span<const ShardRange> ranges) {
    std::string out;
    for (const auto& range : ranges)
        if (!range.empty())
            out += fmt::format("{}{}:{}-{}", out.empty() ? "" : ",", range.shard_number, range.first_offset, range.end_offset);
    return out;
}

ObjectIdentity object_identity(const DeliverySpec& spec, std::span<const ShardRange> ranges) {
    std::uint64_t place = spec.place;
    for (const auto& range : spec.ranges) place += static_cast<std::uint64_t>(range.end_offset - range.first_offset);
    for (const auto& range : ranges) place -= static_cast<std::uint64_t>(range.end_offset - range.first_offset);
    return {.place = place,
            .seed = seed_from(fmt::format("{}/{}/{}/{}", spec.delivery, spec.version, spec.source, range_query(ranges)))};
}

void skip_delivered(DeliverySpec& spec, std::span<const ShardPosition> delivered) {
    for (const auto& position : delivered)
        for (auto& range : spec.ranges) {
            if (range.shard_number != position.shard_number || position.next_offset <= range.first_offset) continue;
            const std::int64_t next = std::min(position.next_offset, std::max(range.first_offset, range.end_offset));
            spec.place += static_cast<std::uint64_t>(next - range.first_offset);
            range.first_offset = next;
        }
}

UnixMs object_time(const DeliverySpec& spec, UnixMs arrival) {
    return spec.config.time_zone.empty() ? arrival : local_time(arrival);
}

}  // namespace kns
