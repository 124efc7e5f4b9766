// What a Lambda function that transforms records is asked, and what it answers. Pure.
// Contract: developer guide, "Data transformation"; @types/aws-lambda, FirehoseTransformationEvent and ...Result; of a topic's
// records aws-lambda-java-events, MSKFirehoseEvent and MSKFirehoseResponse.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/firehose/transform_records.hpp"

namespace kns {

// Lambda takes and gives 6 MB at most, synchronously.
inline constexpr std::size_t kMostLambdaBytes = 6 << 20;
// Of data in one event: base64 and what surrounds each record come to that.
inline constexpr std::size_t kMostLambdaData = 3 << 20, kMostLambdaRecords = 10'000;

// "arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME" is six parts: 3 is the region, 4 the account.
std::string_view part_of_arn(std::string_view arn, int part);

// `source` is the ARN of a stream, or a topic's URL, which has no ARN; empty with direct put.
std::string lambda_event(std::string_view delivery_stream_arn, std::string_view source, std::string_view invocation_id,
                         std::span<const TransformInput> records);

// A record that the answer does not have, or has twice, has failed by itself; an answer that is none, or holds a result that
// there is not, is the failure of all of them.
std::expected<std::vector<TransformOutcome>, TransformFailure> read_lambda_answer(std::string_view answer,
                                                                                  std::span<const TransformInput> records);

}  // namespace kns
