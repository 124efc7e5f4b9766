// SubscribeToShard: records pushed as an event stream, for five minutes.
#include "core/aws/event_stream.hpp"
#include "daemon/kinesis/describe.hpp"
#include "daemon/kinesis/kinesis_api.hpp"
#include "daemon/kinesis/shard_reader.hpp"

namespace kns::aws {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kLasts = 5min, kHeartbeat = 5s, kTakeOverAfter = 5s;
constexpr auto kUntilOthersAreDone = 50ms;
constexpr std::size_t kEventRecords = 10'000, kEventBytes = 2 << 20;

}  // namespace

struct KinesisApi::Subscription {
    steady_clock::time_point begun = steady_clock::now();
    bool taken_over = false;
};

namespace {

// One event as the client reads it.
std::string event(std::string_view type, Wire wire, std::string_view payload) {
    const std::pair<std::string_view, std::string_view> headers[] = {
        {":message-type", "event"},
        {":event-type", type},
        {":content-type", wire == Wire::cbor ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1"}};
    return encode_event(headers, payload);
}

std::string exception_event(const ApiError& error, Wire wire) {
    const std::pair<std::string_view, std::string_view> headers[] = {
        {":message-type", "exception"},
        {":exception-type", error.type},
        {":content-type", wire == Wire::cbor ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1"}};
    AnswerWriter out(wire);
    out.begin_structure().key("message").text(error.message).end_structure();
    return encode_event(headers, out.take());
}

}  // namespace

Task<Outcome<>> KinesisApi::subscribe_to_shard(const Value& in, Wire wire, HttpExchange& exchange) {
    const std::string arn(in["ConsumerARN"].text_or(""));
    auto consumer = consumer_by_arn(arn);
    if (!consumer) co_return std::unexpected(consumer.error());
    auto stream = consumer->stream;
    if (const auto status = transitions_.now(arn, services_.clock.now()); !status.empty())
        co_return refuse("ResourceInUseException", "Consumer {} is not ACTIVE, instead in state {}", arn, status);
    auto shard = shard_of(*stream, in["ShardId"].text_or(""));
    if (!shard) co_return std::unexpected(shard.error());
    const std::uint32_t number = (*shard)->number;
    const auto& position = in["StartingPosition"];
    std::optional<std::string> sequence;
    if (const auto* text = position["SequenceNumber"].text()) sequence = *text;
    const std::string type(position["Type"].text_or(""));
    auto at = co_await place(stream, *shard, type, sequence, position["Timestamp"].timestamp());
    if (!at) co_return std::unexpected(at.error());
    if (in["DryRun"].boolean().value_or(false))
        co_return refuse("DryRunOperationException", "Request would have succeeded, but the DryRun flag is set.");

    const std::pair key(consumer->row.id, number);
    auto& current = subscriptions_[key];
    if (current && steady_clock::now() - current->begun < kTakeOverAfter)
        co_return refuse("ResourceInUseException", "Another active subscription exists for this consumer: {}.", arn);
    if (settings_().limits &&
        !rates_.take("SubscribeToShard", 1, arn + " " + std::to_string(number), services_.clock.monotonic_ns())) {
        ++services_.meters[stream->row.id].metrics.subscribe_rate_exceeded;
        co_return refuse("LimitExceededException",
                         "Rate exceeded for SubscribeToShard: 1 call a second is the limit of a consumer and shard.");
    }
    if (current) current->taken_over = true;
    const auto mine = std::make_shared<Subscription>();  // shared with whoever takes over
    current = mine;
    services_.feed.changed(stream->row.id);  // the one before sees that it is over

    ++services_.meters[stream->row.id].metrics.subscribe_success;
    exchange.watch_client([this, id = stream->row.id] { services_.feed.changed(id); });
    co_await push(exchange, wire, *consumer, number, *at, mine);
    if (const auto found = subscriptions_.find(key); found != subscriptions_.end() && found->second == mine)
        subscriptions_.erase(found);
    co_return Outcome<>();
}

Task<void> KinesisApi::push(HttpExchange& exchange, Wire wire, Consumer consumer, std::uint32_t number, ShardIterator at,
                            std::shared_ptr<Subscription> mine) {
    auto stream = consumer.stream;
    const auto send = [&exchange](std::string frame) -> Task<bool> {
        const Bytes part = as_bytes(frame);
        co_return co_await exchange.write_chunk(std::span(&part, 1));
    };
    if (!co_await exchange.begin_chunks(200, "application/vnd.amazon.eventstream")) co_return;
    std::string first = event("initial-response", wire, wire == Wire::cbor ? std::string_view("\xa0", 1) : std::string_view("{}"));
    if (!co_await send(std::move(first))) co_return;
    const auto end = mine->begun + kLasts;
    const bool limited = stream->row.limits == "aws";
    TokenBucket out_bytes(kShardOutBytesPerSecond);
    auto heartbeat = steady_clock::now();
    while (steady_clock::now() < end) {
        const auto version = services_.feed.version(stream->row.id);
        std::optional<ApiError> over;
        const auto fresh = services_.directory.find_id(stream->row.id);
        const auto registered = consumers_.find(stream->row.id, consumer.row.name);
        if (!fresh || !fresh->shard_by_number(number))
            over = not_found(stream->row.name);
        else if (!registered || registered->id != consumer.row.id)
            over = ApiError{"ResourceNotFoundException", fmt::format("Consumer {} has been deregistered.", consumer.row.name)};
        else if (mine->taken_over)
            over = ApiError{"ResourceInUseException", "Another subscription of this consumer and shard has taken over."};
        if (over || exchange.client_is_gone() || services_.ending.now) {
            if (over) co_await send(exception_event(*over, wire));
            break;
        }
        stream = fresh;
        const auto* shard = stream->shard_by_number(number);
        auto page = co_await read_shard(services_, stream, at, kEventRecords, kEventBytes);
        if (!page) {
            ApiError failure = api_error(page.error());
            failure.type = page.error().code == Errc::permission_denied ? "KMSAccessDeniedException" : "InternalFailureException";
            co_await send(exception_event(failure, wire));
            break;
        }
        if (page->records.empty() && !page->at_shard_end && steady_clock::now() - heartbeat < kHeartbeat) {
            at.next_offset = page->next_offset;
            page = ShardPage{};  // nothing to hold while waiting
            co_await services_.feed.wait(stream->row.id, version, std::min(end, heartbeat + kHeartbeat));
            continue;
        }
        at.next_offset = page->next_offset;
        AnswerWriter out(wire);
        out.begin_structure().key("Records");
        write_records(out, *page, *shard);
        out.key("MillisBehindLatest").integer(page->behind_ms);
        if (page->at_shard_end) {
            out.key("ChildShards");
            write_children(out, *stream, number);
        } else {
            out.key("ContinuationSequenceNumber").text(sequence_before(*shard, at.next_offset).text());
        }
        out.end_structure();
        const auto records = page->records.size();
        std::string frame = event("SubscribeToShardEvent", wire, out.take());
        count_out(*stream, *shard, *page);
        page->chunks.clear();  // a client that is slow to take the event holds no more than that
        page->records.clear();
        auto held = allowance_.share(frame.size());
        while (!held && !exchange.client_is_gone() && !services_.ending.now) {
            asio::steady_timer timer(services_.io, kUntilOthersAreDone);
            co_await timer.async_wait(kNoThrow);
            held = allowance_.share(frame.size());
        }
        if (!co_await send(std::move(frame))) break;
        heartbeat = steady_clock::now();
        auto& metrics = services_.meters[stream->row.id].metrics;
        ++metrics.event_success;
        metrics.event_bytes += page->bytes;
        metrics.event_records += records;
        metrics.event_behind_ms = page->behind_ms;
        if (page->at_shard_end) break;
        if (!limited) continue;
        out_bytes.charge(static_cast<double>(page->bytes), services_.clock.monotonic_ns());
        while (const auto wait = out_bytes.take(0, services_.clock.monotonic_ns())) {
            asio::steady_timer timer(services_.io, std::chrono::nanoseconds(wait));
            co_await timer.async_wait(kNoThrow);
        }
    }
    co_await exchange.end_chunks();
}

}  // namespace kns::aws
