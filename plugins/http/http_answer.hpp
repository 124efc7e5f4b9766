// What an HTTP endpoint has to answer to a request of Firehose. Pure.
// Contract: developer guide, "HTTP endpoint delivery request and response specifications".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/plugin/record_sink.hpp"

namespace kns {

struct HttpAnswerSeen {
    int status = 0;
    std::string_view content_type, content_encoding, body;
};

// Nothing if the request has been taken.
std::optional<SendFailure> failure_of(const HttpAnswerSeen& answer, std::string_view request_id);

}  // namespace kns
