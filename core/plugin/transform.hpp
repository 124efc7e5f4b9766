// What changes records on their way, many at a time. Implemented by the worker and by plugins, used by the worker; one thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/firehose/transform_records.hpp"

namespace kns {

class Transform {
   public:
    virtual ~Transform() = default;
    // The most bytes of data, and records, that it can be given at a time.
    virtual std::size_t most_bytes() const = 0;
    virtual std::size_t most_records() const = 0;
    // One outcome for each, in their order. After a failure the same records may be tried again.
    virtual std::expected<std::vector<TransformOutcome>, TransformFailure> run(std::span<const TransformInput> records) = 0;
    // What else the error records of those that failed say: lambdaARN.
    virtual std::vector<std::pair<std::string, std::string>> traits() const { return {}; }
};

// What a transform that is reached over a network is made for.
struct TransformTarget {
    std::string url;
    std::string delivery_stream_arn, source_stream_arn;  // the latter a topic's URL, or empty with direct put
    Ms timeout = kMinute;
};

}  // namespace kns
