#include "daemon/worker/request_outlet.hpp"

namespace kns {

Result<std::unique_ptr<Outlet>> RequestOutlet::make(const DeliverySpec& spec, const SinkTarget& target, ErrorOutput* errors,
                                                    const Registry& registry) {
    std::unique_ptr<RequestOutlet> out(new RequestOutlet(spec));
    out->url_ = target.destination.url();
    out->errors_ = errors;
    out->sink_ = KNS_TRY(registry.make_record_sink(target));
    return out;
}

bool RequestOutlet::is_full(const RecordView& next, std::uint64_t records_left) const {
    return Outlet::is_full(next, records_left) || waiting_.size() >= sink_->most_records() ||
           (!waiting_.empty() && held_.size() + next.value.size() > sink_->most_bytes());
}

Result<void> RequestOutlet::begin(UnixMs, ObjectIdentity identity) {
    identity_ = identity;
    held_.clear();
    waiting_.clear();
    return {};
}

Result<std::optional<UnfitRecord>> RequestOutlet::add(const ReadyRecord& record) {
    waiting_.push_back({held_.size(), record.data.size(), record.place, record.place.id()});
    held_ += record.data;
    count(record);
    return {};
}

Result<void> RequestOutlet::refuse(const Waiting& record, std::string_view code, std::string_view message) {
    if (!errors_)
        return fail(Errc::conflict, "{} will not take a record ({}: {}), and there is no backup for it", url_, code, message)
            .hint("kns firehose update NAME --backup DIRECTORY");
    errors_->add(std::string(sink_->failure_type()), {.data = data_of(record),
                                                      .arrival = record.place.arrival,
                                                      .sequence_number = record.place.sequence_number(),
                                                      .subsequence_number = record.place.part.value_or(0),
                                                      .code = code,
                                                      .message = message,
                                                      .attempts = spec_.attempts,
                                                      .attempt_end = Clock::real().now(),
                                                      .traits = sink_->traits_of(outgoing_of(record))});
    return {};
}

// What was added is one request, unless records have become more, or larger, on their way than one may hold.
Result<std::vector<DeliveredObject>> RequestOutlet::end() {
    std::vector<DeliveredObject> out;
    const std::span all(waiting_);
    for (std::size_t begin = 0; begin < all.size();) {
        std::size_t end = begin, bytes = 0;
        while (end < all.size() && end - begin < sink_->most_records() &&
               (end == begin || bytes + all[end].size <= sink_->most_bytes()))
            bytes += all[end++].size;
        ObjectIdentity identity = identity_;
        if (begin > 0) identity.seed ^= seed_from(all[begin].id);
        auto made = KNS_TRY(send(all.subspan(begin, end - begin), identity));
        if (made.records > 0) out.push_back(std::move(made));
        begin = end;
    }
    take_count();
    return out;
}

Result<DeliveredObject> RequestOutlet::send(std::span<const Waiting> records, ObjectIdentity identity) {
    std::vector<OutgoingRecord> outgoing;
    std::vector<const Waiting*> sent;
    for (const auto& record : records) {
        if (record.size > sink_->most_record_bytes()) {
            KNS_TRY(refuse(record, sink_->too_large_code(),
                           fmt::format("the record has {} bytes, {} at most are sent", record.size, sink_->most_record_bytes())));
        } else {
            sent.push_back(&record);
            outgoing.push_back(outgoing_of(record));
        }
    }
    DeliveredObject made;
    made.key = request_id(identity);
    made.url = url_;
    if (outgoing.empty()) return made;
    made.first_arrival = format_time(sent.front()->place.arrival);
    made.last_arrival = format_time(sent.back()->place.arrival);
    auto refused = sink_->send(outgoing, made.key);
    const bool give_up = errors_ && std::exchange(may_give_up_, false);
    if (!refused) {
        const SendFailure& failure = refused.error();
        if (!give_up) return std::unexpected(failure.error);
        std::size_t next = 0;  // of those that were taken
        for (std::size_t i = 0; i < sent.size(); ++i) {
            if (next < failure.taken.size() && failure.taken[next] == i) {
                ++next;
                ++made.records;
                made.bytes += outgoing[i].data.size();
            } else {
                KNS_TRY(refuse(*sent[i], failure.code, failure.error.message));
            }
        }
        made.stored_bytes = made.bytes;
        return made;
    }
    made.records = sent.size() - refused->size();
    for (const auto& record : outgoing) made.bytes += record.data.size();
    for (const auto& record : *refused) {
        made.bytes -= outgoing[record.index].data.size();
        KNS_TRY(refuse(*sent[record.index], record.code, record.message));
    }
    made.stored_bytes = made.bytes;
    return made;
}

}  // namespace kns
