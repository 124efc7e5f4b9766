// What many operations ask first: which stream, shard or consumer is meant, and whether it may be touched now.
#include "core/aws/token.hpp"
#include "core/base/log.hpp"
#include "daemon/kinesis/kinesis_api.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kShardQuota = 500;  // us-east-1, us-west-2, eu-west-1

// "arn:aws:kinesis:us-east-1:000000000000:stream/NAME[/consumer/CONSUMER:SECONDS]"; region and account are one namespace.
struct StreamArn {
    std::string stream, consumer;
    std::int64_t consumer_created_s = 0;
};

std::optional<StreamArn> parse_arn(std::string_view arn) {
    constexpr std::string_view kStream = ":stream/", kConsumer = "/consumer/";
    const auto at = arn.find(kStream);
    if (!arn.starts_with("arn:") || at == std::string_view::npos) return std::nullopt;
    auto rest = arn.substr(at + kStream.size());
    StreamArn out;
    const auto slash = rest.find(kConsumer);
    out.stream = rest.substr(0, slash);
    if (slash == std::string_view::npos) return out;
    rest.remove_prefix(slash + kConsumer.size());
    const auto colon = rest.find(':');
    out.consumer = rest.substr(0, colon);
    if (colon == std::string_view::npos) return std::nullopt;
    for (const char c : rest.substr(colon + 1)) {
        if (c < '0' || c > '9' || out.consumer_created_s > 99'999'999'999) return std::nullopt;
        out.consumer_created_s = out.consumer_created_s * 10 + (c - '0');
    }
    return out;
}

}  // namespace

std::string KinesisApi::stream_arn(std::string_view name) const { return settings_().place.arn("kinesis", "stream", name); }

std::string KinesisApi::consumer_arn(const Stream& stream, const ConsumerRow& consumer) const {
    return fmt::format("{}/consumer/{}:{}", stream_arn(stream.row.name), consumer.name, consumer.created_s);
}

ApiError KinesisApi::not_found(std::string_view stream) const {
    return {"ResourceNotFoundException", fmt::format("Stream {} under account {} not found.", stream, settings_().place.account)};
}

Outcome<StreamPtr> KinesisApi::stream_named(const std::string& name) {
    auto found = services_.directory.find(name);
    if (!found || (*found)->row.hidden) return std::unexpected(not_found(name));
    return *found;
}

Outcome<StreamPtr> KinesisApi::stream_of(const Value& in) {
    const auto* name = in["StreamName"].text();
    const auto* arn = in["StreamARN"].text();
    if (!name && !arn) return refuse("InvalidArgumentException", "Either StreamName or StreamARN is needed.");
    if (!arn) return stream_named(*name);
    const auto parsed = parse_arn(*arn);
    if (!parsed || !parsed->consumer.empty())
        return refuse("InvalidArgumentException", "StreamARN {} is not the ARN of a stream.", *arn);
    if (name && *name != parsed->stream)
        return refuse("InvalidArgumentException", "StreamName {} and StreamARN {} name two streams.", *name, *arn);
    return stream_named(parsed->stream);
}

std::string_view KinesisApi::status_of(const Stream& stream) {
    const auto status = transitions_.now("stream/" + stream.row.name, services_.clock.now());
    return status.empty() ? "ACTIVE" : status;
}

Outcome<StreamPtr> KinesisApi::active_stream_of(const Value& in) {
    auto stream = stream_of(in);
    if (!stream) return stream;
    if (const auto status = status_of(**stream); status != "ACTIVE")
        return refuse("ResourceInUseException", "Stream {} under account {} not ACTIVE, instead in state {}", (*stream)->row.name,
                      settings_().place.account, status);
    return stream;
}

Outcome<KinesisApi::Consumer> KinesisApi::consumer_by_arn(std::string_view arn) {
    const auto parsed = parse_arn(arn);
    if (!parsed || parsed->consumer.empty())
        return refuse("InvalidArgumentException", "ConsumerARN {} is not the ARN of a consumer.", arn);
    auto stream = stream_named(parsed->stream);
    if (!stream) return std::unexpected(stream.error());
    auto row = consumers_.find((*stream)->row.id, parsed->consumer);
    if (!row || row->created_s != parsed->consumer_created_s)
        return refuse("ResourceNotFoundException", "Consumer {} under account {} not found.", arn, settings_().place.account);
    return Consumer{*stream, *row};
}

Outcome<KinesisApi::Consumer> KinesisApi::consumer_of(const Value& in) {
    const auto* name = in["ConsumerName"].text();
    const bool by_name = name && !in["StreamARN"].is_null();
    if (const auto* arn = in["ConsumerARN"].text()) {
        auto consumer = consumer_by_arn(*arn);
        if (consumer && ((name && consumer->row.name != *name) ||
                         (in["StreamARN"].text() && !in["StreamARN"].text()->ends_with("/" + consumer->stream->row.name))))
            return refuse("InvalidArgumentException", "StreamARN, ConsumerName and ConsumerARN name different consumers.");
        return consumer;
    }
    if (!by_name) return refuse("InvalidArgumentException", "Either ConsumerARN, or StreamARN and ConsumerName are needed.");
    auto stream = stream_of(in);
    if (!stream) return std::unexpected(stream.error());
    auto row = consumers_.find((*stream)->row.id, *name);
    if (!row)
        return refuse("ResourceNotFoundException", "Consumer {} of stream {} under account {} not found.", *name,
                      (*stream)->row.name, settings_().place.account);
    return Consumer{*stream, *row};
}

Outcome<const ShardRow*> KinesisApi::shard_of(const Stream& stream, std::string_view shard_id) {
    // AWS reads the digits behind the last dash, whatever stands before it.
    const auto dash = shard_id.rfind('-');
    const auto index = parse_shard_id(dash == std::string_view::npos ? shard_id : shard_id.substr(dash + 1));
    const auto* shard = index ? stream.shard_by_index(*index) : nullptr;
    if (!shard)
        return refuse("ResourceNotFoundException", "Could not find shard {} in stream {} under account {}.",
                      index ? shard_id_text(*index) : std::string(shard_id), stream.row.name, settings_().place.account);
    return shard;
}

Outcome<void> KinesisApi::check_shard_quota(std::size_t additional) {
    const auto s = settings_();
    if (!s.limits || additional == 0) return {};
    std::size_t open = 0;
    for (const auto& stream : services_.directory.list()) open += stream->open.size();
    if (open + additional <= kShardQuota) return {};
    return refuse("LimitExceededException",
                  "This request would exceed the shard limit for the account {} in {}. Current shard count for the account: {}. "
                  "Limit: {}. Number of additional shards that would have resulted from this request: {}. `kns config set "
                  "aws.limits off` lifts it.",
                  s.place.account, s.place.region, open, kShardQuota, additional);
}

std::string KinesisApi::page_token(std::string_view purpose, std::string_view payload) const {
    return seal_token(token_key_, purpose, payload, services_.clock.now());
}

Outcome<std::string> KinesisApi::open_page_token(std::string_view purpose, const std::string& token) const {
    auto payload = open_token(token_key_, purpose, token, services_.clock.now());
    if (payload) return *payload;
    if (payload.error().code == Errc::expired)
        return refuse("ExpiredNextTokenException", "NextToken has expired: one lives for {} seconds.", kTokenLife / kSecond);
    return refuse("InvalidArgumentException", "NextToken is invalid.");
}

}  // namespace kns::aws
