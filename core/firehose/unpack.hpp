// How one record becomes many: aggregates of JSON objects or of parts with a delimiter between them, and the data of
// CloudWatch Logs. Pure. Contract: developer guide, "Dynamic partitioning" (multi-record deaggregation) and "CloudWatch Logs"
// (decompression and message extraction).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

// A gzip stream, of one member or several, as the text it holds: at most `most` bytes, for a small stream can hold a large
// one. What is none, or is cut off, is an error.
Result<std::string> decompress_gzip(std::string_view data, std::size_t most);

// The messages of a DATA_MESSAGE of CloudWatch Logs; a CONTROL_MESSAGE has none. Anything else is an error.
Result<std::vector<std::string>> log_messages(std::string_view json);

// `deaggregate` as in the settings.
struct Deaggregation {
    enum class Kind { none, json, delimited };
    Kind kind = Kind::none;
    std::string delimiter;
};
Result<Deaggregation> parse_deaggregation(std::string_view text);

// The parts of a record, which point into it: JSON objects, one after the other with nothing but blanks between them, or
// what stands between delimiters, empty parts left out. An error where the data are not that.
Result<std::vector<std::string_view>> parts_of(const Deaggregation& rule, std::string_view data);

}  // namespace kns
