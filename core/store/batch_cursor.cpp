#include "core/store/batch_cursor.hpp"

#include <algorithm>

#include "core/base/resize_uninitialized.hpp"
#include "core/store/batch_seal.hpp"
#include "core/store/segment_scanner.hpp"

namespace kns {
namespace {

constexpr std::size_t kExtentsPerLookup = 32;

MutableBytes memory_of(BatchCursor::Chunk& chunk) { return std::as_writable_bytes(std::span(chunk.bytes)); }

// The first place from `from` on where a sound batch of the extent's shard stands that has not been read.
std::optional<std::size_t> find_batch(Bytes bytes, std::size_t from, const Extent& extent, const BatchCursor::Range& range) {
    constexpr std::size_t kAtMagic = 16;
    for (std::size_t at = from; at + kBatchHeaderBytes <= bytes.size(); ++at) {
        if (bytes[at + kAtMagic] != std::byte{2}) continue;
        const auto header = parse_batch_header(bytes.subspan(at));
        if (!header || header->shard_number != extent.shard || header->base_offset < range.next ||
            header->last_offset() > extent.last_offset)
            continue;
        if (header->total_bytes() <= bytes.size() - at && batch_crc_matches(bytes.subspan(at, header->total_bytes()))) return at;
    }
    return std::nullopt;
}

// Whether the trailer of its group confirms the part of a batch that its own CRC does not cover: offset and shard.
bool head_is_vouched_for(const File& file, std::uint64_t position, Bytes batch) {
    const auto size = file.size();
    if (!size) return false;
    SegmentScanner scanner(file, position, *size);
    for (;;) {
        const auto next = scanner.next();
        if (!next) return false;
        if (!looks_like_trailer(next->header)) continue;
        const auto trailer = decode_trailer(next->bytes);
        if (!trailer) return false;
        auto at = trailer->group.start;
        for (const auto& member : trailer->group.batches) {
            if (at == position) return member.bytes == batch.size() && member.head_crc == head_crc(batch);
            at += member.bytes;
        }
        return false;
    }
}

// Whether every offset of the extent was given to a record in it: none was burned in between.
bool has_no_holes(const Extent& extent) {
    return extent.records == static_cast<std::uint64_t>(extent.last_offset - extent.first_offset + 1);
}

// Whether the stretch is as it was written: every batch passes, and those of the extent's shard are all there.
bool is_whole(Bytes bytes, const Extent& extent) {
    std::int64_t next = extent.first_offset;
    std::uint64_t records = 0;
    while (!bytes.empty()) {
        const auto header = parse_batch_header(bytes);
        if (!header || header->total_bytes() > bytes.size() || !batch_crc_matches(bytes.first(header->total_bytes()))) return false;
        if (header->shard_number == extent.shard) {
            if (header->base_offset < next) return false;
            next = header->last_offset() + 1;
            records += static_cast<std::uint64_t>(header->record_count);
        }
        bytes = bytes.subspan(header->total_bytes());
    }
    return next == extent.last_offset + 1 && records == extent.records;
}

}  // namespace

Result<std::shared_ptr<const File>> SegmentFiles::get(const Extent& extent) {
    const std::pair key(extent.place.segment, extent.generation);
    if (auto found = open_.find(key); found != open_.end()) return found->second;
    if (open_.size() >= 16) open_.erase(open_.begin());
    std::shared_ptr<const File> file = KNS_TRY(log_.open(segment_name(key.first, key.second), false));
    open_[key] = file;
    return file;
}

BatchCursor::BatchCursor(std::vector<Range> ranges, FindKey find_key) : find_key_(std::move(find_key)) {
    for (const auto& range : ranges) add(range);
}

void BatchCursor::add(Range range) {
    ranges_[range.shard] = range;
    at_ = {};  // its batches may lie before what has been read; the others' are skipped by their offsets
}

bool BatchCursor::finished() const {
    return std::ranges::all_of(ranges_, [](const auto& entry) { return entry.second.next >= entry.second.end; });
}

// Errc::corrupt: damage. Anything else: it cannot be told now whether it is.
Result<Bytes> BatchCursor::decrypted(MutableBytes stored) {
    const auto number = KNS_TRY(key_number_of(stored));
    if (!find_key_) return fail(Errc::unsupported, "an encrypted batch, and no keys to read it");
    const auto key = find_key_(number);
    if (!key && key.error().code == Errc::not_found) return fail(Errc::corrupt, "it names data key {}, which never was", number);
    return KNS_TRY(open_batch(*KNS_TRY(Result<DataKeyPtr>(key)), stored));
}

void BatchCursor::forget_candidates() {
    candidates_ = {};
    looked_up_.clear();
}

// Every shard that has no extent waiting gets its next ones.
Result<void> BatchCursor::refill(ExtentFinder& finder, UnixMs horizon_ms) {
    for (auto& [shard, range] : ranges_) {
        if (range.next >= range.end) continue;
        auto& known = looked_up_.try_emplace(shard, -1).first->second;
        if (known >= range.next) continue;
        for (auto& extent : KNS_TRY(finder.find(shard, range.next, horizon_ms, kExtentsPerLookup))) {
            if (extent.first_offset >= range.end) break;
            known = std::max(known, extent.last_offset);
            candidates_.push({extent});
        }
    }
    return {};
}

Result<void> BatchCursor::read(ExtentFinder& finder, SegmentFiles& files, UnixMs horizon_ms, std::size_t max_bytes, Chunk& chunk) {
    chunk.batches.clear();
    chunk.encrypted.clear();
    chunk.damages.clear();
    chunk.records = chunk.size = 0;
    chunk.at_end = false;
    for (;;) {
        KNS_TRY(refill(finder, horizon_ms));
        if (candidates_.empty()) {
            chunk.at_end = true;
            return {};
        }
        const Extent extent = candidates_.top().extent;
        const auto& range = ranges_.at(extent.shard);
        if (extent.last_offset < range.next || range.next >= range.end) {  // read already, on the way to another shard's
            candidates_.pop();
            continue;
        }
        if (behind_.erase(extent.shard) || extent.end() <= at_) at_ = extent.place;  // passed over before: go back for it
        auto more = read_window(extent, files, horizon_ms, max_bytes, chunk);
        if (!more && more.error().code == Errc::not_found) {
            // The collector has moved it, or retention removed it: look again, from where we are.
            forget_candidates();
            at_ = {extent.place.segment, 0};
            auto again = KNS_TRY(finder.find(extent.shard, range.next, horizon_ms, 1));
            if (!again.empty() && again.front().place == extent.place && !files.get(again.front())) {
                chunk.damages.push_back(
                    {extent.place, extent.bytes, extent.shard, extent.first_offset, extent.records, "segment file is missing"});
                ranges_.at(extent.shard).next = extent.last_offset + 1;
            }
            if (!chunk.damages.empty()) return {};
            continue;
        }
        KNS_TRY(std::move(more));
        if (!chunk.batches.empty() || !chunk.damages.empty()) return {};
    }
}

// Reads from at_ (or the extent's start) to the extent's end, at most max_bytes, and keeps what is wanted. Batches of all
// wanted shards are taken on the way, so that the log's order is kept.
Result<bool> BatchCursor::read_window(const Extent& extent, SegmentFiles& files, UnixMs horizon_ms, std::size_t max_bytes,
                                      Chunk& chunk) {
    const auto file = KNS_TRY(files.get(extent));
    std::uint64_t start = extent.place.position;
    if (at_.segment == extent.place.segment) start = std::max(start, at_.position);
    const auto stretch = static_cast<std::size_t>(extent.end().position - start);
    std::size_t wanted = std::min(stretch, std::max(max_bytes, kBatchHeaderBytes));
    if (chunk.bytes.size() < wanted) resize_uninitialized(chunk.bytes, wanted);
    std::size_t have = KNS_TRY(file->read_at(memory_of(chunk).first(wanted), start));

    // Damage is asked about once: another copy of the segment may be sound. Then what follows is read again.
    auto healed = [&](std::size_t from) {
        if (std::exchange(mended_, extent.end()) == extent.end()) return false;
        const auto sound = [&](Bytes bytes) { return is_whole(bytes, extent); };
        if (!file->repair(extent.place.position, extent.bytes, sound).value_or(false)) return false;
        at_ = {extent.place.segment, start + from};
        return true;
    };
    auto lose = [&](std::size_t from, std::size_t bytes, const BatchHeader* header, std::string reason) {
        const Place place{extent.place.segment, start + from};
        Damage damage{place, bytes, std::nullopt, std::nullopt, 0, std::move(reason)};
        if (header) {
            damage.shard = header->shard_number;
            damage.first_offset = header->base_offset;
            damage.records = static_cast<std::uint64_t>(header->record_count);
        }
        chunk.damages.push_back(std::move(damage));
    };
    std::size_t at = 0;
    if (have == 0) {
        if (healed(0)) return true;
        auto& range = ranges_.at(extent.shard);
        lose(0, stretch, nullptr, "the segment ends before it");
        chunk.damages.back().shard = extent.shard;
        chunk.damages.back().first_offset = range.next;
        range.next = extent.last_offset + 1;
        at = stretch;
    }
    std::size_t hole = 0;  // behind the last of the extent's own batches
    while (at < have) {
        const Bytes rest = as_bytes(chunk.bytes).subspan(at, have - at);
        const auto header =
            rest.size() >= kBatchHeaderBytes ? parse_batch_header(rest) : Result<BatchHeader>(fail(Errc::not_found, "cut"));
        if (!header && header.error().code == Errc::corrupt) {
            if (healed(at)) return true;
            // No telling where the next batch begins: look for one that proves itself in the whole of the stretch.
            auto& range = ranges_.at(extent.shard);
            if (have < stretch) {
                if (at > 0) break;  // the next call begins here, with nothing yet in the chunk that points into it
                resize_uninitialized(chunk.bytes, std::max(chunk.bytes.size(), stretch));
                const auto more = KNS_TRY(file->read_at(memory_of(chunk).first(stretch), start));
                if (std::exchange(have, more) != more) continue;
            }
            const auto next = find_batch(as_bytes(chunk.bytes).first(have), at + 1, extent, range);
            const auto found_offset =
                next ? parse_batch_header(as_bytes(chunk.bytes).subspan(*next))->base_offset : extent.last_offset + 1;
            if (found_offset > std::max(range.next, extent.first_offset)) {
                lose(at, (next ? *next : stretch) - at, nullptr, header.error().message);
                auto& damage = chunk.damages.back();
                damage.shard = extent.shard;
                damage.first_offset = range.next;
                damage.records = static_cast<std::uint64_t>(found_offset - std::max(range.next, extent.first_offset));
                range.next = found_offset;
                at_ = {};  // batches of other shards that were lost here are noticed from their own stretches
                return true;
            }
            at = next ? *next : stretch;
            continue;
        }
        const std::size_t total = header ? header->total_bytes() : kBatchHeaderBytes;
        if (total > rest.size()) {
            if (at > 0) break;  // the next call begins with it
            // One batch larger than the window: fetch the whole of it.
            wanted = total;
            resize_uninitialized(chunk.bytes, std::max(chunk.bytes.size(), wanted));
            const auto now_have = KNS_TRY(file->read_at(memory_of(chunk).first(wanted), start));
            if (now_have == have) {
                if (healed(at)) return true;
                auto& range = ranges_.at(extent.shard);
                lose(at, rest.size(), header ? &*header : nullptr, "cut off");
                range.next = extent.last_offset + 1;
                at = stretch;
                break;
            }
            have = now_have;
            continue;
        }
        const auto found = ranges_.find(header->shard_number);
        // In passing, only what follows on: whether a gap in another shard is damage shows in its own stretch.
        const bool own = header->shard_number == extent.shard;
        const bool follows =
            found != ranges_.end() &&
            (own || (header->base_offset == found->second.next && header->last_offset() <= looked_up_[header->shard_number]));
        if (!follows && found != ranges_.end()) behind_.insert(header->shard_number);
        if (follows && header->last_offset() >= found->second.next && header->base_offset < found->second.end) {
            auto& range = found->second;
            Bytes batch = rest.first(total);
            // Offsets follow one another within an extent. Anything else is a reader who begins inside of a batch, a gap, or a
            // damaged offset: the trailer of its group knows.
            const auto expected = std::max(range.next, extent.first_offset);
            const bool odd = own && (header->base_offset != expected || header->last_offset() > extent.last_offset);
            if (odd && !head_is_vouched_for(*file, start + at, batch)) {
                if (healed(at)) return true;
                lose(at, total, &*header, "offset or shard is damaged");
                chunk.damages.back().first_offset = expected;
                range.next = std::min(expected + header->last_offset_delta, extent.last_offset) + 1;
                at += total;
                continue;
            }
            std::string reason;
            bool foreign = own && header->last_offset() > extent.last_offset;
            const bool leaves_hole = own && header->base_offset > expected && has_no_holes(extent);
            if (!batch_crc_matches(batch)) {
                if (healed(at)) return true;
                reason = "checksum does not match";
            } else if (is_encrypted(*header) && header->max_timestamp >= horizon_ms) {
                const auto opened = decrypted(memory_of(chunk).subspan(at, total));
                if (!opened && opened.error().code != Errc::corrupt) return std::unexpected(opened.error());
                if (opened) batch = *opened;
                if (!opened) reason = opened.error().message;
                foreign |= !opened && leaves_hole;
            }
            if (foreign) {  // not of this place, whatever it says: what is missing here shows behind it
                at += total;
                continue;
            }
            if (leaves_hole && reason.empty()) {
                if (healed(extent.place.position - start)) return true;
                lose(hole, at - hole, nullptr, "a batch is not where the index has it");
                auto& damage = chunk.damages.back();
                damage.shard = extent.shard;
                damage.first_offset = expected;
                damage.records = static_cast<std::uint64_t>(header->base_offset - expected);
            }
            if (!reason.empty()) {
                lose(at, total, &*header, std::move(reason));
            } else if (header->max_timestamp >= horizon_ms) {
                auto& runs = chunk.batches;
                const bool sealed = is_encrypted(*header);
                if (!runs.empty() && runs.back().data() + runs.back().size() == batch.data() && chunk.encrypted.back() == sealed) {
                    runs.back() = Bytes(runs.back().data(), runs.back().size() + batch.size());
                } else {
                    runs.push_back(batch);
                    chunk.encrypted.push_back(sealed);
                }
                chunk.records += static_cast<std::uint64_t>(header->record_count);
                chunk.size += batch.size();
            }
            range.next = header->last_offset() + 1;
        }
        if (own && header->last_offset() < ranges_.at(extent.shard).next) hole = at + total;
        at += total;
    }
    at_ = {extent.place.segment, start + at};
    auto& range = ranges_.at(extent.shard);
    if (at >= stretch && range.next < range.end && range.next <= extent.last_offset) {
        // Walked through without meeting what the index says is here: its header no longer names this shard.
        if (healed(extent.place.position - start)) return true;
        lose(hole, at - hole, nullptr, "a batch is not where the index has it");
        chunk.damages.back().shard = extent.shard;
        chunk.damages.back().first_offset = range.next;
        chunk.damages.back().records = static_cast<std::uint64_t>(extent.last_offset + 1 - range.next);
        range.next = extent.last_offset + 1;
    }
    return true;
}

}  // namespace kns
