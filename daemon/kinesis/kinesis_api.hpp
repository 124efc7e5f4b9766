// Kinesis Data Streams' operations: thin translations between AWS's shapes and the services of core. On the I/O thread.
//
// Input has been decoded and has passed the model's constraints when an operation sees it. Contract: the Kinesis Data Streams
// API reference; the texts of errors follow what AWS has been seen to say.
#pragma once

#include <unordered_map>

#include "core/aws/answer_writer.hpp"
#include "core/aws/value.hpp"
#include "core/base/aead.hpp"
#include "core/stream/consumer_book.hpp"
#include "core/stream/shard_iterator.hpp"
#include "daemon/aws/allowance.hpp"
#include "daemon/aws/api_error.hpp"
#include "daemon/http_exchange.hpp"
#include "daemon/kinesis/call_rate.hpp"
#include "daemon/kinesis/transitions.hpp"
#include "daemon/services.hpp"

namespace kns::aws {

struct ShardPage;

// What the settings say; asked for at each call, since they may change.
struct KinesisSettings {
    ArnPlace place{};
    bool limits = true;  // AWS's own, for streams that are created by this API, and for its calls
    Ms transition_ms = 0;
};

class KinesisApi {
   public:
    // All borrowed. `token_key` seals iterators and paging tokens.
    KinesisApi(Services& services, Database& db, ConsumerBook& consumers, SecretKey token_key,
               std::function<KinesisSettings()> settings);

    using Handler = Task<Outcome<>> (KinesisApi::*)(const Value& in, AnswerWriter& out);
    // Null: SubscribeToShard, whose answer is no document, or no operation of ours.
    static Handler find(std::string_view operation);

    Task<Outcome<>> call(std::string_view operation, Handler handler, const Value& in, AnswerWriter& out);
    // What requests may hold together; also their bodies, until they are answered.
    Allowance& allowance() { return allowance_; }
    // Writes its answer itself, unless it returns an error.
    Task<Outcome<>> subscribe_to_shard(const Value& in, Wire wire, HttpExchange& exchange);

   private:
    // --- streams.cpp
    Task<Outcome<>> create_stream(const Value& in, AnswerWriter& out);
    Task<Outcome<>> delete_stream(const Value& in, AnswerWriter& out);
    Task<Outcome<>> describe_stream(const Value& in, AnswerWriter& out);
    Task<Outcome<>> describe_stream_summary(const Value& in, AnswerWriter& out);
    Task<Outcome<>> list_streams(const Value& in, AnswerWriter& out);
    Task<Outcome<>> describe_limits(const Value& in, AnswerWriter& out);
    // --- stream_settings.cpp
    Task<Outcome<>> increase_retention(const Value& in, AnswerWriter& out);
    Task<Outcome<>> decrease_retention(const Value& in, AnswerWriter& out);
    Task<Outcome<>> start_encryption(const Value& in, AnswerWriter& out);
    Task<Outcome<>> stop_encryption(const Value& in, AnswerWriter& out);
    Task<Outcome<>> enable_monitoring(const Value& in, AnswerWriter& out);
    Task<Outcome<>> disable_monitoring(const Value& in, AnswerWriter& out);
    Task<Outcome<>> update_mode(const Value& in, AnswerWriter& out);
    Task<Outcome<>> update_max_record_size(const Value& in, AnswerWriter& out);
    Task<Outcome<>> update_warm_throughput(const Value& in, AnswerWriter& out);
    Task<Outcome<>> update_distribution(const Value& in, AnswerWriter& out);
    Task<Outcome<>> describe_account(const Value& in, AnswerWriter& out);
    Task<Outcome<>> update_account(const Value& in, AnswerWriter& out);
    // --- shards.cpp
    Task<Outcome<>> list_shards(const Value& in, AnswerWriter& out);
    Task<Outcome<>> split_shard(const Value& in, AnswerWriter& out);
    Task<Outcome<>> merge_shards(const Value& in, AnswerWriter& out);
    Task<Outcome<>> update_shard_count(const Value& in, AnswerWriter& out);
    // --- put.cpp
    Task<Outcome<>> put_record(const Value& in, AnswerWriter& out);
    Task<Outcome<>> put_records(const Value& in, AnswerWriter& out);
    // --- read.cpp
    Task<Outcome<>> get_shard_iterator(const Value& in, AnswerWriter& out);
    Task<Outcome<>> get_records(const Value& in, AnswerWriter& out);
    // --- consumers.cpp
    Task<Outcome<>> register_consumer(const Value& in, AnswerWriter& out);
    Task<Outcome<>> deregister_consumer(const Value& in, AnswerWriter& out);
    Task<Outcome<>> describe_consumer(const Value& in, AnswerWriter& out);
    Task<Outcome<>> list_consumers(const Value& in, AnswerWriter& out);
    // --- resources.cpp: tags and policies
    Task<Outcome<>> add_tags(const Value& in, AnswerWriter& out);
    Task<Outcome<>> remove_tags(const Value& in, AnswerWriter& out);
    Task<Outcome<>> list_tags(const Value& in, AnswerWriter& out);
    Task<Outcome<>> tag_resource(const Value& in, AnswerWriter& out);
    Task<Outcome<>> untag_resource(const Value& in, AnswerWriter& out);
    Task<Outcome<>> list_tags_for_resource(const Value& in, AnswerWriter& out);
    Task<Outcome<>> put_policy(const Value& in, AnswerWriter& out);
    Task<Outcome<>> get_policy(const Value& in, AnswerWriter& out);
    Task<Outcome<>> delete_policy(const Value& in, AnswerWriter& out);

