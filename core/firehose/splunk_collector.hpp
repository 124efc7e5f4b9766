// Splunk's HTTP event collector as a destination. Pure.
// Contract: Firehose API reference, SplunkDestinationConfiguration.
#pragma once

#include "core/base/describe.hpp"
#include "core/base/time.hpp"
#include "core/firehose/destination.hpp"

namespace kns {

enum class CollectorType { raw, event };
inline std::span<const std::string_view> enum_names(CollectorType) {
    static constexpr std::string_view names[] = {"raw", "event"};
    return names;
}

// splunk+https://HOST:PORT/?type=raw&ack_timeout=180s
struct SplunkCollector {
    CollectorType type = CollectorType::raw;  // event: each record is an event of the collector's own, in JSON
    Ms ack_timeout = 180 * kSecond;           // from sending to the indexers' acknowledgement: 180 to 600 seconds
};

// Of a destination's path.
Result<SplunkCollector> parse_splunk_collector(std::string_view path);

}  // namespace kns
