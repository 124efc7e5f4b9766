// A delivery stream as AWS's Firehose API has it: the members of its ...DestinationDescription, and what they mean here. Pure.
// Contract: the Firehose API reference, 2015-08-04. What cannot be done truthfully is `unsupported`.
#pragma once

#include "core/base/json.hpp"
#include "core/firehose/delivery_config.hpp"
#include "core/firehose/service_conversion.hpp"

namespace kns {

enum class DestinationKind { extended_s3, http_endpoint, opensearch, elasticsearch, splunk, redshift, iceberg };
inline std::span<const std::string_view> enum_names(DestinationKind) {
    static constexpr std::string_view names[] = {"ExtendedS3", "HttpEndpoint", "Amazonopensearchservice", "Elasticsearch", "Splunk",
                                                 "Redshift",   "Iceberg"};
    return names;
}

// Kept with a delivery stream that AWS's API has made or changed.
struct ServiceForm {
    DestinationKind kind = DestinationKind::extended_s3;
    JsonValue destination;  // what of the configuration is described again, with the defaults filled in
    std::string source_role_arn;

    static constexpr auto fields() {
        return std::tuple{field("kind", &ServiceForm::kind), field("destination", &ServiceForm::destination),
                          field("source_role_arn", &ServiceForm::source_role_arn)};
    }
};

// What lets us in there, as the configuration has it: a secret of one field. Empty: none is given.
struct ServiceSecret {
    std::string field, value;
};
ServiceSecret secret_of(DestinationKind kind, const JsonValue& configuration);
// Whether it has all that a new destination must have.
bool is_whole(DestinationKind kind, const JsonValue& configuration);

// Where buckets are: the settings aws.buckets and aws.buckets_secret.
struct BucketPlace {
    std::string at, secret;
};
// And where functions and tables are: aws.functions, aws.tables.
struct ServicePlaces {
    BucketPlace buckets;
    std::string functions;
    FindTable find_table{};
};

// Of a configuration of such a kind as the client gave it: its defaults, and without its access key.
Result<JsonValue> describe_destination(DestinationKind kind, const JsonValue& configuration);
// An update over what there is; ProcessingConfiguration counts as a whole.
Result<JsonValue> update_destination(DestinationKind kind, const JsonValue& now, const JsonValue& update);
// What it means. Absent settings are as they were.
Result<UpdateDelivery> settings_of(DestinationKind kind, const JsonValue& destination, const ServicePlaces& places);
// Of a delivery stream that was made in another way: what comes closest.
ServiceForm form_of(const DeliveryConfig& config);

// The one destination's id.
inline constexpr std::string_view kDestinationId = "destinationId-000000000001";

}  // namespace kns
