// What the log says at start: Log::open.
//
// Groups are read from the last indexed place on. A group that ends in a good trailer was committed; a damaged batch in
// it is reported and the rest kept. Where no group can be read, a later good trailer tells that the damage is inside the
// log (its table of lengths finds the batches of its own group again); without one it is the end. Whether that end is
// merely torn or acknowledged data is gone, the marks know.
#include <algorithm>
#include <map>

#include "core/base/log.hpp"
#include "core/store/log.hpp"
#include "core/store/segment_scanner.hpp"

namespace kns {
namespace {

using Visit = std::function<Result<void>(RecoveredGroup&&)>;

// Ids in order, each with its newest generation.
Result<std::map<std::uint64_t, std::uint64_t>> list_segments(Directory& directory) {
    std::map<std::uint64_t, std::uint64_t> out;
    for (const auto& name : KNS_TRY(directory.list()))
        if (const auto parsed = parse_segment_name(name)) {
            auto& generation = out[parsed->id];
            generation = std::max(generation, parsed->generation);
        }
    return out;
}

class Recovery {
   public:
    Recovery(std::uint64_t records_total, const Visit& visit) : records_total_(records_total), visit_(visit) {}

    // Reads one segment from `position`; gives the end of its last good group.
    Result<std::uint64_t> read_segment(const File& file, std::uint64_t id, std::uint64_t position) {
        segment_ = id;
        const auto size = KNS_TRY(file.size());
        SegmentScanner scanner(file, position, size);
        std::uint64_t group_start = position;
        group_ = {};
        while (group_start < size) {
            auto batch = scanner.next();
            // A flipped control bit shows in the CRC: such a batch is a damaged one, or a damaged trailer.
            if (batch && !looks_like_trailer(batch->header)) {
                add_batch(*batch);
                continue;
            }
            if (batch) {
                auto trailer = decode_trailer(batch->bytes);
                if (trailer && trailer->group.start == group_start && group_start + trailer->group.bytes() == batch->position) {
                    KNS_TRY(finish(std::move(*trailer), scanner.position()));
                    group_start = scanner.position();
                    continue;
                }
            }
            if (!batch && batch.error().code == Errc::io_error) return std::unexpected(std::move(batch).error());
            // Unreadable from somewhere behind group_start on.
            group_ = {};
            auto next = KNS_TRY(find_trailer(scanner, group_start, size));
            if (!next) break;
            KNS_TRY(salvage_group(scanner, group_start, *next));
            group_start = scanner.position();
        }
        scanned_ += group_start - position;
        if (group_start < size) KNS_TRY(remember_tail(scanner, group_start, size));
        return group_start;
    }

    std::uint64_t records_total() const { return records_total_; }
    std::uint64_t group_number() const { return group_number_; }
    std::uint64_t scanned() const { return scanned_; }

   private:
    struct FoundTrailer {
        Trailer trailer;
        std::uint64_t position;
    };

    void add_batch(const SegmentScanner::Batch& batch) {
        const auto& h = batch.header;
        const auto records = static_cast<std::uint32_t>(h.record_count);
        if (batch_crc_matches(batch.bytes)) {
            group_.batches.push_back({h.shard_number,
                                      h.base_offset,
                                      h.last_offset(),
                                      h.max_timestamp,
                                      {segment_, batch.position},
                                      static_cast<std::uint32_t>(batch.bytes.size()),
                                      records});
            head_crcs_[batch.position] = head_crc(batch.bytes);
        } else {
            group_.damages.push_back({{segment_, batch.position},
                                      batch.bytes.size(),
                                      h.shard_number,
                                      h.base_offset,
                                      records,
                                      "checksum does not match"});
        }
    }

    // What stands behind a segment's last good group. Either it was never committed, or its trailer is damaged: the total of
    // the next group tells.
    Result<void> remember_tail(SegmentScanner& scanner, std::uint64_t from, std::uint64_t size) {
        tail_ = RecoveredGroup();
        tail_->end = {segment_, size};
        tail_->damages.push_back({{segment_, from}, size - from, std::nullopt, std::nullopt, 0, "commit trailer is damaged"});
        std::swap(group_, *tail_);
        scanner.seek(from);
        for (auto batch = scanner.next(); batch; batch = scanner.next()) {
            if (looks_like_trailer(batch->header)) break;
            add_batch(*batch);
        }
        std::swap(group_, *tail_);
        return {};
    }

