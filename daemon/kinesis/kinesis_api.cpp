#include "daemon/kinesis/kinesis_api.hpp"

#include <algorithm>
#include <array>

namespace kns::aws {
namespace {

struct Row {
    std::string_view operation;
    double per_second;  // 0: its own rules, or none
    bool per_stream;    // otherwise: of the account
};

// Calls a second, as the API reference gives them.
constexpr auto kRates = std::to_array<Row>({
    {"AddTagsToStream", 5, true},
    {"CreateStream", 5, false},
    {"DeleteStream", 5, false},
    {"DeregisterStreamConsumer", 5, true},
    {"DescribeAccountSettings", 5, false},
    {"DescribeLimits", 1, false},
    {"DescribeStream", 10, false},
    {"DescribeStreamConsumer", 20, true},
    {"DescribeStreamSummary", 20, false},
    {"ListShards", 1000, true},
    {"ListStreamConsumers", 5, true},
    {"ListStreams", 5, false},
    {"ListTagsForStream", 5, false},
    {"MergeShards", 5, false},
    {"RegisterStreamConsumer", 5, true},
    {"RemoveTagsFromStream", 5, false},
    {"SplitShard", 5, false},
    {"UpdateAccountSettings", 5, false},
    {"UpdateShardCount", 10, false},
    {"UpdateStreamWarmThroughput", 5, false},
});

std::string subject(const Value& in) {
    return std::string(in["StreamARN"].text_or(in["StreamName"].text_or(in["ConsumerARN"].text_or(""))));
}

}  // namespace

KinesisApi::KinesisApi(Services& services, Database& db, ConsumerBook& consumers, SecretKey token_key,
                       std::function<KinesisSettings()> settings)
    : services_(services), catalog_(db), consumers_(consumers), token_key_(token_key), settings_(std::move(settings)) {}

KinesisApi::Handler KinesisApi::find(std::string_view operation) {
    using K = KinesisApi;
    static constexpr auto kHandlers = std::to_array<std::pair<std::string_view, Handler>>({
        {"AddTagsToStream", &K::add_tags},
        {"CreateStream", &K::create_stream},
        {"DecreaseStreamRetentionPeriod", &K::decrease_retention},
        {"DeleteResourcePolicy", &K::delete_policy},
        {"DeleteStream", &K::delete_stream},
        {"DeregisterStreamConsumer", &K::deregister_consumer},
        {"DescribeAccountSettings", &K::describe_account},
        {"DescribeLimits", &K::describe_limits},
        {"DescribeStream", &K::describe_stream},
        {"DescribeStreamConsumer", &K::describe_consumer},
        {"DescribeStreamSummary", &K::describe_stream_summary},
        {"DisableEnhancedMonitoring", &K::disable_monitoring},
        {"EnableEnhancedMonitoring", &K::enable_monitoring},
        {"GetRecords", &K::get_records},
        {"GetResourcePolicy", &K::get_policy},
        {"GetShardIterator", &K::get_shard_iterator},
        {"IncreaseStreamRetentionPeriod", &K::increase_retention},
        {"ListShards", &K::list_shards},
        {"ListStreamConsumers", &K::list_consumers},
        {"ListStreams", &K::list_streams},
        {"ListTagsForResource", &K::list_tags_for_resource},
        {"ListTagsForStream", &K::list_tags},
        {"MergeShards", &K::merge_shards},
        {"PutRecord", &K::put_record},
        {"PutRecords", &K::put_records},
        {"PutResourcePolicy", &K::put_policy},
        {"RegisterStreamConsumer", &K::register_consumer},
        {"RemoveTagsFromStream", &K::remove_tags},
        {"SplitShard", &K::split_shard},
        {"StartStreamEncryption", &K::start_encryption},
        {"StopStreamEncryption", &K::stop_encryption},
        {"TagResource", &K::tag_resource},
        {"UntagResource", &K::untag_resource},
        {"UpdateAccountSettings", &K::update_account},
        {"UpdateMaxRecordSize", &K::update_max_record_size},
        {"UpdateShardCount", &K::update_shard_count},
        {"UpdateStreamMode", &K::update_mode},
        {"UpdateStreamRecordDistributionStrategy", &K::update_distribution},
        {"UpdateStreamWarmThroughput", &K::update_warm_throughput},
    });
    static_assert(std::ranges::is_sorted(kHandlers, {}, &std::pair<std::string_view, Handler>::first));
    const auto found = std::ranges::lower_bound(kHandlers, operation, {}, &std::pair<std::string_view, Handler>::first);
    return found != kHandlers.end() && found->first == operation ? found->second : nullptr;
}

Task<Outcome<>> KinesisApi::call(std::string_view operation, Handler handler, const Value& in, AnswerWriter& out) {
    const auto rate = std::ranges::find(kRates, operation, &Row::operation);
    if (rate != kRates.end() && settings_().limits &&
        !rates_.take(operation, rate->per_second, rate->per_stream ? subject(in) : std::string(), services_.clock.monotonic_ns()))
        co_return refuse("LimitExceededException", "Rate exceeded for {}: {} calls a second are the limit.", operation,
                         rate->per_second);
    co_return co_await (this->*handler)(in, out);
}

}  // namespace kns::aws
