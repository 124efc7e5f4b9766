// What AWS's API says of a record's way, as settings: ProcessingConfiguration and DynamicPartitioningConfiguration. Pure.
// Contract: the Firehose API reference, Processor and ProcessorParameter.
#pragma once

#include "core/base/api/delivery.hpp"
#include "core/base/json.hpp"

namespace kns {

// `destination` is a ...DestinationDescription. `functions` is the setting aws.functions: where Lambda functions are, an
// endpoint or file:///DIRECTORY/; empty: nowhere. Every setting of the way is said, those that nothing asks for as none.
Result<void> read_processing(const JsonValue& destination, std::string_view functions, UpdateDelivery& out);

// The queries of a MetadataExtractionQuery, an object's construction in jq as `{a: .x, "b": (.y | .z), c}`, by their names.
Result<std::map<std::string, std::string>> split_query(std::string_view query);

}  // namespace kns