    // --- lookups.cpp
    std::string stream_arn(std::string_view name) const;
    std::string consumer_arn(const Stream& stream, const ConsumerRow& consumer) const;
    // The stream that StreamName, StreamARN or both name.
    Outcome<StreamPtr> stream_of(const Value& in);
    Outcome<StreamPtr> stream_to_describe(const Value& in);
    Outcome<StreamPtr> stream_named(const std::string& name);
    // The same, and it is ACTIVE: for what changes a stream.
    Outcome<StreamPtr> active_stream_of(const Value& in);
    struct Consumer {
        StreamPtr stream;
        ConsumerRow row;
    };
    // By ConsumerARN, or StreamARN and ConsumerName.
    Outcome<Consumer> consumer_of(const Value& in);
    Outcome<Consumer> consumer_by_arn(std::string_view arn);
    std::string_view status_of(const Stream& stream);
    ApiError not_found(std::string_view stream) const;
    // The shard that a client's ShardId names, in any of the forms that AWS takes.
    Outcome<const ShardRow*> shard_of(const Stream& stream, std::string_view shard_id);
    Outcome<void> check_shard_quota(std::size_t additional);
    // Runs on the catalog thread; on success the stream is UPDATING for the settings' time.
    template <class Work>
    Task<Outcome<StreamPtr>> change(std::string status, Work work);
    Task<Outcome<>> change_retention(const Value& in, bool longer);
    Task<Outcome<>> change_monitoring(const Value& in, AnswerWriter& out, bool enable);
    Outcome<StreamPtr> stream_to_reshard(const Value& in);
    Outcome<const ShardRow*> open_shard_of(const Stream& stream, std::string_view shard_id);
    void write_consumer(AnswerWriter& out, const Stream& stream, const ConsumerRow& row);
    struct Resource {
        StreamPtr stream;
        std::optional<ConsumerRow> consumer;  // otherwise: the stream
    };
    Outcome<Resource> resource_of(const Value& in);
    Task<Outcome<>> change_tags(const Resource& resource, std::map<std::string, std::string> set, std::vector<std::string> remove);
    Task<Outcome<>> set_policy(const Resource& resource, std::string policy);
    Task<Outcome<>> check_warm_throughput(std::int64_t mibps);
    Task<Outcome<StreamPtr>> edit(const Stream& stream, std::function<Result<void>(StreamRow&)> change);

    // A place in the stream that an iterator's or subscription's type names.
    Task<Outcome<ShardIterator>> place(StreamPtr stream, const ShardRow* shard, std::string type,
                                       std::optional<std::string> sequence_text, std::optional<UnixMs> timestamp);
    // Five reads a second of a limited shard.
    bool take_read_call(const Stream& stream, const ShardRow& shard, std::string_view operation);
    std::unexpected<ApiError> throttled(const Stream& stream, const ShardRow& shard);
    void count_out(const Stream& stream, const ShardRow& shard, const ShardPage& page);
    struct Subscription;
    Task<void> push(HttpExchange& exchange, Wire wire, Consumer consumer, std::uint32_t number, ShardIterator at,
                    std::shared_ptr<Subscription> mine);

    // A list's place between two calls: what is listed, and the last one given.
    std::string page_token(std::string_view purpose, std::string_view payload) const;
    Outcome<std::string> open_page_token(std::string_view purpose, const std::string& token) const;

    Services& services_;
    Allowance allowance_{512 << 20};
    Catalog catalog_;
    ConsumerBook& consumers_;
    SecretKey token_key_;
    std::function<KinesisSettings()> settings_;
    CallRates rates_;
    Transitions transitions_;
    std::map<std::string, StreamPtr, std::less<>> deleting_;  // gone already, and shown as DELETING for a time
    std::map<std::pair<std::int64_t, std::uint32_t>, std::shared_ptr<Subscription>> subscriptions_;  // by consumer and shard
    std::size_t turn_ = 0;                                                                           // for streams without keys
};

}  // namespace kns::aws
