// Streams: made, described, listed, deleted.
#include <algorithm>

#include "core/stream/on_demand.hpp"
#include "core/stream/shard_filter.hpp"
#include "daemon/kinesis/changes.hpp"
#include "daemon/kinesis/describe.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kOnDemandStreams = 50, kMaxStreamsPerPage = 100, kMaxShardsPerPage = 100;
constexpr std::size_t kShardLimit = 500;
// A shard takes in 1 MiB/s.
std::uint32_t shards_for(std::int64_t mibps) { return static_cast<std::uint32_t>(std::max<std::int64_t>(kOnDemandShards, mibps)); }

}  // namespace

Task<Outcome<>> KinesisApi::create_stream(const Value& in, AnswerWriter&) {
    const auto settings = settings_();
    const auto mode = in["StreamModeDetails"]["StreamMode"].text_or("PROVISIONED");
    const bool on_demand = mode == "ON_DEMAND";
    const auto count = in["ShardCount"].integer();
    CreateStream request;
    request.name = *in["StreamName"].text();
    request.limits = settings.limits ? "aws" : "off";
    if (transitions_.now("stream/" + request.name, services_.clock.now()) == "DELETING" || services_.directory.find(request.name))
        co_return refuse("ResourceInUseException", "Stream {} under account {} already exists.", request.name,
                         settings.place.account);
    if (on_demand && count) co_return refuse("ValidationException", "ShardCount cannot be given for a stream in ON_DEMAND mode.");
    if (!on_demand && !count) co_return refuse("ValidationException", "ShardCount is needed for a stream in PROVISIONED mode.");
    const auto warm = in["WarmThroughputMiBps"].integer().value_or(0);
    if (warm > 0) {
        if (!on_demand) co_return refuse("ValidationException", "WarmThroughputMiBps is for streams in ON_DEMAND mode.");
        if (auto good = co_await check_warm_throughput(warm); !good) co_return good;
    }
    const auto distribution = in["RecordDistributionStrategy"].text_or("USER_PARTITION_KEY");
    if (distribution == "AUTO" && !on_demand)
        co_return refuse("InvalidArgumentException", "RecordDistributionStrategy AUTO is for streams in ON_DEMAND mode.");
    if (on_demand) {
        request.mode = kOnDemand;
        const auto streams = services_.directory.list();
        if (settings.limits && std::ranges::count_if(streams, [](const auto& s) { return s->row.mode == kOnDemand; }) >=
                                   std::ptrdiff_t{kOnDemandStreams})
            co_return refuse("LimitExceededException", "This account has {} streams in ON_DEMAND mode already, the limit.",
                             kOnDemandStreams);
    }
    if (!on_demand && *count > std::int64_t{kMaxShards})
        co_return refuse("LimitExceededException", "A stream can have at most {} shards.", kMaxShards);
    request.shard_count = on_demand ? shards_for(warm) : static_cast<std::uint32_t>(*count);
    if (auto good = check_shard_quota(*request.shard_count); !good) co_return std::unexpected(good.error());
    if (const auto size = in["MaxRecordSizeInKiB"].integer()) request.max_record_bytes = static_cast<std::uint64_t>(*size) << 10;
    if (auto tags = read_tags(in["Tags"]); !tags)
        co_return std::unexpected(tags.error());
    else
        request.tags = std::move(*tags);
    use_defaults(request, services_.config.config().defaults);
    auto create = [this, request, warm, distribution = std::string(distribution)]() -> Result<StreamPtr> {
        auto stream = KNS_TRY(services_.streams.create(request));
        if (warm == 0 && distribution == "USER_PARTITION_KEY") return stream;
        return services_.streams.edit(request.name, [&](StreamRow& row) -> Result<void> {
            row.warm_mibps = warm;
            row.distribution = distribution;
            return {};
        });
    };
    auto made = co_await change("CREATING", std::move(create));
    if (!made) co_return std::unexpected(made.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::delete_stream(const Value& in, AnswerWriter&) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto& row = (*stream)->row;
    const auto consumers = consumers_.of(row.id);
    if (!consumers.empty() && !in["EnforceConsumerDeletion"].boolean().value_or(false))
        co_return refuse("ResourceInUseException",
                         "Stream {} under account {} has {} registered consumers: deregister them, or set EnforceConsumerDeletion.",
                         row.name, settings_().place.account, consumers.size());
    auto remove = [this, stream = *stream]() -> Result<StreamPtr> {
        KNS_TRY(services_.streams.remove(stream->row.name));
        return stream;
    };
    auto gone = co_await change("DELETING", std::move(remove));
    if (!gone) co_return std::unexpected(gone.error());
    forget_stream(services_, row.id);
    if (settings_().transition_ms > 0) deleting_[row.name] = *stream;
    co_return Outcome<>();
}

// One that is DELETING is still described.
Outcome<StreamPtr> KinesisApi::stream_to_describe(const Value& in) {
    auto stream = stream_of(in);
    if (stream) return stream;
    const UnixMs now = services_.clock.now();
    std::erase_if(deleting_, [&](const auto& entry) { return transitions_.now("stream/" + entry.first, now) != "DELETING"; });
    const auto name = in["StreamName"].text_or(in["StreamARN"].text_or(""));
    const auto found = deleting_.find(name.substr(name.rfind('/') + 1));
    return found == deleting_.end() ? stream : found->second;
}

Task<Outcome<>> KinesisApi::describe_stream(const Value& in, AnswerWriter& out) {
    auto stream = stream_to_describe(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto& row = (*stream)->row;
    const auto limit = std::min<std::int64_t>(in["Limit"].integer().value_or(kMaxShardsPerPage), kMaxShardsPerPage);
    ShardFilter filter;
    if (const auto* after = in["ExclusiveStartShardId"].text()) {
        filter.type = ShardFilter::Type::after_shard;
        filter.shard = shard_index_of(*after);
    }
    const auto shards = filter_shards(**stream, filter, services_.clock.now() - row.retention_ms);
    const auto page = std::span(shards).first(std::min<std::size_t>(shards.size(), static_cast<std::size_t>(limit)));
    out.begin_structure().key("StreamDescription").begin_structure();
    write_stream(out, row, stream_arn(row.name), status_of(**stream));
    out.key("Shards");
    write_shards(out, **stream, page);
    out.key("HasMoreShards").boolean(page.size() < shards.size());
    out.end_structure().end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::describe_stream_summary(const Value& in, AnswerWriter& out) {
    auto stream = stream_to_describe(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto& row = (*stream)->row;
    out.begin_structure().key("StreamDescriptionSummary").begin_structure();
    write_stream(out, row, stream_arn(row.name), status_of(**stream));
    out.key("OpenShardCount").integer(static_cast<std::int64_t>((*stream)->open.size()));
    out.key("ConsumerCount").integer(static_cast<std::int64_t>(consumers_.of(row.id).size()));
    out.key("MaxRecordSizeInKiB").integer(static_cast<std::int64_t>(row.max_record_bytes >> 10));
    if (row.mode == "on-demand") {
        out.key("RecordDistributionStrategy").text(row.distribution);
        if (row.warm_mibps > 0) {
            out.key("WarmThroughput").begin_structure();
            out.key("TargetMiBps").integer(row.warm_mibps);
            out.key("CurrentMiBps").integer(static_cast<std::int64_t>((*stream)->open.size()));
            out.end_structure();
        }
    }
    out.end_structure().end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::list_streams(const Value& in, AnswerWriter& out) {
    std::string after(in["ExclusiveStartStreamName"].text_or(""));
    if (const auto* token = in["NextToken"].text()) {
        auto payload = open_page_token("ListStreams", *token);
        if (!payload) co_return std::unexpected(payload.error());
        after = *payload;
    }
    const auto limit =
        std::min<std::size_t>(static_cast<std::size_t>(in["Limit"].integer().value_or(kMaxStreamsPerPage)), kMaxStreamsPerPage);
    auto streams = services_.directory.list();  // by name
    std::erase_if(streams, [&](const auto& stream) { return stream->row.name <= after; });
    const bool more = streams.size() > limit;
    if (more) streams.resize(limit);
    out.begin_structure().key("StreamNames").begin_list();
    for (const auto& stream : streams) out.text(stream->row.name);
    out.end_list().key("HasMoreStreams").boolean(more);
    if (more) out.key("NextToken").text(page_token("ListStreams", streams.back()->row.name));
    out.key("StreamSummaries").begin_list();
    for (const auto& stream : streams) {
        out.begin_structure();
        write_names(out, stream->row, stream_arn(stream->row.name), status_of(*stream));
        out.end_structure();
    }
    out.end_list().end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::describe_limits(const Value&, AnswerWriter& out) {
    std::int64_t open = 0, on_demand = 0;
    for (const auto& stream : services_.directory.list()) {
        open += static_cast<std::int64_t>(stream->open.size());
        on_demand += stream->row.mode == "on-demand";
    }
    out.begin_structure();
    out.key("ShardLimit").integer(kShardLimit).key("OpenShardCount").integer(open);
    out.key("OnDemandStreamCount").integer(on_demand).key("OnDemandStreamCountLimit").integer(kOnDemandStreams);
    out.end_structure();
    co_return Outcome<>();
}

}  // namespace kns::aws