    // The tail of the segment before, if it was committed: whole, or as a loss. It may be gone without a trace.
    Result<void> settle_tail(const GroupRecord& next) {
        const auto records_in = [](const RecoveredGroup& group) {
            std::uint64_t sum = 0;
            for (const auto& batch : group.batches) sum += batch.records;
            for (const auto& damage : group.damages) sum += damage.records;
            return sum;
        };
        const auto before = next.records_total - std::min(next.records_total, records_in(group_));
        auto tail = std::exchange(tail_, std::nullopt).value_or(RecoveredGroup());
        if (before <= records_total_) return {};
        if (tail.damages.empty()) {
            tail.end = end_;
            tail.damages.push_back({end_, 0, std::nullopt, std::nullopt, 0, {}});
        }
        if (records_in(tail) != before - records_total_) {
            tail.batches.clear();
            tail.damages.resize(1);
            tail.damages.front().records = before - records_total_;
            tail.damages.front().reason = "commit groups are unreadable or gone";
        }
        tail.group_number = next.group_number - 1;
        tail.records_total = before;
        return visit_(std::move(tail));
    }

    Result<void> finish(Trailer trailer, std::uint64_t end) {
        drop_batches_with_damaged_heads(trailer.group);
        KNS_TRY(settle_tail(trailer.group));
        group_number_ = group_.group_number = trailer.group.group_number;
        records_total_ = group_.records_total = trailer.group.records_total;
        group_.positions = std::move(trailer.positions);
        group_.end = end_ = {segment_, end};
        return visit_(std::exchange(group_, {}));
    }

    // Offset and shard are outside a batch's own CRC; the trailer vouches for them.
    void drop_batches_with_damaged_heads(const GroupRecord& group) {
        std::map<std::uint64_t, std::uint32_t> vouched;
        std::uint64_t at = group.start;
        for (const auto& batch : group.batches) {
            vouched[at] = batch.head_crc;
            at += batch.bytes;
        }
        std::erase_if(group_.batches, [&](const BatchEntry& batch) {
            const auto found = vouched.find(batch.place.position);
            if (found == vouched.end() || found->second == head_crcs_[batch.place.position]) return false;
            group_.damages.push_back(
                {batch.place, batch.bytes, std::nullopt, std::nullopt, batch.records, "offset or shard is damaged"});
            return true;
        });
        head_crcs_.clear();
    }

    // The first trailer behind `from` that fits the place it stands at. Client data cannot pass for one by accident: its
    // group must end exactly where it was found.
    Result<std::optional<FoundTrailer>> find_trailer(SegmentScanner& scanner, std::uint64_t from, std::uint64_t size) {
        static constexpr char kShardAndMagic[] = {0, 0, 0, 0, 2};  // bytes 12 to 16 of a trailer
        constexpr std::size_t kStep = 1 << 20, kOverlap = kBatchHeaderBytes;
        for (std::uint64_t at = from; at < size; at += kStep) {
            const auto window = as_text(KNS_TRY(scanner.view(at, kStep + kOverlap)));
            for (auto hit = window.find(kShardAndMagic, 0, 5); hit != window.npos; hit = window.find(kShardAndMagic, hit + 1, 5)) {
                const std::uint64_t position = at + hit - 12;
                if (hit < 12 || hit - 12 >= kStep) continue;
                const auto head = parse_batch_header(as_bytes(window.substr(hit - 12)));
                if (!head || !looks_like_trailer(*head) || position + head->total_bytes() > size) continue;
                const std::string copy(as_text(KNS_TRY(scanner.view(position, head->total_bytes()))));
                auto trailer = decode_trailer(as_bytes(copy));
                if (trailer && trailer->group.start >= from && trailer->group.start + trailer->group.bytes() == position) {
                    scanner.seek(position + copy.size());
                    return FoundTrailer{std::move(*trailer), position};
                }
                return find_trailer(scanner, position + 1, size);  // the window is gone
            }
        }
        return std::nullopt;
    }

    // Everything in front of a trailer that was found by searching was committed: keep what proves sound.
    Result<void> salvage_group(SegmentScanner& scanner, std::uint64_t from, FoundTrailer& found) {
        const auto end = scanner.position();
        const auto& group = found.trailer.group;
        std::vector<Damage> unreadable;
        scanner.seek(from);
        while (scanner.position() < group.start) {  // groups whose own trailer is gone
            auto batch = scanner.next();
            if (!batch || scanner.position() > group.start) {
                const auto bad = batch ? batch->position : scanner.position();
                unreadable.push_back(
                    {{segment_, bad}, group.start - bad, std::nullopt, std::nullopt, 0, "commit groups are unreadable"});
                break;
            }
            if (!looks_like_trailer(batch->header)) add_batch(*batch);
        }
        std::uint64_t at = group.start;
        for (const auto& expected : group.batches) {
            scanner.seek(at);
            auto batch = scanner.next();
            if (batch && batch->bytes.size() == expected.bytes)
                add_batch(*batch);
            else
                unreadable.push_back({{segment_, at}, expected.bytes, std::nullopt, std::nullopt, 0, "header is damaged"});
            at += expected.bytes;
        }
        // What the totals say is lost beyond the batches that could be counted.
        std::uint64_t counted = 0;
        for (const auto& batch : group_.batches) counted += batch.records;
        for (const auto& damage : group_.damages) counted += damage.records;
        const auto claimed = group.records_total - std::min(group.records_total, records_total_);
        const auto lost = claimed - std::min(claimed, counted);
        if (!unreadable.empty()) unreadable.front().records = lost;
        for (auto& damage : unreadable) group_.damages.push_back(std::move(damage));
        scanner.seek(end);
        return finish(std::move(found.trailer), end);
    }

