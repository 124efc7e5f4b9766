#include "daemon/worker/record_pipeline.hpp"

#include <thread>

#include "core/base/aggregate.hpp"
#include "core/base/log.hpp"

namespace kns {
namespace {

// A record of CloudWatch Logs is at most 1 MiB compressed, of text that was 1 MiB before it; whatever unpacks to more than
// this is a bomb.
constexpr std::size_t kMostUnpacked = 64 << 20;
constexpr std::size_t kMostKeysRemembered = 10'000;

constexpr std::string_view kProcessing = "processing-failed", kDecompression = "decompression-failed";
constexpr std::string_view kNoMetadata = "DynamicPartitioning.MetadataExtractionFailed";

}  // namespace

Result<std::unique_ptr<RecordPipeline>> RecordPipeline::make(const DeliverySpec& spec, std::unique_ptr<Transform> transform,
                                                             Queries queries, Ends ends) {
    auto out = std::unique_ptr<RecordPipeline>(new RecordPipeline(spec, std::move(transform), std::move(queries), std::move(ends)));
    out->deaggregation_ = KNS_TRY(parse_deaggregation(spec.config.deaggregate));
    out->numbered_ = out->deaggregation_.kind != Deaggregation::Kind::none || spec.config.logs == Logs::messages;
    out->prefix_ = KNS_TRY(ObjectPrefix::parse(data_prefix(spec.config)));
    out->wanted_ = out->prefix_.keys();
    return out;
}

Result<void> RecordPipeline::add(const RecordView& record, const ShardRange& shard) {
    Passing passing{.data = record.value,
                    .original = record.value,
                    .partition_key = spec_.config.reads_topic() ? record.explicit_hash_key : record.key.value_or(""),
                    .place = {.shard = &shard, .offset = record.offset, .arrival = record.timestamp, .part = {}}};
    part_ = 0;
    // Only a stream's producers aggregate so (developer guide, "Data Firehose source, Kinesis Data Streams").
    auto aggregate = spec_.config.reads_stream() ? AggregateReader::open(record.value) : std::nullopt;
    if (!aggregate) {
        if (numbered_) passing.place.part = 0;
        return read_logs(passing);
    }
    UserRecord user;
    while (aggregate->next(user)) {
        passing.data = passing.original = user.data;
        passing.partition_key = user.key;
        passing.place.part = part_;
        KNS_TRY(read_logs(passing));
        if (!numbered_) ++part_;
    }
    return {};
}

Result<void> RecordPipeline::read_logs(const Passing& record) {
    if (spec_.config.logs == Logs::none) return take_apart(record);
    const auto text = decompress_gzip(record.data, kMostUnpacked);
    if (!text) return lose(record, kDecompression, "Decompression failed.", text.error().message);
    Passing passing = record;
    passing.data = *text;
    if (spec_.config.logs == Logs::decompress) return take_apart(passing);
    const auto messages = log_messages(*text);
    if (!messages) return lose(record, kProcessing, "CloudWatchLogProcessing.MalformedData", messages.error().message);
    for (const auto& message : *messages) {
        const std::string line = message + "\n";  // as the service has been seen to write them
        passing.data = line;
        KNS_TRY(take_apart(passing));
    }
    return {};
}

Result<void> RecordPipeline::take_apart(const Passing& record) {
    if (!numbered_) return hold(record);
    const auto parts = parts_of(deaggregation_, record.data);
    if (!parts) return lose(record, kProcessing, "RecordDeAggregation.MalformedData", parts.error().message);
    Passing passing = record;
    for (const auto part : *parts) {
        passing.data = part;
        // A part can be put again by itself; what was in a log's record only together with it.
        if (spec_.config.logs == Logs::none) passing.original = part;
        passing.place.part = part_++;
        KNS_TRY(hold(passing));
    }
    return {};
}

Result<void> RecordPipeline::hold(const Passing& record) {
    static const std::map<std::string, std::string> kNone;
    if (!transform_) return partition(record, kNone);
    if (record.data.size() > transform_->most_bytes())
        return lose(
            record, kProcessing, "Lambda.FunctionError",
            fmt::format("the record has {} bytes, the transform takes {} at most", record.data.size(), transform_->most_bytes()));
    const std::size_t most = std::min<std::size_t>(spec_.config.transform_bytes, transform_->most_bytes());
    if (!held_.empty() && (held_bytes_ + record.data.size() > most || held_.size() >= transform_->most_records())) KNS_TRY(flush());
    held_bytes_ += record.data.size();
    held_.push_back({std::string(record.data), record.original.data() == record.data.data() ? "" : std::string(record.original),
                     std::string(record.partition_key), record.place});
    return {};
}

Result<void> RecordPipeline::flush() {
    if (held_.empty()) return {};
    const auto held = std::exchange(held_, {});
    held_bytes_ = 0;
    std::vector<TransformInput> inputs;
    for (const auto& record : held) {
        TransformInput input{.id = record.place.id(), .data = record.data, .arrival = record.place.arrival};
        if (spec_.config.reads_stream()) {
            input.shard_id = shard_id_text(record.place.shard->shard_index);
            input.partition_key = record.partition_key;
            input.sequence_number = record.place.sequence_number();
            input.subsequence_number = record.place.part.value_or(0);
        } else if (spec_.config.reads_topic()) {
            const auto slash = record.partition_key.find('/');
            input.partition_id = record.partition_key.substr(0, slash);
            input.offset = record.partition_key.substr(std::min(record.partition_key.size(), slash + 1));
        }
        inputs.push_back(std::move(input));
    }
    const auto attempts = static_cast<std::uint32_t>(spec_.config.transform_retries) + 1;
    auto outcomes = transform_->run(inputs);
    for (std::uint32_t attempt = 1; !outcomes && attempt < attempts; ++attempt) {
        log_warn("transform", "attempt={} code={} error=\"{}\"", attempt, outcomes.error().code, outcomes.error().error.text());
        if (on_retry_) on_retry_();
        // A service that is asked too much is given time: from a tenth of a second, doubling, to five.
        std::this_thread::sleep_for(std::chrono::milliseconds(std::min<Ms>(5 * kSecond, 100ll << std::min(attempt - 1, 6u))));
        outcomes = transform_->run(inputs);
    }
    for (std::size_t i = 0; i < held.size(); ++i) {
        const Held& record = held[i];
        Passing passing{.data = record.data,
                        .original = record.original.empty() ? std::string_view(record.data) : std::string_view(record.original),
                        .partition_key = record.partition_key,
                        .place = record.place};
        if (!outcomes) {
            KNS_TRY(lose(passing, kProcessing, outcomes.error().code, outcomes.error().error.text(), attempts));
            continue;
        }
        const TransformOutcome& outcome = (*outcomes)[i];
        if (outcome.kind == TransformOutcome::Kind::dropped) continue;
        if (outcome.kind == TransformOutcome::Kind::failed) {
            KNS_TRY(lose(passing, kProcessing, outcome.code, outcome.message));
            continue;
        }
        passing.data = outcome.data;
        KNS_TRY(partition(passing, outcome.partition_keys));
    }
    return {};
}

Result<void> RecordPipeline::partition(const Passing& record, const std::map<std::string, std::string>& from_lambda) {
    if (wanted_ == PartitionKeys())
        return ends_.ready({.data = record.data, .original = record.original, .place = record.place, .keys = nullptr});
    PartitionKeys keys{.query = {}, .lambda = from_lambda};
    for (const auto& [name, query] : queries_) {
        auto value = query->value_in(record.data);
        if (!value) return lose(record, kProcessing, kNoMetadata, value.error().message);
        keys.query.emplace(name, std::move(*value));
    }
    std::erase_if(keys.lambda, [&](const auto& key) { return !wanted_.lambda.contains(key.first); });
    for (const auto& [name, value] : wanted_.lambda)
        if (const auto given = keys.lambda.find(name); given == keys.lambda.end() || given->second.empty())
            return lose(record, kProcessing, kNoMetadata, "partitionKeys values must not be null or empty");
    if (!good_keys_.contains(keys)) {
        std::uint64_t seed = 0;
        if (const auto good = validate_key(prefix_.evaluate(record.place.arrival, seed, {}, keys) + "x"); !good)
            return lose(record, kProcessing, kNoMetadata, good.error().message);
        if (good_keys_.size() >= kMostKeysRemembered) good_keys_.clear();
        good_keys_.insert(keys);
    }
    return ends_.ready({.data = record.data, .original = record.original, .place = record.place, .keys = &keys});
}

Result<void> RecordPipeline::lose(const Passing& record, std::string_view failure, std::string_view code, std::string_view message,
                                  std::uint32_t attempts) {
    LostRecord lost{.failure = failure,
                    .data = record.original,
                    .place = record.place,
                    .code = code,
                    .message = message,
                    .attempts = attempts,
                    .traits = {}};
    if (transform_) lost.traits = transform_->traits();
    return ends_.lost(lost);
}

}  // namespace kns
