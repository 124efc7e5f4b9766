// Shards: listed, split, merged, scaled.
#include <algorithm>

#include "core/base/big_endian.hpp"
#include "core/stream/shard_filter.hpp"
#include "daemon/kinesis/changes.hpp"
#include "daemon/kinesis/describe.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxShardsPerPage = 1000;
constexpr std::size_t kScalingsPerDay = 10;

Outcome<ShardFilter> read_filter(const Value& in, std::size_t& count) {
    using enum ShardFilter::Type;
    ShardFilter filter;
    count = 0;
    if (const auto* after = in["ExclusiveStartShardId"].text()) filter = {after_shard, 0, shard_index_of(*after)}, ++count;
    const auto& given = in["ShardFilter"];
    if (given.is_null()) return filter;
    ++count;
    const auto type = given["Type"].text_or("");
    const auto timestamp = given["Timestamp"].timestamp();
    const auto* shard = given["ShardId"].text();
    if (type == "AT_TIMESTAMP" || type == "FROM_TIMESTAMP") {
        if (!timestamp) return refuse("InvalidArgumentException", "ShardFilter type {} needs a Timestamp.", type);
        filter = {type == "AT_TIMESTAMP" ? at_timestamp : from_timestamp, *timestamp, 0};
    } else if (type == "AFTER_SHARD_ID") {
        if (!shard) return refuse("InvalidArgumentException", "ShardFilter type {} needs a ShardId.", type);
        filter = {after_shard, 0, shard_index_of(*shard)};
    } else {
        filter.type = type == "AT_TRIM_HORIZON" ? at_trim_horizon : type == "AT_LATEST" ? at_latest : from_trim_horizon;
    }
    return filter;
}

// "FILTER TIMESTAMP SHARD LAST STREAM": what was asked for, and the last shard given.
std::string page_payload(const ShardFilter& filter, std::uint32_t last, std::string_view stream) {
    return fmt::format("{} {} {} {} {}", static_cast<int>(filter.type), filter.timestamp, filter.shard, last, stream);
}

bool read_page_payload(const std::string& text, ShardFilter& filter, std::uint32_t& last, std::string& stream) {
    int type = 0, used = 0;
    long long timestamp = 0;
    if (std::sscanf(text.c_str(), "%d %lld %u %u %n", &type, &timestamp, &filter.shard, &last, &used) != 4) return false;
    filter.type = static_cast<ShardFilter::Type>(type);
    filter.timestamp = timestamp;
    stream = text.substr(static_cast<std::size_t>(used));
    return true;
}

}  // namespace

Task<Outcome<>> KinesisApi::list_shards(const Value& in, AnswerWriter& out) {
    std::size_t filters = 0;
    auto filter = read_filter(in, filters);
    if (!filter) co_return std::unexpected(filter.error());
    std::optional<std::uint32_t> last;
    Outcome<StreamPtr> stream = StreamPtr();
    if (const auto* token = in["NextToken"].text()) {
        if (!in["StreamName"].is_null() || !in["ExclusiveStartShardId"].is_null() || !in["StreamCreationTimestamp"].is_null())
            co_return refuse(
                "InvalidArgumentException",
                "NextToken and StreamName, ExclusiveStartShardId or StreamCreationTimestamp cannot be provided together.");
        auto payload = open_page_token("ListShards", *token);
        if (!payload) co_return std::unexpected(payload.error());
        std::string name;
        if (!read_page_payload(*payload, *filter, last.emplace(), name))
            co_return refuse("InvalidArgumentException", "NextToken is invalid.");
        stream = stream_named(name);
    } else {
        if (filters > 1)
            co_return refuse("InvalidArgumentException", "ExclusiveStartShardId and ShardFilter cannot be provided together.");
        stream = stream_of(in);
    }
    if (!stream) co_return std::unexpected(stream.error());
    const auto& row = (*stream)->row;
    if (const auto created = in["StreamCreationTimestamp"].timestamp(); created && *created / kSecond != row.created_ms / kSecond)
        co_return std::unexpected(not_found(row.name));
    if (filter->timestamp > services_.clock.now())
        co_return refuse("InvalidArgumentException", "The Timestamp of a ShardFilter cannot be in the future.");
    auto shards = filter_shards(**stream, *filter, services_.clock.now() - row.retention_ms);
    if (last) std::erase_if(shards, [&](const auto* shard) { return shard->index <= *last; });
    const auto limit = static_cast<std::size_t>(in["MaxResults"].integer().value_or(kMaxShardsPerPage));
    const auto page = std::span(shards).first(std::min({shards.size(), limit, kMaxShardsPerPage}));
    out.begin_structure().key("Shards");
    write_shards(out, **stream, page);
    if (page.size() < shards.size())
        out.key("NextToken").text(page_token("ListShards", page_payload(*filter, page.back()->index, row.name)));
    out.end_structure();
    co_return Outcome<>();
}

Outcome<StreamPtr> KinesisApi::stream_to_reshard(const Value& in) {
    auto stream = active_stream_of(in);
    if (stream && (*stream)->row.mode == "on-demand")
        return refuse("ValidationException", "Stream {} under account {} is in ON_DEMAND mode, which scales its shards by itself.",
                      (*stream)->row.name, settings_().place.account);
    return stream;
}

