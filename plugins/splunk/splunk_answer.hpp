// What Splunk's collector answers. Pure.
// Contract: Splunk's "Troubleshoot HTTP Event Collector", its codes; Firehose's error codes for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/plugin/record_sink.hpp"

namespace kns {

struct SplunkTaken {
    std::int64_t ack_id = 0;
};
struct SplunkRefusal {
    SendFailure failure;
    bool data = false;                     // it is the records, and will be the next time
    std::optional<std::uint64_t> invalid;  // of them this one, if it says which
};
// Of what was sent.
std::expected<SplunkTaken, SplunkRefusal> read_splunk_answer(int status, std::string_view body);
// Of a question for one acknowledgement: whether it has come; nothing if that is no answer.
std::optional<bool> read_splunk_ack(int status, std::string_view body, std::int64_t ack_id);

}  // namespace kns
