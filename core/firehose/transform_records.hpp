// Records as a transform is given them, and what becomes of each.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

struct TransformInput {
    std::string id;  // the same whenever it is tried
    std::string_view data;
    UnixMs arrival = 0;
    // Of a topic's record; empty otherwise:
    std::string partition_id, offset;
    // Of a stream's record; empty otherwise:
    std::string shard_id, partition_key, sequence_number;
    std::uint32_t subsequence_number = 0;  // of a record that was part of another
};

struct TransformOutcome {
    enum class Kind { ok, dropped, failed };
    Kind kind = Kind::ok;
    std::string data;                                   // if ok
    std::map<std::string, std::string> partition_keys;  // if ok
    std::string code, message;                          // if failed: "Lambda.MissingRecordId"
};

// Why all that were given together have no outcome.
struct TransformFailure {
    std::string code;  // as in error records
    Error error;
};

}  // namespace kns
