#include "daemon/worker/deliver.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/firehose/object_key.hpp"
#include "daemon/worker/batch_source.hpp"

namespace kns {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // what is handed on at a time; with the plugins' own buffers, all the memory there is
constexpr std::size_t kMaxQueryBytes = 8 << 10;  // the daemon takes heads up to 16 KiB
constexpr std::int64_t kProgressEveryNs = 500'000'000;

class Delivery {
   public:
    Delivery(const DeliverySpec& spec, const std::function<void(const WorkerEvent&)>& say)
        : spec_(spec), say_(say), ranges_(spec.ranges) {}

    Result<void> prepare(const Registry& registry, JsonValue secret) {
        destination_ = KNS_TRY(parse_destination(spec_.config.to));
        prefix_ = KNS_TRY(ObjectPrefix::parse(spec_.config.prefix));
        format_ = KNS_TRY(registry.make_format(spec_.config));
        if (spec_.config.compress != Compression::none)
            compressor_ = KNS_TRY(registry.make_compressor(name_of_enum(spec_.config.compress)));
        sink_ = KNS_TRY(registry.make_sink({.destination = destination_,
                                            .endpoint = spec_.config.endpoint,
                                            .region = spec_.config.region,
                                            .secret = std::move(secret)}));
        naming_ = {.delivery = spec_.delivery, .version = spec_.version, .extension = std::string(format_->extension())};
        if (compressor_) {
            naming_.extension += compressor_->extension();
            traits_.content_encoding = compressor_->content_encoding();
        }
        for (const auto& range : ranges_) progress_.total += static_cast<std::uint64_t>(range.end_offset - range.first_offset);
        left_ = progress_.total;
        progress_.unit = "records";
        return {};
    }

    Result<WorkerEvent> run(const std::string& socket) {
        if (left_ > 0) KNS_TRY(read_all(KNS_TRY(BatchSource::open(socket, target()))));
        KNS_TRY(end_object());
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
            const ObjectSoFar so_far{.records = info_.records, .bytes = info_.bytes, .first_arrival = first_arrival_};
            if (object_ && ends_object(spec_.config.hints(), so_far, record.timestamp, left_)) KNS_TRY(end_object());
            if (!object_) KNS_TRY(begin_object(record.timestamp));
            KNS_TRY(format_->append(record, formatted_));
            left_ -= static_cast<std::uint64_t>(record.offset + 1 - range->first_offset);
            range->first_offset = record.offset + 1;
            info_.records += 1;
            info_.bytes += record.value.size();
            last_arrival_ = record.timestamp;
            if (formatted_.size() >= kPieceBytes) KNS_TRY(hand_on(false));
        }
        return {};
    }

    // The name is drawn from what is left to be delivered when the object begins, and every attempt comes by here with
    // the same: either from the job's start or from the positions that an earlier object reported.
    Result<void> begin_object(UnixMs arrival) {
        info_ = {};
        first_arrival_ = last_arrival_ = arrival;
        info_.key = KNS_TRY(object_key(prefix_, naming_, arrival, object_identity(spec_, ranges_)));
        info_.url = destination_.url_of(info_.key);
        object_ = KNS_TRY(sink_->begin(info_.key, traits_));
        return {};
    }

    Result<void> hand_on(bool last) {
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
        info_.stored_bytes += packed_.size();
        packed_.clear();
        return {};
    }

    Result<void> end_object() {
        if (!object_) return {};
        KNS_TRY(hand_on(true));
        KNS_TRY(object_->commit());
        object_.reset();
        info_.first_arrival = format_time(first_arrival_);
        info_.last_arrival = format_time(last_arrival_);
        done_.records += info_.records;
        done_.bytes += info_.bytes;
        done_.objects += 1;
        WorkerEvent event{.object = info_};
        for (std::size_t i = 0; i < ranges_.size(); ++i)
            if (ranges_[i].first_offset != spec_.ranges[i].first_offset)
                event.positions.push_back({ranges_[i].shard_number, ranges_[i].first_offset});
        say_(event);
        return {};
    }

    void report_progress() {
        const auto now = Clock::real().monotonic_ns();
        if (now - reported_ns_ < kProgressEveryNs) return;
        reported_ns_ = now;
        progress_.done = done_.records + info_.records * (object_ != nullptr);
        say_({.progress = progress_});
    }

    const DeliverySpec& spec_;
    const std::function<void(const WorkerEvent&)>& say_;
    std::vector<ShardRange> ranges_;  // what is not yet in an object
    std::uint64_t left_ = 0;          // so many offsets
    Destination destination_;
    ObjectPrefix prefix_;
    ObjectNaming naming_;
    ObjectTraits traits_;
    std::unique_ptr<Format> format_;
    std::unique_ptr<Compressor> compressor_;  // null: none asked for
    std::unique_ptr<Sink> sink_;
    std::unique_ptr<SinkObject> object_;  // null between objects; dies before its sink
    DeliveredObject info_;                // of object_
    UnixMs first_arrival_ = 0, last_arrival_ = 0;
    std::string formatted_, packed_;
    JobProgress progress_;
    WorkerDone done_;
    std::int64_t reported_ns_ = 0;
};

}  // namespace

Result<WorkerEvent> deliver(const DeliverySpec& spec, JsonValue secret, const std::string& socket, const Registry& registry,
                            const std::function<void(const WorkerEvent&)>& say) {
    Delivery delivery(spec, say);
    KNS_TRY(delivery.prepare(registry, std::move(secret)));
    return delivery.run(socket);
}

}  // namespace kns
