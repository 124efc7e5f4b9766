#include "daemon/worker/object_writer.hpp"

#include "core/base/log.hpp"
#include "core/firehose/delivery_spec.hpp"
#include "core/firehose/table_format.hpp"

namespace kns {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // what is handed on at a time; with the plugins' own buffers, all the memory there is

}  // namespace

Result<ObjectWriter> ObjectWriter::make(const DeliverySpec& spec, const SinkTarget& target, std::string_view prefix,
                                        const std::string& extension, const Registry& registry) {
    ObjectWriter out;
    out.spec_ = &spec;
    out.registry_ = &registry;
    out.destination_ = target.destination;
    out.prefix_ = KNS_TRY(ObjectPrefix::parse(prefix));
    out.format_ = KNS_TRY(registry.make_format(spec.config));
    out.naming_ = {.delivery = spec.delivery, .version = spec.version, .extension = std::string(out.format_->extension())};
    // A table's columns are compressed, each for itself, by its format.
    if (spec.config.compress != Compression::none && !is_table_format(spec.config.format)) {
        out.compressor_ = KNS_TRY(registry.make_compressor(name_of_enum(spec.config.compress)));
        out.naming_.extension += out.compressor_->extension();
        out.traits_.content_encoding = out.compressor_->content_encoding();
    }
    if (!extension.empty()) out.naming_.extension = extension;
    out.sink_ = KNS_TRY(registry.make_sink(target));
    if (const auto schema = out.sink_->schema()) KNS_TRY(out.format_->set_schema(*schema));
    return out;
}

Result<std::unique_ptr<Format>> ObjectWriter::another_format() const {
    auto format = KNS_TRY(registry_->make_format(spec_->config));
    if (const auto schema = sink_->schema()) KNS_TRY(format->set_schema(*schema));
    return format;
}

Result<void> ObjectWriter::begin(UnixMs arrival, ObjectIdentity identity, const PartitionKeys& keys) {
    object_.reset();  // one without a record
    key_ = KNS_TRY(object_key(prefix_, naming_, object_time(*spec_, arrival), identity, {}, keys));
    object_ = KNS_TRY(sink_->begin(key_, traits_));
    stored_bytes_ = 0;
    return {};
}

Result<std::optional<UnfitRecord>> ObjectWriter::add(std::string_view record) {
    auto unfit = KNS_TRY(format_->append(record, formatted_));
    if (formatted_.size() >= kPieceBytes) KNS_TRY(hand_on(false));
    return unfit;
}

Result<void> ObjectWriter::add_formatted(std::string_view text) {
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), kPieceBytes))) {
        formatted_ += text.substr(0, kPieceBytes);
        KNS_TRY(hand_on(false));
    }
    return {};
}

Result<void> ObjectWriter::hand_on(bool last) {
    if (last) KNS_TRY(format_->finish(formatted_));
    if (!compressor_) {
        packed_.swap(formatted_);
    } else {
        KNS_TRY(compressor_->append(as_bytes(formatted_), packed_));
        if (last) KNS_TRY(compressor_->finish(packed_));
    }
    formatted_.clear();
    if (packed_.empty()) return {};
    KNS_TRY(object_->write(as_bytes(packed_)));
    stored_bytes_ += packed_.size();
    packed_.clear();
    return {};
}

Result<void> ObjectWriter::end(DeliveredObject& made) {
    KNS_TRY(hand_on(true));
    const auto skipped = KNS_TRY(object_->commit(format_->rows()));
    if (skipped) {
        log_warn("skipped", "key={} error=\"{}\"", key_, skipped->message);
        made.failure = skipped->failure;
    }
    object_.reset();
    made.key = key_;
    made.url = destination_.url_of(key_);
    made.stored_bytes = stored_bytes_;
    return {};
}

}  // namespace kns
