// What CloudWatch would show of a stream: `GET /v1/streams/NAME/metrics`. Members are under CloudWatch's names. Counts are sums
// since the daemon started; times and ages are in milliseconds. Each struct is a JSON object; fields are only ever added.
#pragma once

#include "core/base/describe.hpp"
#include "core/base/time.hpp"

namespace kns {

// CloudWatch's Sum and SampleCount.
struct Statistic {
    double sum = 0;
    std::uint64_t count = 0;

    void add(double sample) {
        sum += sample;
        ++count;
    }
    static constexpr auto fields() { return std::tuple{field("sum", &Statistic::sum), field("count", &Statistic::count)}; }
};

// Bytes are of data and partition keys. What comes in is counted whoever puts it; the rest is of the AWS API.
struct StreamMetrics {
    std::uint64_t incoming_bytes = 0, incoming_records = 0;
    std::uint64_t put_record_bytes = 0, put_record_success = 0;
    Statistic put_record_latency;
    std::uint64_t put_records_bytes = 0, put_records_total = 0, put_records_successful = 0, put_records_failed = 0,
                  put_records_throttled = 0, put_records_success = 0;
    Statistic put_records_latency;
    std::uint64_t get_records_bytes = 0, get_records_records = 0, get_records_success = 0;
    Statistic get_records_latency;
    Ms iterator_age_ms = 0;  // the oldest among the shards
    std::uint64_t subscribe_success = 0, subscribe_rate_exceeded = 0;
    std::uint64_t event_bytes = 0, event_records = 0, event_success = 0;
    Ms event_behind_ms = 0;
    std::uint64_t read_throttled = 0, write_throttled = 0;

    static constexpr auto fields() {
        using M = StreamMetrics;
        return std::tuple{field("IncomingBytes", &M::incoming_bytes),
                          field("IncomingRecords", &M::incoming_records),
                          field("PutRecord.Bytes", &M::put_record_bytes),
                          field("PutRecord.Success", &M::put_record_success),
                          field("PutRecord.Latency", &M::put_record_latency),
                          field("PutRecords.Bytes", &M::put_records_bytes),
                          field("PutRecords.TotalRecords", &M::put_records_total),
                          field("PutRecords.SuccessfulRecords", &M::put_records_successful),
                          field("PutRecords.FailedRecords", &M::put_records_failed),
                          field("PutRecords.ThrottledRecords", &M::put_records_throttled),
                          field("PutRecords.Success", &M::put_records_success),
                          field("PutRecords.Latency", &M::put_records_latency),
                          field("GetRecords.Bytes", &M::get_records_bytes),
                          field("GetRecords.Records", &M::get_records_records),
                          field("GetRecords.Success", &M::get_records_success),
                          field("GetRecords.Latency", &M::get_records_latency),
                          field("GetRecords.IteratorAgeMilliseconds", &M::iterator_age_ms),
                          field("SubscribeToShard.Success", &M::subscribe_success),
                          field("SubscribeToShard.RateExceeded", &M::subscribe_rate_exceeded),
                          field("SubscribeToShardEvent.Bytes", &M::event_bytes),
                          field("SubscribeToShardEvent.Records", &M::event_records),
                          field("SubscribeToShardEvent.Success", &M::event_success),
                          field("SubscribeToShardEvent.MillisBehindLatest", &M::event_behind_ms),
                          field("ReadProvisionedThroughputExceeded", &M::read_throttled),
                          field("WriteProvisionedThroughputExceeded", &M::write_throttled)};
    }
};

// The shard-level ones, whether or not EnableEnhancedMonitoring was called.
struct ShardMetrics {
    std::uint64_t incoming_bytes = 0, incoming_records = 0, outgoing_bytes = 0, outgoing_records = 0;
    Ms iterator_age_ms = 0;  // of the last read
    std::uint64_t read_throttled = 0, write_throttled = 0;

    static constexpr auto fields() {
        using M = ShardMetrics;
        return std::tuple{field("IncomingBytes", &M::incoming_bytes),
                          field("IncomingRecords", &M::incoming_records),
                          field("OutgoingBytes", &M::outgoing_bytes),
                          field("OutgoingRecords", &M::outgoing_records),
                          field("IteratorAgeMilliseconds", &M::iterator_age_ms),
                          field("ReadProvisionedThroughputExceeded", &M::read_throttled),
                          field("WriteProvisionedThroughputExceeded", &M::write_throttled)};
    }
};

struct ShardMetricsOf {
    std::string shard_id;
    ShardMetrics metrics;

    static constexpr auto fields() {
        return std::tuple{field("shard_id", &ShardMetricsOf::shard_id), field("metrics", &ShardMetricsOf::metrics)};
    }
};

struct MetricsOf {
    std::string stream;
    StreamMetrics metrics;
    std::vector<ShardMetricsOf> shards;  // those that have seen anything

    static constexpr auto fields() {
        return std::tuple{field("stream", &MetricsOf::stream), field("metrics", &MetricsOf::metrics),
                          field("shards", &MetricsOf::shards)};
    }
};

}  // namespace kns
