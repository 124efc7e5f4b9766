// A place in a shard, as a client carries it between calls: what is inside Kinesis' opaque ShardIterator. Pure.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

struct ShardIterator {
    std::int64_t stream_id = 0;
    std::uint32_t shard_number = 0;
    std::int64_t next_offset = 0;  // of the first record wanted
    UnixMs not_before_ms = 0;      // older records are passed over (AT_TIMESTAMP)

    std::string bytes() const;
    static Result<ShardIterator> from_bytes(std::string_view bytes);
    bool operator==(const ShardIterator&) const = default;
};

}  // namespace kns
