// A topic of a Kafka cluster, by librdkafka: all partitions by one consumer, whose positions are kept by who asks, and not by the
// cluster.
#define KNS_PLUGIN_GIVES "gives=topic kafka\n"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>

#include "core/base/log.hpp"
#include "core/firehose/kafka_topic.hpp"
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

using std::chrono::steady_clock;

constexpr int kPatience = 10'000;                      // milliseconds, for whatever is asked of the brokers
constexpr std::chrono::seconds kLookForPartitions{5};  // as often
constexpr int kKept = 16 << 20;                        // bytes that are fetched ahead

template <auto destroy>
struct Destroy {
    template <class T>
    void operator()(T* what) const {
        destroy(what);
    }
};
using Handle = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy<rd_kafka_topic_partition_list_destroy>>;

Errc code_of(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return Errc::not_found;
        case RD_KAFKA_RESP_ERR__SSL:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return Errc::permission_denied;
        default: return Errc::unavailable;
    }
}

class KafkaReader final : public TopicReader {
   public:
    KafkaReader(KafkaTopic topic, JsonValue secret, std::string group)
        : topic_(std::move(topic)), secret_(std::move(secret)), group_(std::move(group)) {}

    Result<void> open() {
        std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>> settings(rd_kafka_conf_new());
        rd_kafka_conf_set_opaque(settings.get(), this);
        rd_kafka_conf_set_log_cb(settings.get(), [](const rd_kafka_t*, int level, const char* about, const char* text) {
            if (level <= 4) log_warn("kafka", "about={} text=\"{}\"", about, text);
        });
        rd_kafka_conf_set_error_cb(settings.get(), [](rd_kafka_t*, int error, const char* text, void* self) {
            static_cast<KafkaReader*>(self)->heard(static_cast<rd_kafka_resp_err_t>(error), text);
        });
        const auto set = [&](const char* name, const std::string& value) -> Result<void> {
            char why[512];
            if (rd_kafka_conf_set(settings.get(), name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
                return fail(Errc::unsupported, "librdkafka: {}", why);
            return {};
        };
        KNS_TRY(set("bootstrap.servers", topic_.brokers));
        KNS_TRY(set("client.id", "kns"));
        KNS_TRY(set("group.id", group_));  // nothing is done in its name: partitions are assigned by us
        KNS_TRY(set("enable.auto.commit", "false"));
        KNS_TRY(set("enable.auto.offset.store", "false"));
        KNS_TRY(set("enable.partition.eof", "true"));
        KNS_TRY(set("auto.offset.reset", "error"));  // that records are gone is not passed over in silence
        KNS_TRY(set("fetch.max.bytes", std::to_string(kKept)));
        KNS_TRY(set("queued.max.messages.kbytes", std::to_string(kKept >> 10)));
        KNS_TRY(set("security.protocol", topic_.tls ? (topic_.sasl.empty() ? "ssl" : "sasl_ssl")
                                                    : (topic_.sasl.empty() ? "plaintext" : "sasl_plaintext")));
        if (!topic_.sasl.empty()) {
            const auto *user = secret_["username"].as_string(), *password = secret_["password"].as_string();
            if (!user || !password)
                return fail(Errc::invalid_argument, "the secret \"{}\" has no username and password", topic_.secret);
            std::string mechanism = topic_.sasl;
            std::ranges::transform(mechanism, mechanism.begin(),
                                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            KNS_TRY(set("sasl.mechanisms", mechanism));
            KNS_TRY(set("sasl.username", *user));
            KNS_TRY(set("sasl.password", *password));
        }
        char why[512];
        handle_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, settings.get(), why, sizeof why));
        if (!handle_) return fail(Errc::io_error, "librdkafka: {}", why);
        std::ignore = settings.release();  // it is the handle's now
        rd_kafka_poll_set_consumer(handle_.get());
        name_.reset(rd_kafka_topic_new(handle_.get(), topic_.topic.c_str(), nullptr));
        if (!name_) return fail(Errc::io_error, "librdkafka: {}", rd_kafka_err2str(rd_kafka_last_error()));
        return {};
    }

    Result<std::vector<TopicPosition>> positions_at(std::string_view start_or_latest, std::optional<UnixMs> time) override {
        std::vector<TopicPosition> out;
        const auto count = KNS_TRY(count_partitions());
        const PartitionList at_time(time ? rd_kafka_topic_partition_list_new(count) : nullptr);
        for (std::int32_t partition = 0; partition < count; ++partition) {
            const auto [low, high] = KNS_TRY(bounds(partition));
            out.push_back({partition, start_or_latest == "latest" || time ? high : low, high});
            if (time) rd_kafka_topic_partition_list_add(at_time.get(), topic_.topic.c_str(), partition)->offset = *time;
        }
        if (!time) return out;
        if (const auto error = rd_kafka_offsets_for_times(handle_.get(), at_time.get(), kPatience))
            return said(error, "looking for a time in the topic");
        for (const auto& found : std::span(at_time->elems, static_cast<std::size_t>(at_time->cnt))) {
            if (found.err) return said(found.err, "looking for a time in the topic");
            if (found.offset >= 0) out[static_cast<std::size_t>(found.partition)].next_offset = found.offset;
        }
        return out;
    }

    Result<void> begin(std::span<const TopicPosition> positions) override {
        for (const auto& position : positions) places_[position.partition].next = position.next_offset;
        return look_for_partitions();
    }

    Result<void> read(Ms wait, const std::function<bool(const TopicRecord&)>& take) override {
        if (steady_clock::now() >= look_again_) KNS_TRY(look_for_partitions());
        for (bool more = true; more; wait = 0) {
            const Message message(rd_kafka_consumer_poll(handle_.get(), static_cast<int>(wait)));
            if (!message) break;
            if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                Place& place = places_[message->partition];
                place.next = std::max(place.next, message->offset);  // behind what is no record: a transaction's end
                place.at_end = true;
            } else if (message->err) {
                return said(message->err, rd_kafka_message_errstr(message.get()));
            } else {
                Place& place = places_[message->partition];
                place.next = message->offset + 1;
                place.at_end = false;
                const auto text = [](const void* data, std::size_t size) -> std::optional<std::string_view> {
                    if (!data) return std::nullopt;
                    return std::string_view(static_cast<const char*>(data), size);
                };
                more = take({.partition = message->partition,
                             .offset = message->offset,
                             .key = text(message->key, message->key_len),
                             .value = text(message->payload, message->len)});
            }
        }
        if (refusal_) return said(*refusal_, "reading the topic");
        return {};
    }

