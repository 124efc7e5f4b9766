// The bounds and rules of one delivery job. Job rows outlive a build, so fields are only ever added.
#pragma once

#include "core/base/api/stream.hpp"
#include "core/firehose/delivery_config.hpp"
#include "core/firehose/object_key.hpp"

namespace kns {

// Records of one shard: [first_offset, end_offset).
struct ShardRange {
    std::uint32_t shard_number = 0;
    std::int64_t first_offset = 0, end_offset = 0;
    std::uint32_t shard_index = 0;  // with the time of its creation, in seconds: for sequence numbers
    std::int64_t created_s = 0;

    bool empty() const { return first_offset >= end_offset; }
    bool operator==(const ShardRange&) const = default;

    static constexpr auto fields() {
        return std::tuple{field("shard_number", &ShardRange::shard_number), field("first_offset", &ShardRange::first_offset),
                          field("end_offset", &ShardRange::end_offset), field("shard_index", &ShardRange::shard_index),
                          field("created_s", &ShardRange::created_s)};
    }
};

// Persisted with the job before its first attempt: every attempt delivers exactly these records. As objects are finished
// first_offset moves on; end_offset never does.
struct DeliverySpec {
    std::string delivery;
    std::uint64_t version = 1;
    std::string source;  // the stream to read, hidden ones too
    DeliveryConfig config;
    std::vector<ShardRange> ranges;
    std::uint64_t place = 0;            // records of the source before the ranges: orders the names of objects
    std::uint64_t expired_records = 0;  // just before the ranges: gone before they could be delivered
    // Of the attempt, not of the job:
    std::string arn;             // of the delivery stream
    std::string source_arn;      // of the stream that it reads, or the topic's URL; empty with direct put
    std::uint32_t attempts = 1;  // with this one
    bool last_attempt = false;   // what the destination refuses now goes to the backup

    static constexpr auto fields() {
        return std::tuple{field("delivery", &DeliverySpec::delivery),
                          field("version", &DeliverySpec::version),
                          field("source", &DeliverySpec::source),
                          field("config", &DeliverySpec::config),
                          field("ranges", &DeliverySpec::ranges),
                          field("place", &DeliverySpec::place),
                          field("expired_records", &DeliverySpec::expired_records),
                          field("arn", &DeliverySpec::arn),
                          field("source_arn", &DeliverySpec::source_arn),
                          field("attempts", &DeliverySpec::attempts),
                          field("last_attempt", &DeliverySpec::last_attempt)};
    }
};

// "3:0-17,4:9-12", as GET /v1/streams/{name}/batches?range= takes it. Empty ranges are left out.
std::string range_query(std::span<const ShardRange> ranges);
// Of the object that begins where the ranges do: the spec's, or what is left of them.
ObjectIdentity object_identity(const DeliverySpec& spec, std::span<const ShardRange> ranges);
// Moves its ranges, and with them its place, behind what has been delivered; positions of other shards are left alone.
void skip_delivered(DeliverySpec& spec, std::span<const ShardPosition> delivered);

// What an object of that time has in its name: in this process's time zone, if the delivery stream has one.
UnixMs object_time(const DeliverySpec& spec, UnixMs arrival);

}  // namespace kns