Outcome<const ShardRow*> KinesisApi::open_shard_of(const Stream& stream, std::string_view shard_id) {
    auto shard = shard_of(stream, shard_id);
    if (shard && !(*shard)->open())
        return refuse("InvalidArgumentException", "Shard {} in stream {} under account {} has already been closed.",
                      shard_id_text((*shard)->index), stream.row.name, settings_().place.account);
    return shard;
}

Task<Outcome<>> KinesisApi::split_shard(const Value& in, AnswerWriter&) {
    auto stream = stream_to_reshard(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto& name = (*stream)->row.name;
    auto shard = open_shard_of(**stream, in["ShardToSplit"].text_or(""));
    if (!shard) co_return std::unexpected(shard.error());
    const std::string at(in["NewStartingHashKey"].text_or(""));
    const auto key = parse_hash_key(at);
    const auto first = (*shard)->hash_first, end = (*shard)->hash_last;
    if (!key || *key <= first + 1 || *key >= end)
        co_return refuse("InvalidArgumentException",
                         "NewStartingHashKey {} used in SplitShard() on shard {} in stream {} under account {} is not both greater "
                         "than one plus the shard's StartingHashKey {} and less than the shard's EndingHashKey {}.",
                         at, shard_id_text((*shard)->index), name, settings_().place.account, hash_key_text(first),
                         hash_key_text(end));
    if (auto good = check_shard_quota(1); !good) co_return std::unexpected(good.error());
    auto split = [this, name, request = SplitShard{shard_id_text((*shard)->index), at}] {
        return services_.streams.split(name, request);
    };
    auto done = co_await change("UPDATING", std::move(split));
    if (!done) co_return std::unexpected(done.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::merge_shards(const Value& in, AnswerWriter&) {
    auto stream = stream_to_reshard(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto& name = (*stream)->row.name;
    auto lower = open_shard_of(**stream, in["ShardToMerge"].text_or(""));
    if (!lower) co_return std::unexpected(lower.error());
    auto upper = open_shard_of(**stream, in["AdjacentShardToMerge"].text_or(""));
    if (!upper) co_return std::unexpected(upper.error());
    if ((*lower)->hash_last == kMaxHashKey || (*lower)->hash_last + 1 != (*upper)->hash_first)
        co_return refuse("InvalidArgumentException",
                         "Shards {} and {} in stream {} under account {} are not an adjacent pair of shards eligible for merging",
                         shard_id_text((*lower)->index), shard_id_text((*upper)->index), name, settings_().place.account);
    auto merge = [this, name, request = MergeShards{{shard_id_text((*lower)->index), shard_id_text((*upper)->index)}}] {
        return services_.streams.merge(name, request);
    };
    auto done = co_await change("UPDATING", std::move(merge));
    if (!done) co_return std::unexpected(done.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::update_shard_count(const Value& in, AnswerWriter& out) {
    auto stream = stream_to_reshard(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto& row = (*stream)->row;
    const auto now_count = static_cast<std::int64_t>((*stream)->open.size());
    const auto target = in["TargetShardCount"].integer().value_or(0);
    if (settings_().limits) {
        if (target > 2 * now_count)
            co_return refuse(
                "LimitExceededException",
                "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: "
                "{} Target shard count: {}",
                now_count, target);
        if (2 * target < now_count)
            co_return refuse(
                "InvalidArgumentException",
                "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: "
                "{} Target shard count: {}",
                now_count, target);
    }
    if (target > std::int64_t{kMaxShards})
        co_return refuse("LimitExceededException", "UpdateShardCount cannot scale a stream over {} shards.", kMaxShards);
    if (target > now_count)
        if (auto good = check_shard_quota(static_cast<std::size_t>(target - now_count)); !good)
            co_return std::unexpected(good.error());
    const UnixMs now = services_.clock.now();
    auto scalings = row.scalings;
    std::erase_if(scalings, [&](UnixMs at) { return at <= now - kDay; });
    if (settings_().limits && scalings.size() >= kScalingsPerDay)
        co_return refuse("LimitExceededException", "UpdateShardCount can be called {} times in 24 hours for a stream.",
                         kScalingsPerDay);
    UpdateStream request;
    request.shard_count = static_cast<std::uint32_t>(target);
    scalings.push_back(now);
    auto scale = [this, name = row.name, request, scalings]() -> Result<StreamPtr> {
        KNS_TRY(services_.streams.update(name, request));
        return services_.streams.edit(name, [&](StreamRow& r) -> Result<void> {
            r.scalings = scalings;
            return {};
        });
    };
    auto done = co_await change("UPDATING", std::move(scale));
    if (!done) co_return std::unexpected(done.error());
    out.begin_structure().key("StreamName").text(row.name).key("CurrentShardCount").integer(now_count);
    out.key("TargetShardCount").integer(target).key("StreamARN").text(stream_arn(row.name)).end_structure();
    co_return Outcome<>();
}

}  // namespace kns::aws
