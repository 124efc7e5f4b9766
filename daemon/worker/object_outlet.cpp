#include "daemon/worker/object_outlet.hpp"

namespace kns {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // what is handed on at a time; with the plugins' own buffers, all the memory there is

}  // namespace

Result<std::unique_ptr<Outlet>> ObjectOutlet::make(const DeliverySpec& spec, const SinkTarget& target, const Registry& registry) {
    std::unique_ptr<ObjectOutlet> out(new ObjectOutlet(spec));
    out->destination_ = target.destination;
    out->prefix_ = KNS_TRY(ObjectPrefix::parse(spec.config.prefix));
    out->format_ = KNS_TRY(registry.make_format(spec.config));
    out->naming_ = {.delivery = spec.delivery, .version = spec.version, .extension = std::string(out->format_->extension())};
    if (spec.config.compress != Compression::none) {
        out->compressor_ = KNS_TRY(registry.make_compressor(name_of_enum(spec.config.compress)));
        out->naming_.extension += out->compressor_->extension();
        out->traits_.content_encoding = out->compressor_->content_encoding();
    }
    out->sink_ = KNS_TRY(registry.make_sink(target));
    return out;
}

Result<void> ObjectOutlet::begin(UnixMs arrival, ObjectIdentity identity) {
    key_ = KNS_TRY(object_key(prefix_, naming_, arrival, identity));
    object_ = KNS_TRY(sink_->begin(key_, traits_));
    stored_bytes_ = 0;
    return {};
}

Result<void> ObjectOutlet::add(const RecordView& record, const ShardRange&) {
    KNS_TRY(format_->append(record, formatted_));
    count(record);
    if (formatted_.size() >= kPieceBytes) KNS_TRY(hand_on(false));
    return {};
}

Result<void> ObjectOutlet::hand_on(bool last) {
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

Result<std::vector<DeliveredObject>> ObjectOutlet::end() {
    KNS_TRY(hand_on(true));
    KNS_TRY(object_->commit());
    object_.reset();
    DeliveredObject made = take_count();
    made.key = key_;
    made.url = destination_.url_of(key_);
    made.stored_bytes = stored_bytes_;
    return std::vector{std::move(made)};
}

}  // namespace kns
