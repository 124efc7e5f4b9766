#include "core/firehose/error_record.hpp"

#include "core/base/base64.hpp"
#include "core/base/json.hpp"

namespace kns {

void append_error_record(std::string& out, std::string_view failure, const FailedRecord& record) {
    JsonWriter line;
    line.begin_object()
        .member("attemptsMade", std::uint64_t{record.attempts})
        .member("arrivalTimestamp", record.arrival)
        .member("errorCode", record.code)
        .member("errorMessage", record.message)
        .member("attemptEndingTimestamp", record.attempt_end)
        .member("rawData", base64_encode(record.data));
    if (failure == "http-endpoint-failed") {
        line.member("subsequenceNumber", record.subsequence_number);
        line.member("dataId", fmt::format("{}.{}", record.sequence_number, record.subsequence_number));
    }
    for (const auto& [name, value] : record.traits) line.member(name, value);
    line.end_object();
    out += line.text();
    out += '\n';
}

}  // namespace kns
