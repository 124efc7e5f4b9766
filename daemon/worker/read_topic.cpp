#include "daemon/worker/read_topic.hpp"

#include <charconv>
#include <chrono>

#include "core/base/base64.hpp"
#include "core/firehose/kafka_topic.hpp"

namespace kns {
namespace {

constexpr std::size_t kBatchBytes = 256 << 10;
constexpr Ms kHeartbeat = kSecond;

Result<std::unique_ptr<TopicReader>> reader_for(const TopicSpec& spec, const JsonValue& secret, const Registry& registry) {
    return registry.make_topic_reader("kafka", {.url = spec.source, .secret = secret, .group = spec.group});
}

// One record of the topic is one of ours, where a stream's has its explicit hash key it says where it stood; one without a value
// says that a key is gone, which is nothing to deliver.
Result<TopicNews> read_some(TopicReader& reader, const TopicSpec& spec, BatchBuilder& builder) {
    TopicNews news;
    builder.clear();
    KNS_TRY(reader.read(kHeartbeat, [&](const TopicRecord& record) {
        if (!record.value) return true;
        const auto bytes = record.value->size() + (record.key ? record.key->size() : 0);
        if (bytes > spec.max_record_bytes)
            news.oversize.push_back({record.partition, record.offset, bytes});
        else
            builder.append(record.key, *record.value, fmt::format("{}/{}", record.partition, record.offset));
        return builder.bytes() < kBatchBytes;
    }));
    if (!builder.empty()) base64_encode_append(news.batch_base64, builder.finish(0, Clock::real().now()));
    news.positions = reader.positions();
    news.lost = reader.take_lost();
    return news;
}

Result<void> read_on(const TopicSpec& spec, const JsonValue& secret, const Registry& registry,
                     const std::function<void(const WorkerEvent&)>& say) {
    const auto reader = KNS_TRY(reader_for(spec, secret, registry));
    KNS_TRY(reader->begin(spec.positions));
    BatchBuilder builder(spec.shard);
    while (true) say({.topic = KNS_TRY(read_some(*reader, spec, builder))});
}

}  // namespace

Result<WorkerEvent> topic_positions(const TopicSpec& spec, const JsonValue& secret, const Registry& registry) {
    const auto reader = KNS_TRY(reader_for(spec, secret, registry));
    std::optional<UnixMs> time;
    if (spec.from != "start" && spec.from != "latest") {
        UnixMs at = 0;
        const auto [end, error] = std::from_chars(spec.from.data(), spec.from.data() + spec.from.size(), at);
        if (error != std::errc() || end != spec.from.data() + spec.from.size())
            return fail(Errc::internal, "\"{}\" is no time", spec.from);
        time = at;
    }
    TopicNews news;
    news.positions = KNS_TRY(reader->positions_at(spec.from, time));
    return WorkerEvent{.topic = std::move(news)};
}

Error read_topic(const TopicSpec& spec, const JsonValue& secret, const Registry& registry,
                 const std::function<void(const WorkerEvent&)>& say) {
    return read_on(spec, secret, registry, say).error();
}

}  // namespace kns
