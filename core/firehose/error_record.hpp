// Records that could not be delivered, as Firehose writes them: an object of JSON lines, from which each can be put again.
// Contract: developer guide, "Understand data delivery" (the members of each kind are its), times in milliseconds as the service
// has been seen to write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

struct FailedRecord {
    std::string_view data;
    UnixMs arrival = 0;
    std::string sequence_number;
    std::uint32_t subsequence_number = 0;  // of a record that was part of another
    std::string_view code, message;
    std::uint32_t attempts = 1;
    UnixMs attempt_end = 0;
    std::vector<std::pair<std::string, std::string>> traits{};  // members of this kind of destination
    std::string_view data_catalog_table = "null";               // JSON, of a conversion that failed
};

// One line more. `failure`: the kind, as in names of objects.
void append_error_record(std::string& out, std::string_view failure, const FailedRecord& record);

// What can be put again of one line of such an object.
struct ReadErrorRecord {
    std::string data;
    UnixMs arrival = 0;
};
Result<ReadErrorRecord> read_error_record(std::string_view line);

// Of a record that is no row of the table it should be in.
inline constexpr std::string_view kConversionFailure = "format-conversion-failed";

// All kinds of failure that there are.
inline constexpr std::string_view kFailures[] = {
    "processing-failed", "decompression-failed", "http-endpoint-failed", "AmazonOpenSearchService_failed",
    "splunk-failed",     "postgres-failed",      "redshift-failed",      kConversionFailure};

// The error prefix that is used where none is set.
inline constexpr std::string_view kDefaultErrorPrefix = "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH/}";

}  // namespace kns