    std::uint64_t segment_ = 0, records_total_, group_number_ = 0, scanned_ = 0;
    RecoveredGroup group_;
    std::optional<RecoveredGroup> tail_;
    Place end_;                                         // of the last group
    std::map<std::uint64_t, std::uint32_t> head_crcs_;  // of the group's batches, by position
    const Visit& visit_;
};

Result<void> keep_evidence(const Env& env, File& file, std::uint64_t segment, std::uint64_t from, std::uint64_t size) {
    auto copy = KNS_TRY(env.quarantine->open(fmt::format("tail-{:016}-{}", segment, from), true));
    std::vector<std::byte> window(1 << 20);
    for (std::uint64_t at = from; at < size;) {
        const auto n = KNS_TRY(file.read_at(window, at));
        if (n == 0) break;
        const Bytes part(window.data(), n);
        KNS_TRY(copy->write_at(std::span(&part, 1), at - from));
        at += n;
    }
    return copy->sync();
}

// Makes [from, to) of a segment durable. Syncing alone will not do: if a sync of the predecessor failed, the kernel takes
// pages for clean that never reached the disk. So they are written anew.
Result<void> write_again(File& file, std::uint64_t from, std::uint64_t to) {
    std::vector<std::byte> window(std::min<std::uint64_t>(1 << 20, to - std::min(from, to)));
    for (std::uint64_t at = from; at < to;) {
        const auto n = KNS_TRY(file.read_at(MutableBytes(window).first(std::min<std::uint64_t>(window.size(), to - at)), at));
        if (n == 0) break;
        const Bytes part(window.data(), n);
        KNS_TRY(file.write_at(std::span(&part, 1), at));
        at += n;
    }
    return file.sync();
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(const Env& env, const Start& start, const Visit& visit) {
    std::unique_ptr<Log> log(new Log(env, KNS_TRY(Marks::open(*env.log))));
    const auto mark = log->marks_.newest();
    auto& report = log->recovery_;
    report.unclean = mark && !mark->clean;
    report.power_cut = report.unclean && mark->boot_id != env.boot_id;

    log->group_number_ = start.group_number;
    log->records_total_ = start.records_total;
    Recovery recovery(start.records_total, visit);
    const auto segments = KNS_TRY(list_segments(*env.log));
    KNS_TRY(env.log->sync());  // the names of files that a predecessor made, and did not live to sync
    for (const auto& [id, generation] : segments) {
        log->segment_ = std::max(log->segment_, id);
        if (id < start.indexed.segment) continue;
        auto file = KNS_TRY(env.log->open(segment_name(id, generation), false));
        const auto from = id == start.indexed.segment ? start.indexed.position : 0;
        const auto end = KNS_TRY(recovery.read_segment(*file, id, from));
        const auto size = KNS_TRY(file->size());
        if (id != segments.rbegin()->first) {
            if (report.unclean) KNS_TRY(write_again(*file, from, end));
            continue;
        }
        // The last one: cut a torn end off and go on behind it.
        const bool missing = mark && mark->group_number > std::max(recovery.group_number(), start.group_number);
        if (size > end) {
            report.torn_bytes = size - end;
            if (missing) KNS_TRY(keep_evidence(env, *file, id, end, size));
            KNS_TRY(file->truncate(end));
        }
        KNS_TRY(report.unclean ? write_again(*file, from, end) : file->sync());
        log->file_ = std::move(file);
        log->position_ = end;
    }
    log->group_number_ = std::max(log->group_number_, recovery.group_number());
    log->records_total_ = std::max(log->records_total_, recovery.records_total());
    report.scanned_bytes = recovery.scanned();
    if (mark && mark->group_number > log->group_number_) {
        report.missing_records = mark->records_total - std::min(mark->records_total, log->records_total_);
        log_error("acknowledged_data_missing", "records={} marked_group={} found_group={}", report.missing_records,
                  mark->group_number, log->group_number_);
        log->group_number_ = mark->group_number;
        log->records_total_ = std::max(log->records_total_, mark->records_total);
    }
    // After a power cut the old mark stays until the store has settled: should it be killed meanwhile, the next start must
    // know of the power cut too.
    log->marked_group_ = log->group_number_ - 1;
    if (!report.power_cut) KNS_TRY(log->mark(false));
    return log;
}

}  // namespace kns
