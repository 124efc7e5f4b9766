#include "daemon/delivery/topic_feed.hpp"

#include "core/base/base64.hpp"
#include "core/base/log.hpp"
#include "core/firehose/kafka_topic.hpp"
#include "core/firehose/retry_policy.hpp"
#include "core/store/env.hpp"

namespace kns {
namespace {

constexpr Ms kSilence = 60 * kSecond;  // a worker says every second how far it is, unless its cluster keeps it waiting

}  // namespace

std::optional<std::int64_t> TopicFeed::position(const Stream& spool, std::int32_t partition) const {
    return services_.groups.position(spool.row.id, partition_group(partition), spool.open.front().number);
}

std::vector<TopicPosition> TopicFeed::positions(const Stream& spool) const {
    std::vector<TopicPosition> out;
    for (std::int32_t partition = 0;; ++partition) {  // all have one: a new one gets it when it is found
        const auto next = position(spool, partition);
        if (!next) return out;
        out.push_back({.partition = partition, .next_offset = *next});
    }
}

Task<Result<SecretText>> TopicFeed::secrets_for(DeliveryConfig config) {
    auto read = [this, config = std::move(config)]() -> Result<SecretText> {
        const auto topic = KNS_TRY(parse_kafka_topic(*config.source));
        if (topic.secret.empty()) return SecretText(R"({"source":null})");
        SecretText out(R"({"source":)");
        out.text().append(KNS_TRY(services_.secrets.reveal(topic.secret)).view()).append("}");
        return out;
    };
    co_return co_await run_on(services_.catalog, std::move(read));
}

Task<Result<std::vector<TopicPosition>>> TopicFeed::ask(std::string name, DeliveryConfig config, std::string where) {
    const TopicSpec spec{.source = *config.source, .group = "kns-" + name, .from = std::move(where), .positions = {}};
    auto parsed = parse_json(to_json(spec));
    if (!parsed) co_return std::unexpected(std::move(parsed).error());
    auto secrets = co_await secrets_for(std::move(config));
    if (!secrets) co_return std::unexpected(std::move(secrets).error());
    auto said = co_await supervisor_.do_aside("topic", std::move(*parsed), std::move(*secrets));
    if (!said) co_return std::unexpected(std::move(said).error());
    if (!said->topic) co_return fail(Errc::internal, "the worker said nothing of the topic");
    co_return std::move(said->topic->positions);
}

Task<Result<void>> TopicFeed::begin_at(std::string name, DeliveryConfig config, StreamPtr spool, std::string from) {
    if (from != "start" && from != "latest") {
        const auto time = parse_time(from, services_.clock.now());
        if (!time) co_return std::unexpected(time.error());
        from = std::to_string(*time);
    }
    const auto begins = co_await ask(std::move(name), std::move(config), std::move(from));
    if (!begins) co_return std::unexpected(begins.error());
    for (const auto& begin : *begins) {
        std::vector<ShardPosition> one;
        one.push_back({spool->open.front().number, begin.next_offset});
        auto noted = co_await table_.commit(spool, partition_group(begin.partition), std::move(one));
        if (!noted) co_return noted;
    }
    co_return Result<void>();
}

Task<void> TopicFeed::tend(DeliveryPtr delivery) {
    asio::steady_timer pause(services_.io);
    while (!delivery->removed && !stopping_) {
        delivery->topic_failures += 1;  // until something is read
        const auto followed = co_await follow(delivery);
        if (delivery->removed || stopping_) break;
        delivery->topic_error = followed ? Error{.code = Errc::internal, .message = "the worker ended"} : followed.error();
        delivery->topic_errors += 1;
        delivery->unread.reset();
        log_warn("topic_failed", "name={} failures={} error=\"{}\"", delivery->row.name, delivery->topic_failures,
                 delivery->topic_error->text());
        co_await table_.set_error(delivery, delivery->topic_error->text());
        delivery->changed.notify();
        pause.expires_after(std::chrono::milliseconds(retry_delay(delivery->topic_failures, real_random().next())));
        delivery->topic_pause = &pause;
        co_await pause.async_wait(kNoThrow);
        delivery->topic_pause = nullptr;
    }
}

Task<Result<void>> TopicFeed::follow(DeliveryPtr delivery) {
    const auto spool = table_.source_of(delivery->row);
    if (!spool) co_return std::unexpected(spool.error());
    const TopicSpec spec{.source = *delivery->row.config.source,
                         .group = "kns-" + delivery->row.name,
                         .from = "",
                         .shard = (*spool)->open.front().number,
                         .max_record_bytes = (*spool)->row.max_record_bytes,
                         .positions = positions(**spool)};
    auto parsed = parse_json(to_json(spec));
    if (!parsed) co_return std::unexpected(std::move(parsed).error());
    auto secrets = co_await secrets_for(delivery->row.config);
    if (!secrets) co_return std::unexpected(std::move(secrets).error());
    auto each = [this, delivery](WorkerEvent event) -> Task<Result<bool>> {
        if (!event.topic) co_return fail(Errc::internal, "the worker said something else");
        co_return co_await take(delivery, std::move(*event.topic));
    };
    co_return co_await supervisor_.follow("topic", std::move(*parsed), std::move(*secrets), kSilence, std::move(each),
                                          &delivery->topic_worker);
}

// Nothing more is asked of the worker before this is done: its pipe fills up, and it waits.
Task<Result<bool>> TopicFeed::take(DeliveryPtr delivery, TopicNews news) {
    const auto spool = table_.source_of(delivery->row);
    if (!spool) co_return std::unexpected(spool.error());
    const auto shard = (*spool)->open.front().number;
    const auto unread = [&] {
        std::int64_t sum = 0;
        for (const auto& read : news.positions)
            sum += read.end_offset - position(**spool, read.partition).value_or(read.next_offset);
        return static_cast<std::uint64_t>(sum);
    };
    delivery->unread = unread();
    while (!news.batch_base64.empty() && !delivery->removed && !stopping_ && !table_.room_in(*delivery))
        co_await delivery->changed.wait();
    if (delivery->removed || stopping_) co_return false;
    auto request = std::make_unique<AppendRequest>();
    request->stream_id = (*spool)->row.id;
    request->all_or_nothing = true;
    if (!news.batch_base64.empty()) {
        auto bytes = base64_decode(news.batch_base64);
        if (!bytes) co_return std::unexpected(std::move(bytes).error());
        auto memory = std::make_shared<std::string>(std::move(*bytes));
        const MutableBytes batch = std::as_writable_bytes(std::span(*memory));
        const auto header = parse_batch_header(batch);
        if (!header || header->total_bytes() != batch.size()) co_return fail(Errc::internal, "the worker said no batch");
        const auto ticket = prepare_stamp(batch);
        if (!ticket) co_return std::unexpected(ticket.error());
        const auto data_bytes = check_records(batch, (*spool)->row.max_record_bytes);
        if (!data_bytes) co_return std::unexpected(data_bytes.error());
        request->batches.push_back(
            {header->shard_number, batch, *ticket, static_cast<std::uint32_t>(header->record_count), *data_bytes});
        request->keep_alive.push_back(std::move(memory));
    }
    for (const auto& read : news.positions)
        if (position(**spool, read.partition) != read.next_offset)
            request->positions.push_back({(*spool)->row.id, shard, read.next_offset, partition_group(read.partition)});
    if (!request->positions.empty()) {
        const std::vector<PositionChange> changes = request->positions;
        auto outcome = co_await append_and_wait(services_, std::move(request));
        if (!outcome.error && !outcome.refused.empty()) outcome.error = std::move(outcome.refused.front().second);
        if (outcome.error) co_return std::unexpected(std::move(*outcome.error));
        for (const auto& change : changes) services_.groups.set_position(change, services_.clock.now());
    }
    co_await count_oversize(delivery, std::move(news.oversize));
    if (news.lost > 0) {
        const auto text = fmt::format("{} records of the topic were gone before they could be read", news.lost);
        log_error("topic_lost", "name={} records={}", delivery->row.name, news.lost);
        co_await table_.set_error(delivery, text);
    } else if (delivery->topic_error) {
        co_await table_.set_error(delivery, std::nullopt);
    }
    delivery->topic_error.reset();
    delivery->topic_failures = 0;
    delivery->unread = unread();
    delivery->changed.notify();
    co_return true;
}

// They stay in the topic; here they count as failed, each once.
Task<void> TopicFeed::count_oversize(DeliveryPtr delivery, std::vector<OversizeRecord> records) {
    for (const auto& record : records) {
        const auto text = fmt::format("record {} of partition {} has {} bytes, too many for a delivery stream: it was passed over",
                                      record.offset, record.partition, record.bytes);
        log_error("topic_record", "name={} error=\"{}\"", delivery->row.name, text);
        const DeliveryTotals more{.failed_records = 1};
        auto count = [this, name = delivery->row.name, key = fmt::format("{}/{}", partition_group(record.partition), record.offset),
                      more, now = services_.clock.now()] { return table_.store.add_delivered(name, key, more, now); };
        const auto counted = co_await run_on(services_.catalog, std::move(count));
        if (counted && *counted) delivery->row.delivered.failed_records += 1;
        co_await table_.set_error(delivery, text);
    }
}

Task<Result<void>> TopicFeed::catch_up(DeliveryPtr delivery, const DeliveryWaiter& waiter) {
    const auto spool = table_.source_of(delivery->row);
    if (!spool) co_return std::unexpected(spool.error());
    const auto ends = co_await ask(delivery->row.name, delivery->row.config, "latest");
    if (!ends) co_return std::unexpected(ends.error());
    const auto is_here = [&](const TopicPosition& end) { return position(**spool, end.partition).value_or(0) >= end.next_offset; };
    // The cluster has just answered: whatever was wrong may be so no longer.
    if (delivery->topic_pause) delivery->topic_pause->cancel();
    const auto errors = delivery->topic_errors;
    while (!delivery->removed && !stopping_ && !waiter.error && delivery->topic_errors == errors &&
           !std::ranges::all_of(*ends, is_here))
        co_await delivery->changed.wait();
    if (delivery->topic_errors != errors && delivery->topic_error) co_return std::unexpected(*delivery->topic_error);
    co_return Result<void>();
}

}  // namespace kns