    std::vector<TopicPosition> positions() const override {
        std::vector<TopicPosition> out;
        for (const auto& [partition, place] : places_) {
            std::int64_t low = 0, high = 0;  // which the newest fetch has told, if there was one
            std::ignore = rd_kafka_get_watermark_offsets(handle_.get(), topic_.topic.c_str(), partition, &low, &high);
            out.push_back({partition, place.next, place.at_end ? place.next : std::max({place.next, high, place.end_at_first})});
        }
        return out;
    }

    std::uint64_t take_lost() override { return std::exchange(lost_, 0); }

   private:
    struct Place {
        std::int64_t next = 0, end_at_first = 0;
        bool assigned = false, at_end = false;
    };
    struct Bounds {
        std::int64_t low = 0, high = 0;
    };

    // Called by polling, and while something is waited for.
    void heard(rd_kafka_resp_err_t error, const char* text) {
        last_words_ = text;
        last_words_.resize(std::min(last_words_.size(), last_words_.find(" (after ")));  // how often is of no interest
        if (code_of(error) == Errc::permission_denied) refusal_ = error;
    }

    // In the words of the library's newest complaint, if there is one: a call's own error is "timed out" then.
    Failure said(rd_kafka_resp_err_t error, std::string_view doing) {
        rd_kafka_poll(handle_.get(), 0);
        error = refusal_.value_or(error);
        return fail(code_of(error), "{}: {}", doing, last_words_.empty() ? rd_kafka_err2str(error) : last_words_);
    }

    Result<std::int32_t> count_partitions() {
        const rd_kafka_metadata_t* found = nullptr;
        if (const auto error = rd_kafka_metadata(handle_.get(), 0, name_.get(), &found, kPatience))
            return said(error, fmt::format("asking {} for the topic", topic_.brokers));
        const std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>> metadata(found);
        if (metadata->topic_cnt != 1) return fail(Errc::not_found, "topic \"{}\" not found", topic_.topic);
        const auto& topic = metadata->topics[0];
        if (topic.err) return fail(code_of(topic.err), "topic \"{}\": {}", topic_.topic, rd_kafka_err2str(topic.err));
        last_words_.clear();  // of a broker that is away while others are there
        if (topic.partition_cnt == 0) return fail(Errc::unavailable, "topic \"{}\" has no partitions yet", topic_.topic);
        return topic.partition_cnt;
    }

    Result<Bounds> bounds(std::int32_t partition) {
        Bounds out;
        if (const auto error =
                rd_kafka_query_watermark_offsets(handle_.get(), topic_.topic.c_str(), partition, &out.low, &out.high, kPatience))
            return said(error, fmt::format("partition {} of topic \"{}\"", partition, topic_.topic));
        return out;
    }

    Result<void> look_for_partitions() {
        const auto count = KNS_TRY(count_partitions());
        look_again_ = steady_clock::now() + kLookForPartitions;
        const PartitionList fresh(rd_kafka_topic_partition_list_new(1));
        for (std::int32_t partition = 0; partition < count; ++partition) {
            auto [found, unknown] = places_.try_emplace(partition);
            Place& place = found->second;
            if (place.assigned) continue;
            const auto [low, high] = KNS_TRY(bounds(partition));
            // A topic that ends before the position is another one, of the same name.
            const bool another = place.next > high;
            if (!unknown && !another && place.next < low) lost_ += static_cast<std::uint64_t>(low - place.next);
            if (unknown || another || place.next < low) place.next = low;
            rd_kafka_topic_partition_list_add(fresh.get(), topic_.topic.c_str(), partition)->offset = place.next;
            place.end_at_first = high;
            place.assigned = true;
        }
        if (fresh->cnt == 0) return {};
        using AssignError = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
        if (const AssignError error(rd_kafka_incremental_assign(handle_.get(), fresh.get())); error)
            return fail(Errc::io_error, "reading the topic: {}", rd_kafka_error_string(error.get()));
        return {};
    }

    const KafkaTopic topic_;
    const JsonValue secret_;
    const std::string group_;
    Handle handle_;
    Topic name_;  // before the handle it goes
    std::map<std::int32_t, Place> places_;
    std::uint64_t lost_ = 0;
    steady_clock::time_point look_again_;
    std::optional<rd_kafka_resp_err_t> refusal_;  // waiting is of no use
    std::string last_words_;
};

Result<std::unique_ptr<TopicReader>> make_reader(const TopicTarget& target) {
    auto reader = std::make_unique<KafkaReader>(KNS_TRY(parse_kafka_topic(target.url)), target.secret, target.group);
    KNS_TRY(reader->open());
    return reader;
}

}  // namespace
}  // namespace kns

KNS_PLUGIN(kafka, "topics of Kafka clusters, by librdkafka") { registry.add_topic_reader("kafka", kns::make_reader); }
