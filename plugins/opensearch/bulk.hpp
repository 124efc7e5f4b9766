// What OpenSearch is asked and answers: the bulk API. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns::opensearch {

// A line of JSON that stands for the record; nothing if it is no JSON object.
std::optional<std::string> one_line(std::string_view record);

struct ItemFailure {
    std::size_t item = 0;
    int status = 0;
    std::string reason;  // the error as JSON
    bool again() const { return status == 429 || status >= 500; }
};
// Of an answer to so many items; an error if it is none.
Result<std::vector<ItemFailure>> failures_in(std::string_view answer, std::size_t items);

}  // namespace kns::opensearch
