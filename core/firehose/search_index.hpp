// An index of OpenSearch as a destination, and how the service names it over time. Pure.
// Contract: developer guide, "Index rotation for the OpenSearch Service destination".
#pragma once

#include "core/base/describe.hpp"
#include "core/base/time.hpp"
#include "core/firehose/destination.hpp"

namespace kns {

enum class IndexRotation { none, hour, day, week, month };
inline std::span<const std::string_view> enum_names(IndexRotation) {
    static constexpr std::string_view names[] = {"NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"};
    return names;
}

// opensearch+https://HOST:PORT/INDEX?rotation=OneDay&id=none
struct SearchIndex {
    std::string name;
    IndexRotation rotation = IndexRotation::none;
    bool ids = true;  // documents get ids that stay over retries, so that one sent twice is there once
};

// Of a destination's path.
Result<SearchIndex> parse_search_index(std::string_view path);

// By UTC arrival: "i", "i-2016-02-25-13", "i-2016-02-25", "i-2016-w08", "i-2016-02". The guide's words about weeks and its example
// contradict each other; here weeks are those of ISO 8601, as in the example.
std::string index_name(const SearchIndex& index, UnixMs arrival);

}  // namespace kns
