#include "daemon/worker/delivery_line.hpp"

#include "core/firehose/delivery_place.hpp"
#include "core/firehose/service_form.hpp"
#include "core/firehose/transform_spec.hpp"
#include "daemon/worker/object_outlet.hpp"
#include "daemon/worker/partition_outlet.hpp"
#include "daemon/worker/request_outlet.hpp"

namespace kns {

Result<std::unique_ptr<DeliveryLine>> DeliveryLine::make(const DeliverySpec& spec, const JsonValue& secrets,
                                                         std::unique_ptr<Transform> local, const Registry& registry, Ms second) {
    auto out = std::unique_ptr<DeliveryLine>(new DeliveryLine(spec));
    const DeliveryConfig& config = spec.config;
    const auto target_of = [&](const DeliveryPlace& place) {
        return SinkTarget{.destination = place.destination,
                          .endpoint = place.endpoint,
                          .region = place.region,
                          .secret = secrets[place.role],
                          .staging_secret = secrets["staging"],
                          .format = config.format,
                          .schema = config.schema,
                          .compress = config.compress,
                          .last_attempt = spec.last_attempt,
                          .source_arn = spec.arn,
                          .attributes = config.attributes,
                          .gzip = config.compress == Compression::gzip,
                          .newline = config.delimiter == Delimiter::newline,
                          .second = second};
    };
    const SinkTarget to = target_of(KNS_TRY(place_of(config)));
    const auto backup = KNS_TRY(backup_place_of(config));
    if (!config.form.empty())
        out->catalog_table_ = data_catalog_table(KNS_TRY(from_json_text<ServiceForm>(config.form, Unknown::ignore)).destination);
    if (const auto place = KNS_TRY(error_place_of(config))) {
        const bool aside = place->role == "backup";
        auto errors = ErrorOutput::make(spec, target_of(*place), aside, registry);
        if (aside) errors = context(std::move(errors), "backup");
        out->errors_ = KNS_TRY(std::move(errors));
    }
    if (config.backup_mode == BackupMode::all && backup) {
        auto writer =
            KNS_TRY(context(ObjectWriter::make(out->as_put_, target_of(*backup), config.backup_prefix, "", registry), "backup"));
        out->backup_ = std::make_unique<ObjectOutlet>(spec, std::move(writer));
    }
    const auto prefix = data_prefix(config);
    if (!to.destination.takes_objects()) {
        out->outlet_ = KNS_TRY(RequestOutlet::make(spec, to, out->errors_.get(), registry));
    } else {
        auto writer = KNS_TRY(ObjectWriter::make(spec, to, prefix, config.extension, registry));
        if (KNS_TRY(ObjectPrefix::parse(prefix)).keys() == PartitionKeys())
            out->outlet_ = std::make_unique<ObjectOutlet>(spec, std::move(writer));
        else
            out->outlet_ = std::make_unique<PartitionOutlet>(spec, std::move(writer));
    }

    if (const auto transform = KNS_TRY(parse_transform(config.transform)); transform.kind == TransformSpec::Kind::invoke_url)
        local = KNS_TRY(registry.make_transform("lambda", {.url = transform.url,
                                                           .delivery_stream_arn = spec.arn,
                                                           .source_stream_arn = spec.source_arn,
                                                           .timeout = config.transform_ms}));
    RecordPipeline::Queries queries;
    for (const auto& [name, query] : config.partition)
        queries.emplace_back(
            name, KNS_TRY(context(registry.make_query("jq", query), fmt::format("the query of partition key \"{}\"", name))));
    auto* const line = out.get();
    RecordPipeline::Ends ends{.ready = [line](const ReadyRecord& record) -> Result<void> {
                                  if (line->outlet_->empty()) KNS_TRY(line->outlet_->begin(record.place.arrival, line->identity_));
                                  const auto unfit = KNS_TRY(line->outlet_->add(record));
                                  if (!unfit) return {};
                                  return line->lose({.failure = kConversionFailure,
                                                     .data = record.original,
                                                     .place = record.place,
                                                     .code = unfit->code,
                                                     .message = unfit->message});
                              },
                              .lost = [line](const LostRecord& record) { return line->lose(record); }};
    out->pipeline_ = KNS_TRY(RecordPipeline::make(spec, std::move(local), std::move(queries), std::move(ends)));
    return out;
}

Result<void> DeliveryLine::add(const RecordView& record, const ShardRange& shard, ObjectIdentity identity) {
    if (records_++ == 0) {
        identity_ = identity;
        first_arrival_ = record.timestamp;
    }
    if (backup_) {
        const ReadyRecord whole{.data = record.value,
                                .original = record.value,
                                .place = {.shard = &shard, .offset = record.offset, .arrival = record.timestamp, .part = {}}};
        if (backup_->empty()) {
            ObjectIdentity own = identity_;
            own.seed ^= seed_from("backup");
            KNS_TRY(backup_->begin(record.timestamp, own));
        }
        KNS_TRY(backup_->add(whole));
    }
    return pipeline_->add(record, shard);
}

Result<void> DeliveryLine::lose(const LostRecord& record) {
    if (!errors_)
        return fail(Errc::conflict, "a record cannot be delivered ({}: {}), and there is no backup for it", record.code,
                    record.message)
            .hint("kns firehose update NAME --backup DIRECTORY");
    errors_->add(std::string(record.failure), {.data = record.data,
                                               .arrival = record.place.arrival,
                                               .sequence_number = record.place.sequence_number(),
                                               .subsequence_number = record.place.part.value_or(0),
                                               .code = record.code,
                                               .message = record.message,
                                               .attempts = record.attempts,
                                               .attempt_end = Clock::real().now(),
                                               .traits = record.traits,
                                               .data_catalog_table = catalog_table_});
    return {};
}

Result<std::vector<DeliveredObject>> DeliveryLine::cut() {
    KNS_TRY(pipeline_->flush());
    std::vector<DeliveredObject> out;
    // A delivery that fails leaves no backup or error record twice: these come last, and under the same names again.
    if (!outlet_->empty()) out = KNS_TRY(outlet_->end());
    if (errors_ && !errors_->empty())
        for (auto& made : KNS_TRY(errors_->end(identity_))) out.push_back(std::move(made));
    if (backup_ && !backup_->empty())
        for (auto& made : KNS_TRY(backup_->end())) {
            made.backup = true;
            out.push_back(std::move(made));
        }
    records_ = 0;
    return out;
}

}  // namespace kns
