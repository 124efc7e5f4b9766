// A destination with what it takes to get in: the main one of a delivery stream, or its backup.
#pragma once

#include <optional>
#include <vector>

#include "core/base/api/delivery.hpp"
#include "core/firehose/destination.hpp"

namespace kns {

struct DeliveryPlace {
    Destination destination;
    std::string endpoint, region, secret, profile;  // as in DeliverySettings
    std::string_view role = "to";                   // what it is to its delivery stream: also "staging", "backup"

    bool operator==(const DeliveryPlace&) const = default;
};

// Checks all of it.
Result<DeliveryPlace> place_of(const DeliverySettings& settings);
// Nothing without one. A backup in S3 says its own: s3://BUCKET/PREFIX?endpoint=URL&region=R&secret=NAME&profile=P
Result<std::optional<DeliveryPlace>> backup_place_of(const DeliverySettings& settings);
// The bucket that the objects of a destination are loaded from (Redshift); endpoint, region and profile are the bucket's then, and
// the secret the database's.
Result<std::optional<DeliveryPlace>> staging_place_of(const DeliverySettings& settings);
// All of them: to, staging, backup.
Result<std::vector<DeliveryPlace>> places_of(const DeliverySettings& settings);
// Where error records go: the backup, or, if objects are delivered and there is none or it is of all records, the place of
// these, or where these are staged. Nothing for a destination without objects and without a backup.
Result<std::optional<DeliveryPlace>> error_place_of(const DeliverySettings& settings);

}  // namespace kns
