#include "core/firehose/error_record.hpp"

#include "core/base/base64.hpp"
#include "core/base/json.hpp"

namespace kns {

void append_error_record(std::string& out, std::string_view failure, const FailedRecord& record) {
    JsonWriter line;
    const bool conversion = failure == kConversionFailure;  // which has names of its own
    line.begin_object()
        .member("attemptsMade", std::uint64_t{record.attempts})
        .member("arrivalTimestamp", record.arrival)
        .member(conversion ? "lastErrorCode" : "errorCode", record.code)
        .member(conversion ? "lastErrorMessage" : "errorMessage", record.message)
        .member("attemptEndingTimestamp", record.attempt_end)
        .member("rawData", base64_encode(record.data));
    if (failure == "http-endpoint-failed") {
        line.member("subsequenceNumber", record.subsequence_number);
        line.member("dataId", fmt::format("{}.{}", record.sequence_number, record.subsequence_number));
    }
    if (conversion)
        line.member("sequenceNumber", record.sequence_number)
            .member("subSequenceNumber", record.subsequence_number)
            .key("dataCatalogTable")
            .raw(record.data_catalog_table);
    for (const auto& [name, value] : record.traits) line.member(name, value);
    line.end_object();
    out += line.text();
    out += '\n';
}

Result<ReadErrorRecord> read_error_record(std::string_view line) {
    const JsonValue record = KNS_TRY(parse_json(line));
    const auto* data = record["rawData"].as_string();
    const auto arrival = record["arrivalTimestamp"].as_int();
    if (!data || !arrival || !(record.has("errorCode") || record.has("lastErrorCode")))
        return fail(Errc::invalid_argument, "it is no error record: errorCode, arrivalTimestamp or rawData is missing");
    return ReadErrorRecord{.data = KNS_TRY(base64_decode(*data)), .arrival = *arrival};
}

}  // namespace kns
