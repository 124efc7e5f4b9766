#include "daemon/worker/error_output.hpp"

#include <algorithm>

namespace kns {

Result<std::unique_ptr<ErrorOutput>> ErrorOutput::make(const DeliverySpec& spec, const SinkTarget& target, bool now,
                                                       const Registry& registry) {
    std::unique_ptr<ErrorOutput> out(new ErrorOutput(spec, target, registry));
    const auto& prefix = spec.config.error_prefix;
    out->prefix_ = KNS_TRY(ObjectPrefix::parse(prefix.empty() ? kDefaultErrorPrefix : prefix, PrefixKind::error));
    if (now) KNS_TRY(out->open());
    return out;
}

Result<void> ErrorOutput::open() {
    if (!sink_) sink_ = KNS_TRY(registry_.make_sink(target_));
    return {};
}

void ErrorOutput::add(const std::string& failure, const FailedRecord& record) {
    Lines& lines = lines_[failure];
    const auto before = lines.text.size();
    append_error_record(lines.text, failure, record);
    bytes_ += lines.text.size() - before;
    lines.first_arrival = lines.records ? std::min(lines.first_arrival, record.arrival) : record.arrival;
    lines.last_arrival = std::max(lines.last_arrival, record.arrival);
    ++lines.records;
}

Result<std::vector<DeliveredObject>> ErrorOutput::end(ObjectIdentity identity) {
    std::vector<DeliveredObject> out;
    if (!lines_.empty()) KNS_TRY(open());
    for (const auto& [failure, lines] : lines_) {
        ObjectIdentity own = identity;
        own.seed ^= seed_from(failure);  // beside an object of data there may be one of errors
        const ObjectNaming naming{.delivery = spec_.delivery, .version = spec_.version, .extension = {}};
        DeliveredObject made;
        made.key = KNS_TRY(object_key(prefix_, naming, object_time(spec_, lines.first_arrival), own, failure));
        const auto object = KNS_TRY(sink_->begin(made.key, {}));
        KNS_TRY(object->write(as_bytes(lines.text)));
        KNS_TRY(object->commit(0));
        made.url = target_.destination.url_of(made.key);
        made.failure = failure;
        made.records = lines.records;
        made.bytes = made.stored_bytes = lines.text.size();
        made.first_arrival = format_time(lines.first_arrival);
        made.last_arrival = format_time(lines.last_arrival);
        out.push_back(std::move(made));
    }
    lines_.clear();
    bytes_ = 0;
    return out;
}

}  // namespace kns
