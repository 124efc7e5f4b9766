// Records out: GetShardIterator and GetRecords.
#include "core/aws/token.hpp"
#include "daemon/kinesis/describe.hpp"
#include "daemon/kinesis/kinesis_api.hpp"
#include "daemon/kinesis/shard_reader.hpp"

namespace kns::aws {
namespace {

constexpr std::string_view kIterator = "ShardIterator";
constexpr std::size_t kMaxPageRecords = 10'000, kMaxPageBytes = 10 << 20;

}  // namespace

Task<Outcome<ShardIterator>> KinesisApi::place(StreamPtr stream, const ShardRow* shard, std::string type,
                                               std::optional<std::string> sequence_text, std::optional<UnixMs> timestamp) {
    const auto& row = stream->row;
    ShardIterator at{.stream_id = row.id, .shard_number = shard->number};
    const bool by_sequence = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
    if (by_sequence != sequence_text.has_value())
        co_return refuse("InvalidArgumentException", "A starting position of type {} {} a sequence number.", type,
                         by_sequence ? "needs" : "has no place for");
    if (type == "AT_TIMESTAMP" && !timestamp)
        co_return refuse(
            "InvalidArgumentException",
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp "
            "parameter.");
    const auto content = services_.index.content(shard->number);
    if (type == "LATEST") {
        at.next_offset = content.next_offset;
    } else if (by_sequence) {
        const auto sequence = SequenceNumber::parse(*sequence_text);
        // A client may begin with 0, which means the horizon.
        if (*sequence_text != "0" &&
            (!sequence || sequence->shard_index != shard->index || sequence->created_s != shard->created_s))
            co_return refuse(
                "InvalidArgumentException",
                "StartingSequenceNumber {} used in GetShardIterator on shard {} in stream {} under account {} is invalid "
                "because it did not come from this stream.",
                *sequence_text, shard_id_text(shard->index), row.name, settings_().place.account);
        if (sequence && sequence->offset == kClosingCounter)
            at.next_offset = shard->end_offset.value_or(content.next_offset);
        else if (sequence)
            at.next_offset = sequence->offset + (type == "AFTER_SEQUENCE_NUMBER" && !is_between_records(*sequence) ? 1 : 0);
    } else if (type == "AT_TIMESTAMP") {
        const UnixMs now = services_.clock.now();
        if (*timestamp > now)
            co_return refuse(
                "InvalidArgumentException",
                "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: "
                "{}, currentTimestampInMillis: {}",
                *timestamp, now);
        at.not_before_ms = *timestamp;
        auto find = [this, number = shard->number, instant = *timestamp]() -> Result<std::int64_t> {
            auto& tools = *KNS_TRY(services_.reader_tools());
            return tools.finder.first_offset_at(number, instant);
        };
        const auto offset = co_await run_on(services_.readers, std::move(find));
        if (!offset) co_return std::unexpected(api_error(offset.error()));
        at.next_offset = *offset;
    }
    co_return at;
}

Task<Outcome<>> KinesisApi::get_shard_iterator(const Value& in, AnswerWriter& out) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    auto shard = shard_of(**stream, in["ShardId"].text_or(""));
    if (!shard)
        co_return refuse("ResourceNotFoundException", "Shard {} in stream {} under account {} does not exist",
                         in["ShardId"].text_or(""), (*stream)->row.name, settings_().place.account);
    if (!take_read_call(**stream, **shard, "GetShardIterator")) co_return throttled(**stream, **shard);
    std::optional<std::string> sequence;
    if (const auto* text = in["StartingSequenceNumber"].text()) sequence = *text;
    const std::string type(in["ShardIteratorType"].text_or(""));
    auto at = co_await place(*stream, *shard, type, sequence, in["Timestamp"].timestamp());
    if (!at) co_return std::unexpected(at.error());
    if (in["DryRun"].boolean().value_or(false))
        co_return refuse("DryRunOperationException", "Request would have succeeded, but the DryRun flag is set.");
    out.begin_structure().key("ShardIterator").text(seal_token(token_key_, kIterator, at->bytes(), services_.clock.now()));
    out.end_structure();
    co_return Outcome<>();
}

bool KinesisApi::take_read_call(const Stream& stream, const ShardRow& shard, std::string_view operation) {
    constexpr double kCallsPerSecond = 5;
    if (stream.row.limits != "aws") return true;
    return rates_.take(operation, kCallsPerSecond, std::to_string(shard.number), services_.clock.monotonic_ns());
}

