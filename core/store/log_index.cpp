#include "core/store/log_index.hpp"

#include <algorithm>

namespace kns {
namespace {

constexpr std::uint64_t kMaxExtentBytes = 1 << 20;    // what a reader fetches at once
constexpr std::uint64_t kMaxForeignBytes = 16 << 10;  // of others' batches between two of ours

// Without holes in its offsets, so that a reader who finds one knows that a batch is missing.
bool extends(const Extent& extent, const BatchEntry& batch) {
    return batch.place.segment == extent.place.segment && batch.first_offset == extent.last_offset + 1 &&
           batch.place.position - extent.end().position <= kMaxForeignBytes &&
           batch.place.position + batch.bytes - extent.place.position <= kMaxExtentBytes;
}

Extent read_extent(std::uint32_t shard, const Rows& row) {
    return {shard,      row.integer(0), row.integer(1), {row.u64(2), row.u64(3)}, row.u64(9),
            row.u64(4), row.u64(5),     row.u64(6),     row.integer(7),           row.integer(8)};
}

// Through a descriptor of its own: the log goes on meanwhile, and hears of its own failures itself. Segments before this one
// were synced when the log left them.
Result<void> sync_segment(Directory& log, std::uint64_t segment) {
    return KNS_TRY(log.open(segment_name(segment, 0), false))->sync();
}

}  // namespace

void LogIndex::add_shard(std::uint32_t shard, const ShardContent& content) {
    const std::lock_guard lock(mutex_);
    shards_[shard].content = content;
}

void LogIndex::committed(std::span<const BatchEntry> batches, std::span<const PositionChange> positions, Place end,
                         std::uint64_t group_number, std::uint64_t records_total) {
    const std::lock_guard lock(mutex_);
    for (const auto& batch : batches) {
        const auto found = shards_.find(batch.shard);
        if (found == shards_.end()) continue;  // its stream was deleted
        auto& shard = found->second;
        if (!std::exchange(shard.broken, false) && !shard.recent.empty() && extends(shard.recent.back(), batch)) {
            auto& extent = shard.recent.back();
            extent.last_offset = batch.last_offset;
            extent.bytes = batch.place.position + batch.bytes - extent.place.position;
            extent.live_bytes += batch.bytes;
            extent.records += batch.records;
            extent.last_ms = batch.arrival_ms;
            shard.saved = std::min(shard.saved, shard.recent.size() - 1);
        } else {
            shard.recent.push_back({batch.shard, batch.first_offset, batch.last_offset, batch.place, 0, batch.bytes, batch.bytes,
                                    batch.records, batch.arrival_ms, batch.arrival_ms});
        }
        shard.content.next_offset = std::max(shard.content.next_offset, batch.last_offset + 1);
        shard.content.last_ms = std::max(shard.content.last_ms, batch.arrival_ms);
        shard.content.records += batch.records;
        shard.content.bytes += batch.bytes;
        if (!std::exchange(shard.dirty, true)) dirty_.push_back(batch.shard);
    }
    for (const auto& change : positions)
        if (shards_.contains(change.shard)) positions_.push_back(change);
    unsaved_bytes_ += end.segment == end_.segment ? end.position - end_.position : end.position;
    end_ = end;
    group_number_ = group_number;
    records_total_ = records_total;
}

void LogIndex::recovered(const RecoveredGroup& group) {
    auto break_extents = [&] {
        const std::lock_guard lock(mutex_);
        for (auto& [number, shard] : shards_) shard.broken = true;
    };
    if (group.damages.empty()) return committed(group.batches, group.positions, group.end, group.group_number, group.records_total);
    for (const auto& batch : group.batches) {
        break_extents();
        committed(std::span(&batch, 1), {}, group.end, group.group_number, group.records_total);
    }
    break_extents();
    committed({}, group.positions, group.end, group.group_number, group.records_total);
}

void LogIndex::skip_offsets(std::uint32_t shard, std::int64_t count) {
    const std::lock_guard lock(mutex_);
    auto& known = shards_[shard];
    known.content.next_offset += count;
    if (!std::exchange(known.dirty, true)) dirty_.push_back(shard);
}

void LogIndex::set_end(Place end, std::uint64_t group_number, std::uint64_t records_total) {
    const std::lock_guard lock(mutex_);
    end_ = end;
    group_number_ = group_number;
    records_total_ = records_total;
}

LogIndex::Recent LogIndex::recent(std::uint32_t shard, std::int64_t offset, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    const auto found = shards_.find(shard);
    if (found == shards_.end()) return {{}, true};
    const auto& extents = found->second.recent;
    const auto first =
        std::partition_point(extents.begin(), extents.end(), [&](const Extent& e) { return e.last_offset < offset; });
    Recent out;
    for (auto it = first; it != extents.end() && out.extents.size() < limit; ++it) out.extents.push_back(*it);
    // Older extents matter only if the first one here begins behind `offset`; with none here, if any may be in SQLite.
    if (first != extents.end())
        out.complete = first != extents.begin() || first->first_offset <= offset;
    else
        out.complete = !extents.empty() || offset >= found->second.content.next_offset;
    return out;
}

ShardContent LogIndex::content(std::uint32_t shard) const {
    const std::lock_guard lock(mutex_);
    const auto found = shards_.find(shard);
    return found == shards_.end() ? ShardContent() : found->second.content;
}

std::uint64_t LogIndex::unsaved_bytes() const {
    const std::lock_guard lock(mutex_);
    return unsaved_bytes_;
}

Place LogIndex::end() const {
    const std::lock_guard lock(mutex_);
    return end_;
}

Log::Start LogIndex::state() const {
    const std::lock_guard lock(mutex_);
    return {end_, group_number_, records_total_};
}

Result<bool> LogIndex::save(Database& db, Directory* log, Sync sync) {
    struct Saved {
        std::uint32_t shard;
        std::size_t count;  // of the shard's recent extents, all of them
        std::int64_t last_offset;
    };
    std::vector<Extent> extents;
    std::vector<Saved> saved;
    std::vector<std::pair<std::uint32_t, ShardContent>> contents;
    std::vector<PositionChange> positions;
    std::vector<std::uint32_t> dirty;
    Place end;
    std::uint64_t group_number = 0, records_total = 0, bytes = 0;
    {
        const std::lock_guard lock(mutex_);
        if (dirty_.empty() && positions_.empty() && unsaved_bytes_ == 0) return false;
        for (const auto number : dirty_) {
            const auto found = shards_.find(number);
            if (found == shards_.end()) continue;
            auto& shard = found->second;
            extents.insert(extents.end(), shard.recent.begin() + static_cast<std::ptrdiff_t>(shard.saved), shard.recent.end());
            if (!shard.recent.empty()) saved.push_back({number, shard.recent.size(), shard.recent.back().last_offset});
            contents.emplace_back(number, shard.content);
            shard.dirty = false;
        }
        dirty = std::exchange(dirty_, {});
        positions = std::exchange(positions_, {});
        end = end_;
        group_number = group_number_;
        records_total = records_total_;
        bytes = unsaved_bytes_;
    }
    auto outcome = log && bytes > 0 ? sync_segment(*log, end.segment) : Result<void>();
    if (outcome)
        outcome = db.transaction(sync, [&]() -> Result<void> {
            for (const auto& e : extents)
                KNS_TRY(db.exec("INSERT OR REPLACE INTO extent VALUES (?,?,?,?,?,?,?,?,?,?)", e.shard, e.first_offset,
                                e.last_offset, e.place.segment, e.place.position, e.bytes, e.live_bytes, e.records, e.first_ms,
                                e.last_ms));
            for (const auto& [shard, c] : contents)
                KNS_TRY(db.exec("INSERT OR REPLACE INTO shard_content VALUES (?,?,?,?,?,?)", shard, c.first_offset, c.next_offset,
                                c.last_ms, c.records, c.bytes));
            for (const auto& p : positions)
                KNS_TRY(db.exec("INSERT OR REPLACE INTO group_position VALUES (?,?,?,?,?)", p.stream_id, p.group, p.shard,
                                p.next_offset, Clock::real().now()));
            return db.exec("INSERT OR REPLACE INTO log_state (id, segment, position, group_number, records) VALUES (1,?,?,?,?)",
                           end.segment, end.position, group_number, records_total);
        });
    const std::lock_guard lock(mutex_);
    if (!outcome) {  // keep it all for the next attempt
        for (const auto number : dirty)
            if (const auto found = shards_.find(number); found != shards_.end() && !std::exchange(found->second.dirty, true))
                dirty_.push_back(number);
        positions_.insert(positions_.begin(), positions.begin(), positions.end());
        return std::unexpected(std::move(outcome).error());
    }
    unsaved_bytes_ -= std::min(bytes, unsaved_bytes_);
    for (const auto& [number, count, last_offset] : saved) {
        const auto found = shards_.find(number);
        if (found == shards_.end()) continue;
        auto& shard = found->second;
        // The newest may have grown meanwhile; it stays, to grow further, unless the log has moved to another segment.
        const bool grown = shard.recent.size() > count || shard.recent.back().last_offset != last_offset;
        std::size_t drop = count - 1;
        if (!grown && shard.recent.back().place.segment != end_.segment) drop = count;
        shard.recent.erase(shard.recent.begin(), shard.recent.begin() + static_cast<std::ptrdiff_t>(drop));
        shard.saved = !grown && !shard.recent.empty() ? 1 : 0;
    }
    return true;
}

Result<Expired> LogIndex::expire(Database& db, std::uint32_t number, UnixMs horizon_ms, std::int64_t done) {
    Expired gone;
    std::int64_t first_offset = 0;
    {
        auto rows = KNS_TRY(
            db.query("SELECT last_offset, last_ms, records, live_bytes FROM extent WHERE shard = ? ORDER BY first_offset", number));
        while (KNS_TRY(rows.step())) {
            if (rows.integer(1) >= horizon_ms && rows.integer(0) >= done) {
                gone.oldest_left_ms = rows.integer(1);
                break;
            }
            first_offset = rows.integer(0) + 1;
            gone.records += rows.u64(2);
            gone.bytes += rows.u64(3);
        }
    }
    if (first_offset == 0) return gone;
    KNS_TRY(db.transaction(
        Sync::normal, [&] { return db.exec("DELETE FROM extent WHERE shard = ? AND last_offset < ?", number, first_offset); }));
    const std::lock_guard lock(mutex_);
    const auto found = shards_.find(number);
    if (found == shards_.end()) return gone;
    auto& shard = found->second;
    while (shard.saved > 0 && !shard.recent.empty() && shard.recent.front().last_offset < first_offset) {
        shard.recent.pop_front();
        --shard.saved;
    }
    shard.content.first_offset = std::max(shard.content.first_offset, first_offset);
    shard.content.records -= std::min(gone.records, shard.content.records);
    shard.content.bytes -= std::min(gone.bytes, shard.content.bytes);
    if (!std::exchange(shard.dirty, true)) dirty_.push_back(number);
    return gone;
}

void LogIndex::forget_shard(std::uint32_t shard) {
    const std::lock_guard lock(mutex_);
    shards_.erase(shard);
    std::erase_if(positions_, [&](const PositionChange& change) { return change.shard == shard; });
}

void LogIndex::forget_sealed() {
    const std::lock_guard lock(mutex_);
    for (auto& [number, shard] : shards_)
        while (shard.saved > 0 && shard.recent.front().place.segment < end_.segment) {
            shard.recent.pop_front();
            --shard.saved;
        }
}

Result<std::vector<Extent>> ExtentFinder::find(std::uint32_t shard, std::int64_t offset, UnixMs horizon_ms, std::size_t limit) {
    auto recent = index_.recent(shard, offset, limit);
    std::vector<Extent> out;
    if (!recent.complete) {
        // Memory was asked first: what moves to SQLite in between is seen twice, never missed.
        const auto before = recent.extents.empty() ? std::numeric_limits<std::int64_t>::max() : recent.extents.front().first_offset;
        auto rows = KNS_TRY(
            db_.query("SELECT first_offset, last_offset, segment, position, bytes, live_bytes, records, first_ms, last_ms, "
                      "coalesce((SELECT generation FROM segment WHERE id = extent.segment), 0) FROM extent WHERE shard = ?1 AND "
                      "first_offset >= coalesce((SELECT max(first_offset) FROM extent WHERE shard = ?1 AND first_offset <= ?2), 0) "
                      "AND first_offset < ?3 ORDER BY first_offset LIMIT ?4",
                      shard, offset, before, limit));
        while (KNS_TRY(rows.step()))
            if (auto extent = read_extent(shard, rows); extent.last_offset >= offset) out.push_back(extent);
    }
    if (out.size() < limit) out.insert(out.end(), recent.extents.begin(), recent.extents.end());
    std::erase_if(out, [&](const Extent& e) { return e.last_ms < horizon_ms; });
    return out;
}

Result<std::int64_t> ExtentFinder::first_offset_at(std::uint32_t shard, UnixMs instant) {
    // Memory first: what moves to SQLite in between is then found there.
    const auto content = index_.content(shard);
    std::int64_t found = content.next_offset;
    for (std::int64_t low = content.first_offset;;) {
        const auto recent = index_.recent(shard, low, 64);
        const auto hit = std::ranges::find_if(recent.extents, [&](const Extent& e) { return e.last_ms >= instant; });
        if (hit != recent.extents.end()) found = hit->first_offset;
        if (hit != recent.extents.end() || recent.extents.size() < 64) break;
        low = recent.extents.back().last_offset + 1;
    }
    // Arrivals rise with offsets, so the first extent that ends at or behind `instant` is the one.
    auto rows = KNS_TRY(db_.query("SELECT first_offset FROM extent WHERE shard = ? AND last_ms >= ? ORDER BY first_offset LIMIT 1",
                                  shard, instant));
    if (KNS_TRY(rows.step())) found = std::min(found, rows.integer(0));
    return found;
}

}  // namespace kns
