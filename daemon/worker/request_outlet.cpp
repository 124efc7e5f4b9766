#include "daemon/worker/request_outlet.hpp"

#include "core/base/ids.hpp"

namespace kns {

Result<std::unique_ptr<Outlet>> RequestOutlet::make(const DeliverySpec& spec, const SinkTarget& target,
                                                    std::unique_ptr<ErrorOutput> errors, const Registry& registry) {
    std::unique_ptr<RequestOutlet> out(new RequestOutlet(spec));
    out->url_ = target.destination.url();
    out->errors_ = std::move(errors);
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

Result<void> RequestOutlet::add(const RecordView& record, const ShardRange& shard) {
    waiting_.push_back({held_.size(), record.value.size(), record.timestamp,
                        SequenceNumber{shard.created_s, record.offset, record.timestamp / kSecond, shard.shard_index}.text()});
    held_ += record.value;
    count(record);
    return {};
}

Result<void> RequestOutlet::refuse(const Waiting& record, std::string_view code, std::string_view message) {
    if (!errors_)
        return fail(Errc::conflict, "{} will not take a record ({}: {}), and there is no backup for it", url_, code, message)
            .hint("kns firehose update NAME --backup DIRECTORY");
    errors_->add(std::string(sink_->failure_type()), {.data = data_of(record),
                                                      .arrival = record.arrival,
                                                      .sequence_number = record.sequence_number,
                                                      .code = code,
                                                      .message = message,
                                                      .attempts = spec_.attempts,
                                                      .attempt_end = Clock::real().now(),
                                                      .traits = sink_->traits_of(outgoing_of(record))});
    return {};
}

Result<std::vector<DeliveredObject>> RequestOutlet::end() {
    std::vector<OutgoingRecord> outgoing;
    std::vector<std::size_t> sent;  // which of those that wait
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
        if (waiting_[i].size > sink_->most_record_bytes()) {
            KNS_TRY(
                refuse(waiting_[i], sink_->too_large_code(),
                       fmt::format("the record has {} bytes, {} at most are sent", waiting_[i].size, sink_->most_record_bytes())));
        } else {
            sent.push_back(i);
            outgoing.push_back(outgoing_of(waiting_[i]));
        }
    }
    const std::string id = request_id(identity_);
    DeliveredObject made = take_count();
    made.key = id;
    made.url = url_;
    if (!outgoing.empty()) {
        auto refused = sink_->send(outgoing, id);
        const bool give_up = errors_ && std::exchange(may_give_up_, false);
        if (!refused && !give_up) return std::unexpected(std::move(refused).error().error);
        if (!refused) {
            const SendFailure& failure = refused.error();
            for (const auto i : sent) KNS_TRY(refuse(waiting_[i], failure.code, failure.error.message));
            sent.clear();
        } else {
            for (const auto& record : *refused) KNS_TRY(refuse(waiting_[sent[record.index]], record.code, record.message));
            for (std::size_t i = 0; i < outgoing.size(); ++i) made.stored_bytes += outgoing[i].data.size();
            for (const auto& record : *refused) made.stored_bytes -= outgoing[record.index].data.size();
        }
    }
    std::vector<DeliveredObject> out;
    if (errors_) out = KNS_TRY(errors_->end(identity_));
    for (const auto& failed : out) made.records -= failed.records;
    made.bytes = made.stored_bytes;
    if (made.records > 0) out.insert(out.begin(), std::move(made));
    return out;
}

}  // namespace kns
