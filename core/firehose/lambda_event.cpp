#include "core/firehose/lambda_event.hpp"

#include <unordered_map>

#include "core/base/base64.hpp"
#include "core/base/json.hpp"
#include "core/firehose/kafka_topic.hpp"

namespace kns {
namespace {

std::unexpected<TransformFailure> failed(std::string_view code, std::string message) {
    return std::unexpected(
        TransformFailure{.code = std::string(code), .error = {.code = Errc::unavailable, .message = std::move(message)}});
}

TransformOutcome lost(std::string_view code, std::string message) {
    return {.kind = TransformOutcome::Kind::failed,
            .data = {},
            .partition_keys = {},
            .code = std::string(code),
            .message = std::move(message)};
}

// The member that has it, in the event and in the answer.
std::string_view data_of(const TransformInput& record) { return record.partition_id.empty() ? "data" : "kafkaRecordValue"; }

}  // namespace

std::string_view part_of_arn(std::string_view arn, int part) {
    for (; part > 0; --part) {
        const auto colon = arn.find(':');
        if (colon == std::string_view::npos) return {};
        arn.remove_prefix(colon + 1);
    }
    return arn.substr(0, arn.find(':'));
}

std::string lambda_event(std::string_view delivery_stream_arn, std::string_view source, std::string_view invocation_id,
                         std::span<const TransformInput> records) {
    JsonWriter out;
    out.begin_object().member("invocationId", invocation_id).member("deliveryStreamArn", delivery_stream_arn);
    if (!source.empty()) out.member(is_kafka_topic(source) ? "sourceMSKArn" : "sourceKinesisStreamArn", source);
    out.member("region", part_of_arn(delivery_stream_arn, 3)).key("records").begin_array();
    for (const auto& record : records) {
        out.begin_object()
            .member("recordId", record.id)
            .member("approximateArrivalTimestamp", record.arrival)
            .member(data_of(record), base64_encode(record.data));
        if (!record.partition_id.empty())
            out.key("mskRecordMetadata")
                .begin_object()
                .member("offset", record.offset)
                .member("partitionId", record.partition_id)
                .member("approximateArrivalTimestamp", record.arrival)
                .end_object();
        if (!record.shard_id.empty())
            out.key("kinesisRecordMetadata")
                .begin_object()
                .member("shardId", record.shard_id)
                .member("partitionKey", record.partition_key)
                .member("approximateArrivalTimestamp", record.arrival)
                .member("sequenceNumber", record.sequence_number)
                .member("subsequenceNumber", record.subsequence_number)  // as a number: aws-lambda-go takes no other
                .end_object();
        out.end_object();
    }
    return out.end_array().end_object().take();
}

std::expected<std::vector<TransformOutcome>, TransformFailure> read_lambda_answer(std::string_view answer,
                                                                                  std::span<const TransformInput> records) {
    if (answer.size() > kMostLambdaBytes)
        return failed("Lambda.FunctionError", fmt::format("the function's answer has more than {} bytes", kMostLambdaBytes));
    const auto parsed = parse_json(answer);
    const auto* given = parsed ? (*parsed)["records"].as_array() : nullptr;
    if (!given)
        return failed("Lambda.JsonProcessingException",
                      parsed ? "the function's answer has no list of records" : "the function's answer is not JSON");
    std::unordered_map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < records.size(); ++i) places.emplace(records[i].id, i);
    std::vector<std::optional<TransformOutcome>> found(records.size());
    for (const auto& record : *given) {
        const auto* id = record["recordId"].as_string();
        const auto* result = record["result"].as_string();
        const auto place = id ? places.find(*id) : places.end();
        if (place == places.end()) continue;  // of nobody: those that are missing say so
        auto& outcome = found[place->second];
        if (outcome) {
            outcome = lost("Lambda.DuplicatedRecordId", "the function's answer has this recordId more than once");
            continue;
        }
        outcome.emplace();
        if (result && *result == "Dropped") {
            outcome->kind = TransformOutcome::Kind::dropped;
        } else if (result && *result == "ProcessingFailed") {
            outcome = lost("Lambda.ProcessingFailedStatus", "the function says ProcessingFailed");
        } else if (result && *result == "Ok") {
            const auto* data = record[data_of(records[place->second])].as_string();
            if (data && !base64_decode_append(outcome->data, *data))
                return failed("Lambda.FunctionError", "the data of a record in the function's answer is not base64");
            if (const auto* keys = record["metadata"]["partitionKeys"].as_object())
                for (const auto& [name, value] : *keys)
                    if (const auto* text = value.as_string()) outcome->partition_keys.emplace(name, *text);
            // Developer guide, "Route incoming records to a single Iceberg table" and "to different Iceberg tables".
            const auto& table = record["metadata"]["otfMetadata"];
            const auto* operation = table["operation"].as_string();
            if ((operation && *operation != "insert") || table.has("destinationTableName"))
                outcome = lost("Lambda.ProcessingFailedStatus",
                               "the function routes or changes rows by otfMetadata, and kns only appends to the one table");
        } else {
            return failed("Lambda.JsonProcessingException", "a record's result is neither Ok, Dropped nor ProcessingFailed");
        }
    }
    std::vector<TransformOutcome> out;
    for (auto& outcome : found)
        out.push_back(outcome ? std::move(*outcome)
                              : lost("Lambda.MissingRecordId", "the function's answer does not have this recordId"));
    return out;
}

}  // namespace kns
