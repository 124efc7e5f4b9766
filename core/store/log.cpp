#include "core/store/log.hpp"

#include "core/base/log.hpp"

namespace kns {
namespace {

// Left free for the catalog, the marks and whoever cleans up.
constexpr std::uint64_t kReserveBytes = 4 << 20;

}  // namespace

bool Log::disk_is_full(std::uint64_t bytes) {
    const auto free = env_.log->free_bytes();
    return free && *free < bytes + kReserveBytes;
}

Result<void> Log::start_segment() {
    if (file_) KNS_TRY(sync());
    auto file = KNS_TRY(env_.log->open(segment_name(segment_ + 1, 0), true));
    KNS_TRY(file->truncate(0));  // left by a start that failed
    KNS_TRY(env_.log->sync());
    file_ = std::move(file);
    ++segment_;
    position_ = 0;
    return {};
}

Result<void> Log::append(std::span<const Bytes> batches, std::vector<PositionChange> positions, std::uint64_t records,
                         bool sync_now, std::vector<Place>& places) {
    std::uint64_t bytes = 0;
    for (const auto& batch : batches) bytes += batch.size();
    if (disk_is_full(bytes)) return fail(Errc::disk_full, "the disk is full").hint("free some space; kns goes on by itself");
    if (!file_ || (position_ > 0 && position_ + bytes > env_.segment_bytes)) KNS_TRY(start_segment());

    Trailer trailer;
    trailer.group = {group_number_ + 1, position_, records_total_ + records, {}};
    trailer.positions = std::move(positions);
    parts_.assign(batches.begin(), batches.end());
    places.clear();
    std::uint64_t at = position_;
    for (const auto& batch : batches) {
        trailer.group.add(batch);
        places.push_back({segment_, at});
        at += batch.size();
    }
    parts_.push_back(as_bytes(encode_trailer(trailer_, trailer, env_.clock->now())));

    unsynced_ = true;
    if (auto written = file_->write_at(parts_, position_); !written) return abandon_group(std::move(written).error());
    if (sync_now) {
        if (auto synced = file_->sync(); !synced) return abandon_group(std::move(synced).error());
    }
    unsynced_ = !sync_now;
    position_ = at + parts_.back().size();
    group_number_ = trailer.group.group_number;
    records_total_ = trailer.group.records_total;
    return {};
}

// A write or sync failed. What the disk holds of this group is unknown, and what the page cache says cannot be trusted
// any more: cut the group off, leave this segment for good and go on in the next. Never sync the same file again.
Result<void> Log::abandon_group(Error error) {
    const bool full = error.code == Errc::disk_full;
    const auto cut = file_->truncate(position_);
    if (full && cut) {
        // Nothing was synced and the truncation is in effect: the group certainly is not there.
        unsynced_ = true;
        return fail(Errc::disk_full, "the disk is full").hint("free some space; kns goes on by itself");
    }
    log_error("log_write_failed", "segment={} position={} error=\"{}\"", segment_, position_, error.text());
    file_.reset();
    unsynced_ = false;
    ++group_number_;  // burned, like the offsets: what may turn up after a restart must not share its number
    error.code = Errc::outcome_unknown;
    error.hint = "the data may or may not be stored: put it again if duplicates are acceptable";
    return std::unexpected(std::move(error));
}

Result<void> Log::sync() {
    if (!unsynced_ || !file_) return {};
    if (auto synced = file_->sync(); !synced) {
        file_.reset();
        unsynced_ = false;
        return synced;
    }
    unsynced_ = false;
    return {};
}

Result<void> Log::mark(bool clean) {
    if (!mark_is_behind() && !clean) return {};
    KNS_TRY(marks_.write({end(), group_number_, records_total_, env_.clock->now(), clean, env_.boot_id}, true));
    marked_group_ = group_number_;
    return {};
}

}  // namespace kns