std::unexpected<ApiError> KinesisApi::throttled(const Stream& stream, const ShardRow& shard) {
    auto& meter = services_.meters[stream.row.id];
    ++meter.metrics.read_throttled;
    ++meter.shards[shard.number].read_throttled;
    return refuse("ProvisionedThroughputExceededException", "Rate exceeded for shard {} in stream {} under account {}.",
                  shard_id_text(shard.index), stream.row.name, settings_().place.account);
}

Task<Outcome<>> KinesisApi::get_records(const Value& in, AnswerWriter& out) {
    const auto token = open_token(token_key_, kIterator, in["ShardIterator"].text_or(""), services_.clock.now());
    if (!token && token.error().code == Errc::expired)
        co_return refuse("ExpiredIteratorException", "Iterator expired: one can be used for {} seconds after it was given out.",
                         kTokenLife / kSecond);
    auto at = token ? ShardIterator::from_bytes(*token) : Result<ShardIterator>(std::unexpected(token.error()));
    if (!at) co_return refuse("InvalidArgumentException", "Invalid ShardIterator.");
    const auto stream = services_.directory.find_id(at->stream_id);
    if (!stream) co_return refuse("ResourceNotFoundException", "The stream of this ShardIterator has been deleted.");
    if (!in["StreamARN"].is_null()) {
        const auto named = stream_of(in);
        if (!named) co_return std::unexpected(named.error());
        if (*named != stream)
            co_return refuse("InvalidArgumentException", "The ShardIterator is not of the stream that StreamARN names.");
    }
    const auto* shard = stream->shard_by_number(at->shard_number);
    // A closed shard whose records have all expired: there is nothing more to come, whoever asks has seen its end.
    if (!shard) co_return refuse("ResourceNotFoundException", "The shard of this ShardIterator has expired.");
    if (in["DryRun"].boolean().value_or(false))
        co_return refuse("DryRunOperationException", "Request would have succeeded, but the DryRun flag is set.");
    const Stopwatch took;
    auto& pace = services_.paces[shard->number];
    const bool limited = stream->row.limits == "aws";
    if (!take_read_call(*stream, *shard, "GetRecords") || (limited && pace.out_bytes.in_debt(services_.clock.monotonic_ns())))
        co_return throttled(*stream, *shard);

    const auto limit = static_cast<std::size_t>(in["Limit"].integer().value_or(kMaxPageRecords));
    auto page = co_await read_shard(services_, stream, *at, std::min(limit, kMaxPageRecords), kMaxPageBytes);
    if (!page && page.error().code == Errc::permission_denied)
        co_return refuse("KMSAccessDeniedException", "{}", page.error().text());
    if (!page) co_return std::unexpected(api_error(page.error()));
    if (limited) pace.out_bytes.charge(static_cast<double>(page->bytes), services_.clock.monotonic_ns());
    count_out(*stream, *shard, *page);
    auto& meter = services_.meters[stream->row.id];
    meter.metrics.get_records_bytes += page->bytes;
    meter.metrics.get_records_records += page->records.size();
    ++meter.metrics.get_records_success;
    meter.metrics.get_records_latency.add(took.milliseconds());
    meter.shards[shard->number].iterator_age_ms = page->behind_ms;
    out.begin_structure().key("Records");
    write_records(out, *page, *shard);
    if (page->at_shard_end) {
        const auto now_stream = services_.directory.find_id(at->stream_id);
        out.key("ChildShards");
        write_children(out, now_stream ? *now_stream : *stream, shard->number);
    } else {
        ShardIterator next = *at;
        next.next_offset = page->next_offset;
        out.key("NextShardIterator").text(seal_token(token_key_, kIterator, next.bytes(), services_.clock.now()));
    }
    out.key("MillisBehindLatest").integer(page->behind_ms).end_structure();
    co_return Outcome<>();
}

void KinesisApi::count_out(const Stream& stream, const ShardRow& shard, const ShardPage& page) {
    services_.counters.read_records += page.records.size();
    services_.counters.read_bytes += page.bytes;
    auto& meter = services_.meters[stream.row.id];
    meter.traffic.records_out += page.records.size();
    meter.traffic.bytes_out += page.bytes;
    auto& of_shard = meter.shards[shard.number];
    of_shard.outgoing_records += page.records.size();
    of_shard.outgoing_bytes += page.bytes;
}

}  // namespace kns::aws
