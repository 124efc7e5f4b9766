#include "daemon/worker/deliver.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "daemon/worker/batch_source.hpp"
#include "daemon/worker/command_transform.hpp"
#include "daemon/worker/delivery_line.hpp"
#include "daemon/worker/function_transform.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxQueryBytes = 8 << 10;  // the daemon takes heads up to 16 KiB
constexpr std::int64_t kProgressEveryNs = 500'000'000;

class Delivery {
   public:
    Delivery(const DeliverySpec& spec, const std::function<void(const WorkerEvent&)>& say)
        : spec_(spec), say_(say), ranges_(spec.ranges) {}

    Result<void> prepare(const Registry& registry, const JsonValue& secrets, std::unique_ptr<Transform> local) {
        line_ = KNS_TRY(DeliveryLine::make(spec_, secrets, std::move(local), registry));
        // A transform may take its time again and again: whoever waits hears that it is being tried.
        line_->on_retry([this] { say_({.progress = progress_}); });
        for (const auto& range : ranges_) progress_.total += static_cast<std::uint64_t>(range.end_offset - range.first_offset);
        left_ = progress_.total;
        progress_.unit = "records";
        return {};
    }

    Result<WorkerEvent> run(const std::string& socket) {
        if (left_ > 0) KNS_TRY(read_all(KNS_TRY(BatchSource::open(socket, target()))));
        KNS_TRY(cut());
        done_.lost_records += spec_.expired_records;
        WorkerEvent last{.done = done_};
        for (const auto& range : spec_.ranges) last.positions.push_back({range.shard_number, range.end_offset});
        return last;
    }

   private:
    // A thousand shards' ranges do not fit in a request's head: then everything behind the group's position, which is where
    // an attempt begins, and what comes behind the bounds is left out here.
    std::string target() const {
        const std::string path = "/v1/streams/" + percent_encode(spec_.source) + "/batches?";
        const std::string ranges = range_query(ranges_);
        if (ranges.size() < kMaxQueryBytes) return path + "range=" + ranges;
        return path + "group=" + percent_encode(position_group(spec_.delivery));
    }

    Result<void> read_all(BatchSource source) {
        while (const auto batch = KNS_TRY(source.next())) {
            RecordReader reader(*batch);
            if (reader.header().is_control()) {
                if (KNS_TRY(take_control(reader))) return {};
                continue;
            }
            if (reader.header().attributes & kBatchCodecMask)
                return fail(Errc::unsupported, "shard {} holds compressed batches, which cannot be delivered yet",
                            reader.header().shard_number);
            KNS_TRY(take(reader));
            report_progress();
        }
        // Without `end` something stopped the daemon half way: what is missing now may come next time.
        return fail(Errc::unavailable, "the daemon stopped before the end of the records");
    }

    // What only the daemon knows, between the records. True at their end.
    Result<bool> take_control(RecordReader& reader) {
        RecordView record;
        if (!KNS_TRY(reader.next(record))) return false;
        if (record.key == "gap") {  // damaged and put into quarantine; numbers that never had a record are no gap
            const JsonValue said = KNS_TRY(parse_json(record.value));
            const auto lost = said["records"].as_uint();
            log_warn("gap", "what={}", record.value);
            done_.lost_records += lost ? *lost : 0;
        }
        if (record.key != "end") return false;
        const JsonValue said = KNS_TRY(parse_json(record.value));
        const std::string* reason = said["reason"].as_string();
        if (reason && *reason == "until_end") return true;
        return fail(Errc::unavailable, "the records ended early: {}", reason ? *reason : "no reason given");
    }

    Result<void> take(RecordReader& reader) {
        const auto range = std::find_if(ranges_.begin(), ranges_.end(),
                                        [&](const ShardRange& r) { return r.shard_number == reader.header().shard_number; });
        if (range == ranges_.end()) return {};
        RecordView record;
        while (KNS_TRY(reader.next(record))) {
            // Whole batches come: the first and the last may reach beyond the bounds.
            if (record.offset < range->first_offset || record.offset >= range->end_offset) continue;
            if (line_->is_full(record, left_)) KNS_TRY(cut());
            // Names are drawn from what is left to be delivered when an object begins, and every attempt comes by here with the
            // same: either from the job's start or from the positions that an earlier object reported.
            const auto identity = line_->empty() ? object_identity(spec_, ranges_) : ObjectIdentity();
            KNS_TRY(line_->add(record, *range, identity));
            left_ -= static_cast<std::uint64_t>(record.offset + 1 - range->first_offset);
            range->first_offset = record.offset + 1;
        }
        return {};
    }

    Result<void> cut() {
        if (line_->empty()) return {};
        read_ += line_->records();
        const auto made = KNS_TRY(line_->cut());
        for (const auto& object : made) {
            if (!object.backup) {  // which holds the same records once more
                done_.records += object.records;
                done_.bytes += object.bytes;
                done_.objects += 1;
            }
            WorkerEvent event{.object = object};
            // With the last of them all is said about these positions.
            for (std::size_t i = 0; &object == &made.back() && i < ranges_.size(); ++i)
                if (ranges_[i].first_offset != spec_.ranges[i].first_offset)
                    event.positions.push_back({ranges_[i].shard_number, ranges_[i].first_offset});
            say_(event);
        }
        return {};
    }

    void report_progress() {
        const auto now = Clock::real().monotonic_ns();
        if (now - reported_ns_ < kProgressEveryNs) return;
        reported_ns_ = now;
        progress_.done = read_ + line_->records();
        say_({.progress = progress_});
    }

    const DeliverySpec& spec_;
    const std::function<void(const WorkerEvent&)>& say_;
    std::vector<ShardRange> ranges_;  // what is not yet in an object
    std::uint64_t left_ = 0;          // so many offsets
    std::unique_ptr<DeliveryLine> line_;
    std::uint64_t read_ = 0;  // before the last cut
    JobProgress progress_;
    WorkerDone done_;
    std::int64_t reported_ns_ = 0;
};

}  // namespace

Result<WorkerEvent> deliver(const DeliverySpec& spec, const JsonValue& secrets, std::unique_ptr<Transform> local,
                            const std::string& socket, const Registry& registry,
                            const std::function<void(const WorkerEvent&)>& say) {
    Delivery delivery(spec, say);
    KNS_TRY(delivery.prepare(registry, secrets, std::move(local)));
    return delivery.run(socket);
}

Result<std::unique_ptr<Transform>> start_transform(const DeliverySpec& spec) {
    const auto transform = KNS_TRY(parse_transform(spec.config.transform));
    if (transform.kind == TransformSpec::Kind::command)
        return context(CommandTransform::start(transform, spec.config.transform_ms), "transform");
    if (transform.kind == TransformSpec::Kind::function) return context(FunctionTransform::start(transform, spec), "transform");
    return nullptr;
}

}  // namespace kns
