// A record as it is handed to its destination.
#pragma once

#include <optional>

#include "core/base/ids.hpp"
#include "core/firehose/delivery_spec.hpp"

namespace kns {

// Where a record came from. Points into the job's ranges.
struct RecordPlace {
    const ShardRange* shard = nullptr;
    std::int64_t offset = 0;
    UnixMs arrival = 0;
    std::optional<std::uint32_t> part;  // of a record that was taken apart: which of them this is

    std::string sequence_number() const {
        return SequenceNumber{shard->created_s, offset, arrival / kSecond, shard->shard_index}.text();
    }
    // The same whenever it is delivered, and nobody else's.
    std::string id() const { return part ? fmt::format("{}.{}", sequence_number(), *part) : sequence_number(); }
};

struct ReadyRecord {
    std::string_view data;
    std::string_view original;  // what can be put again
    RecordPlace place;
    const PartitionKeys* keys = nullptr;  // null: not partitioned
};

}  // namespace kns
