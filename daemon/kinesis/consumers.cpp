// Consumers with enhanced fan-out: registered, described, listed.
#include <algorithm>

#include "daemon/kinesis/changes.hpp"
#include "daemon/kinesis/describe.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxConsumersPerPage = 100;

}  // namespace

void KinesisApi::write_consumer(AnswerWriter& out, const Stream& stream, const ConsumerRow& row) {
    const auto arn = consumer_arn(stream, row);
    const auto status = transitions_.now(arn, services_.clock.now());
    out.key("ConsumerName").text(row.name).key("ConsumerARN").text(arn);
    out.key("ConsumerStatus").text(status.empty() ? "ACTIVE" : status);
    out.key("ConsumerCreationTimestamp").timestamp(row.created_s * kSecond);
}

Task<Outcome<>> KinesisApi::register_consumer(const Value& in, AnswerWriter& out) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const std::string name(in["ConsumerName"].text_or(""));
    auto tags = read_tags(in["Tags"]);
    if (!tags) co_return std::unexpected(tags.error());
    auto add = [this, stream = *stream, name, tags = *tags, now = services_.clock.now()] {
        return consumers_.add(stream->row.id, name, tags, now);
    };
    auto row = co_await run_on(services_.catalog, std::move(add));
    if (!row && row.error().code == Errc::already_exists)
        co_return refuse("ResourceInUseException", "Consumer {} of stream {} under account {} already exists.", name,
                         (*stream)->row.name, settings_().place.account);
    if (!row && row.error().code == Errc::limit_exceeded)
        co_return refuse("LimitExceededException", "Stream {} under account {} has {} registered consumers already, the limit.",
                         (*stream)->row.name, settings_().place.account, kMaxConsumers);
    if (!row) co_return std::unexpected(api_error(row.error()));
    if (const auto lasts = settings_().transition_ms; lasts > 0)
        transitions_.begin(consumer_arn(**stream, *row), "CREATING", services_.clock.now() + lasts);
    out.begin_structure().key("Consumer").begin_structure();
    write_consumer(out, **stream, *row);
    out.end_structure().end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::deregister_consumer(const Value& in, AnswerWriter&) {
    auto consumer = consumer_of(in);
    if (!consumer) co_return std::unexpected(consumer.error());
    auto remove = [this, row = consumer->row] { return consumers_.remove(row); };
    auto removed = co_await run_on(services_.catalog, std::move(remove));
    if (!removed) co_return std::unexpected(api_error(removed.error()));
    services_.feed.changed(consumer->stream->row.id);  // whoever is subscribed sees it
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::describe_consumer(const Value& in, AnswerWriter& out) {
    auto consumer = consumer_of(in);
    if (!consumer) co_return std::unexpected(consumer.error());
    out.begin_structure().key("ConsumerDescription").begin_structure();
    write_consumer(out, *consumer->stream, consumer->row);
    out.key("StreamARN").text(stream_arn(consumer->stream->row.name)).end_structure().end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::list_consumers(const Value& in, AnswerWriter& out) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto& stream_row = (*stream)->row;
    if (const auto created = in["StreamCreationTimestamp"].timestamp();
        created && *created / kSecond != stream_row.created_ms / kSecond)
        co_return std::unexpected(not_found(stream_row.name));
    const std::string purpose = "ListStreamConsumers " + stream_row.name;
    std::string after;
    if (const auto* token = in["NextToken"].text()) {
        auto payload = open_page_token(purpose, *token);
        if (!payload) co_return std::unexpected(payload.error());
        after = *payload;
    }
    auto rows = consumers_.of(stream_row.id);
    std::erase_if(rows, [&](const auto& row) { return row.name <= after; });
    const auto limit =
        std::min(static_cast<std::size_t>(in["MaxResults"].integer().value_or(kMaxConsumersPerPage)), kMaxConsumersPerPage);
    const bool more = rows.size() > limit;
    if (more) rows.resize(limit);
    out.begin_structure().key("Consumers").begin_list();
    for (const auto& row : rows) {
        out.begin_structure();
        write_consumer(out, **stream, row);
        out.end_structure();
    }
    out.end_list();
    if (more) out.key("NextToken").text(page_token(purpose, rows.back().name));
    out.end_structure();
    co_return Outcome<>();
}

}  // namespace kns::aws
