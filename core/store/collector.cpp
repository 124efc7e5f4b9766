#include "core/store/collector.hpp"

#include <algorithm>
#include <map>

#include "core/base/log.hpp"
#include "core/store/log_format.hpp"
#include "core/store/log_index.hpp"
#include "core/store/segment_scanner.hpp"

namespace kns {
namespace {

constexpr double kThin = 0.25;  // rewrite a segment when less than this part of it lives

}  // namespace

Result<Collector::Collected> Collector::collect(Place indexed) {
    Collected out;
    std::map<std::uint64_t, std::uint64_t> live, generations;
    {
        auto rows = KNS_TRY(db_.query("SELECT segment, sum(live_bytes) FROM extent GROUP BY segment"));
        while (KNS_TRY(rows.step())) live[rows.u64(0)] = rows.u64(1);
        auto moved = KNS_TRY(db_.query("SELECT id, generation FROM segment"));
        while (KNS_TRY(moved.step())) generations[moved.u64(0)] = moved.u64(1);
    }
    // What the index no longer names must be gone for good before the bytes go: a commit with FULL carries all before it. It
    // has to change something: SQLite writes no page, and syncs nothing, for a row that stays as it is.
    KNS_TRY(db_.transaction(Sync::full, [&]() -> Result<void> {
        KNS_TRY(db_.exec("UPDATE log_state SET records = records + 1"));
        return db_.exec("UPDATE log_state SET records = records - 1");
    }));
    std::vector<std::string> names;
    for (auto& name : KNS_TRY(log_.list())) {
        const auto parsed = parse_segment_name(name.ends_with(".tmp") ? name.substr(0, name.size() - 4) : name);
        if (!parsed || parsed->id >= indexed.segment) continue;
        if (name.ends_with(".tmp") || parsed->generation != generations[parsed->id])
            KNS_TRY(log_.remove(name));  // of a rewrite that was interrupted, before or behind its commit
        else
            names.push_back(std::move(name));
    }
    for (const auto& name : names) {
        const auto parsed = parse_segment_name(name);
        const auto bytes = KNS_TRY(KNS_TRY(log_.open(name, false))->size());
        if (!live.contains(parsed->id)) {
            KNS_TRY(log_.remove(name));
            KNS_TRY(db_.change("DELETE FROM segment WHERE id = ?", parsed->id));
            ++out.removed;
            out.freed_bytes += bytes;
        } else if (static_cast<double>(live[parsed->id]) < kThin * static_cast<double>(bytes)) {
            const auto left = context(rewrite(parsed->id, parsed->generation), fmt::format("rewriting segment {}", parsed->id));
            if (!left && left.error().code == Errc::corrupt) {  // it stays as it is: readers tell what of it is lost
                log_warn("segment_not_rewritten", "error=\"{}\"", left.error().text());
                continue;
            }
            if (!left) return std::unexpected(left.error());
            ++out.rewritten;
            out.freed_bytes += bytes - std::min(bytes, *left);
        }
    }
    if (out.removed || out.rewritten) {
        KNS_TRY(log_.sync());
        log_info("log_collected", "removed={} rewritten={} freed_bytes={}", out.removed, out.rewritten, out.freed_bytes);
    }
    return out;
}

// Copies the living batches, in order, into the segment's next generation, and moves the index over in one transaction.
// The catalog's generation says which file counts, so a crash anywhere in between leaves one that is whole.
Result<std::uint64_t> Collector::rewrite(std::uint64_t id, std::uint64_t generation) {
    std::vector<Extent> extents;
    {
        auto rows =
            KNS_TRY(db_.query("SELECT shard, first_offset, last_offset, position, bytes, live_bytes, records, first_ms, last_ms "
                              "FROM extent WHERE segment = ? ORDER BY position",
                              id));
        while (KNS_TRY(rows.step()))
            extents.push_back({rows.u32(0),
                               rows.integer(1),
                               rows.integer(2),
                               {id, rows.u64(3)},
                               generation,
                               rows.u64(4),
                               rows.u64(5),
                               rows.u64(6),
                               rows.integer(7),
                               rows.integer(8)});
    }
    const auto source = KNS_TRY(log_.open(segment_name(id, generation), false));
    const auto size = KNS_TRY(source->size());
    const std::string temporary = segment_name(id, generation + 1) + ".tmp";
    auto target = KNS_TRY(log_.open(temporary, true));
    KNS_TRY(target->truncate(0));

    // Stretches may overlap, and hold batches of others: copy extent by extent, each as one group of its own.
    std::uint64_t at = 0;
    BatchBuilder trailer_builder;
    for (auto& extent : extents) {
        SegmentScanner scanner(*source, extent.place.position, std::min(size, extent.end().position));
        Trailer trailer;
        trailer.group.start = at;
        std::uint64_t copied = 0;
        for (;;) {
            const auto batch = scanner.next();
            if (!batch && batch.error().code == Errc::not_found) break;
            if (!batch) return std::unexpected(batch.error());
            if (batch->header.shard_number != extent.shard) continue;
            const Bytes part = batch->bytes;
            KNS_TRY(target->write_at(std::span(&part, 1), at + copied));
            trailer.group.add(part);
            copied += part.size();
        }
        extent.place.position = at;
        extent.bytes = extent.live_bytes = copied;
        const Bytes end = as_bytes(encode_trailer(trailer_builder, trailer, extent.last_ms));
        KNS_TRY(target->write_at(std::span(&end, 1), at + copied));
        at += copied + end.size();
    }
    KNS_TRY(target->sync());
    KNS_TRY(log_.rename(temporary, segment_name(id, generation + 1)));
    KNS_TRY(log_.sync());
    KNS_TRY(db_.transaction(Sync::full, [&]() -> Result<void> {
        for (const auto& e : extents)
            KNS_TRY(db_.exec("UPDATE extent SET position = ?, bytes = ?, live_bytes = ? WHERE shard = ? AND first_offset = ?",
                             e.place.position, e.bytes, e.live_bytes, e.shard, e.first_offset));
        return db_.exec("INSERT OR REPLACE INTO segment VALUES (?, ?, ?)", id, generation + 1, at);
    }));
    KNS_TRY(log_.remove(segment_name(id, generation)));
    return at;
}

}  // namespace kns
