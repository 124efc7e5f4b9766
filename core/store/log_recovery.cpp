// What the log says at start: Log::open.
//
// Groups are read from the last indexed place on. Behind the last good one is the end; whether it is merely torn or
// acknowledged data is gone, the marks know.
#include <algorithm>

#include "core/base/log.hpp"
#include "core/store/group_reader.hpp"

namespace kns {
namespace {

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

std::uint64_t records_in(const RecoveredGroup& group) {
    std::uint64_t sum = 0;
    for (const auto& batch : group.batches) sum += batch.records;
    for (const auto& damage : group.damages) sum += damage.records;
    return sum;
}

// Behind the last good group of a segment that the log has left stands what was never committed, or a group whose trailer is
// damaged: the totals around it tell. What was committed, whole or as a loss (it may be gone without a trace), or nothing.
std::optional<RecoveredGroup> committed_tail(RecoveredGroup tail, Place begin, std::uint64_t total, const RecoveredGroup& next) {
    const auto total_before_next = next.records_total - std::min(next.records_total, records_in(next));
    if (total_before_next <= total) return std::nullopt;
    const auto missing = total_before_next - total;
    Damage damage{begin, tail.end.position - begin.position, std::nullopt, std::nullopt, 0, "commit trailer is damaged"};
    if (records_in(tail) != missing) {
        tail.batches.clear();
        tail.damages.clear();
        damage.records = missing;
        damage.reason = "commit groups are unreadable or gone";
    }
    tail.damages.insert(tail.damages.begin(), std::move(damage));
    tail.group_number = next.group_number - 1;
    tail.records_total = total_before_next;
    return tail;
}

}  // namespace

Result<std::map<std::uint64_t, std::uint64_t>> list_segments(Directory& directory) {
    std::map<std::uint64_t, std::uint64_t> out;
    for (const auto& name : KNS_TRY(directory.list()))
        if (const auto parsed = parse_segment_name(name)) {
            auto& generation = out[parsed->id];
            generation = std::max(generation, parsed->generation);
        }
    return out;
}

Result<std::unique_ptr<Log>> Log::open(const Env& env, const Start& start,
                                       const std::function<Result<void>(RecoveredGroup&&)>& visit) {
    std::unique_ptr<Log> log(new Log(env, KNS_TRY(Marks::open(*env.log))));
    const auto mark = log->marks_.newest();
    auto& report = log->recovery_;
    report.unclean = mark && !mark->clean;
    report.power_cut = report.unclean && mark->boot_id != env.boot_id;

    log->group_number_ = start.group_number;
    log->records_total_ = start.records_total;
    GroupReader reader(start.records_total);
    Place behind = start.indexed;        // the last good group
    RecoveredGroup tail{.end = behind};  // what stands there, if the log has left that segment
    const auto segments = KNS_TRY(list_segments(*env.log));
    KNS_TRY(env.log->sync());  // the names of files that a predecessor made, and did not live to sync
    for (const auto& [id, generation] : segments) {
        log->segment_ = std::max(log->segment_, id);
        if (id < start.indexed.segment) continue;
        auto file = KNS_TRY(env.log->open(segment_name(id, generation), false));
        const std::uint64_t from = id == start.indexed.segment ? start.indexed.position : 0;
        KNS_TRY(reader.begin(*file, id, from));
        for (auto total = reader.records_total(); auto group = KNS_TRY(reader.next()); total = reader.records_total()) {
            if (auto before = committed_tail(std::exchange(tail, {.end = behind}), behind, total, *group))
                KNS_TRY(visit(std::move(*before)));
            behind = tail.end = group->end;
            KNS_TRY(visit(std::move(*group)));
        }
        const auto end = reader.end(), size = reader.size();
        report.scanned_bytes += end - from;
        if (id != segments.rbegin()->first) {
            if (end < size) {
                tail = KNS_TRY(reader.tail());
                behind = {id, end};
            }
            if (report.unclean) KNS_TRY(write_again(*file, from, end));
            continue;
        }
        // The last one: cut a torn end off and go on behind it.
        const bool missing = mark && mark->group_number > std::max(reader.group_number(), start.group_number);
        if (size > end) {
            report.torn_bytes = size - end;
            if (missing) KNS_TRY(keep_evidence(env, *file, id, end, size));
            KNS_TRY(file->truncate(end));
        }
        KNS_TRY(report.unclean ? write_again(*file, from, std::min(end, size)) : file->sync());
        log->position_ = end;
        if (size >= end) log->file_ = std::move(file);  // shorter than its index says: left as it is, for good
    }
    log->group_number_ = std::max(log->group_number_, reader.group_number());
    log->records_total_ = std::max(log->records_total_, reader.records_total());
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
