// What a delivery stream is told to do, and the rules for it. Stored as JSON in the catalog; a delivery job carries a
// copy, so that a job once made is not changed by a later update.
#pragma once

#include "core/base/api/delivery.hpp"
#include "core/firehose/buffer_policy.hpp"
#include "core/firehose/destination.hpp"

namespace kns {

struct DeliveryConfig : DeliverySettings {
    std::optional<std::string> source;        // a stream's name, or a topic's URL (kafka_topic.hpp); absent: direct put
    std::string form;                         // a ServiceForm as JSON, if AWS's API was the last to say what this is; or empty
    std::map<std::string, std::string> tags;  // AWS's; they do not count as a change

    bool reads_topic() const;
    bool reads_stream() const { return source && !reads_topic(); }
    BufferHints hints() const { return {.bytes = buffer_bytes, .age = buffer_ms}; }
    bool operator==(const DeliveryConfig&) const = default;

    static constexpr auto fields() {
        return std::tuple_cat(std::tuple{field("source", &DeliveryConfig::source), field("form", &DeliveryConfig::form),
                                         field("tags", &DeliveryConfig::tags)},
                              DeliverySettings::fields());
    }
};

// Firehose's names are shorter than streams': [a-zA-Z0-9_.-]{1,64}; a full ARN is reduced to its name.
Result<std::string> parse_delivery_name(std::string_view text);

// A stream's name, or the normal form of a topic's URL.
Result<std::string> parse_source(std::string_view text);

// Where the records of a delivery stream that reads no stream wait: a stream of its own that no list shows.
std::string direct_put_stream(std::string_view delivery);
// The group there whose position says how far a partition of its topic has been read.
std::string partition_group(std::int32_t partition);
// The group of the source stream whose position says what has been delivered.
std::string position_group(std::string_view delivery);
// The secret in which an access key is kept that AWS's API was given for it; it goes with the delivery stream.
std::string access_key_secret(std::string_view delivery);
bool is_position_group(std::string_view group);  // no group of consumers can have such a name

// The prefix of its objects: the one that is set, or one of Hive's form for its partition keys.
std::string data_prefix(const DeliverySettings& settings);

Result<DeliveryConfig> make_delivery_config(const CreateDelivery& request);
// The new configuration; equal to the old one where nothing changes.
Result<DeliveryConfig> update_delivery_config(DeliveryConfig config, const UpdateDelivery& request);

}  // namespace kns
