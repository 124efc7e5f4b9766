// A destination with what it takes to get in: the main one of a delivery stream, or its backup.
#pragma once

#include <optional>

#include "core/base/api/delivery.hpp"
#include "core/firehose/destination.hpp"

namespace kns {

struct DeliveryPlace {
    Destination destination;
    std::string endpoint, region, secret, profile;  // as in DeliverySettings

    bool operator==(const DeliveryPlace&) const = default;
};

// Checks all of it.
Result<DeliveryPlace> place_of(const DeliverySettings& settings);
// Nothing without one. A backup in S3 says its own: s3://BUCKET/PREFIX?endpoint=URL&region=R&secret=NAME&profile=P
Result<std::optional<DeliveryPlace>> backup_place_of(const DeliverySettings& settings);
// Where error records go: the backup, or, if objects are delivered and there is none or it is of all records, the place of
// these. Nothing for a destination without objects and without a backup.
Result<std::optional<DeliveryPlace>> error_place_of(const DeliverySettings& settings);

}  // namespace kns
