#include "core/store/group_reader.hpp"

#include <algorithm>

namespace kns {

Result<void> GroupReader::begin(const File& file, std::uint64_t segment, std::uint64_t position, std::uint64_t until) {
    size_ = std::min(until, KNS_TRY(file.size()));
    segment_ = segment;
    group_start_ = position;
    group_ = {};
    head_crcs_.clear();
    scanner_.emplace(file, position, size_);
    return {};
}

Result<std::optional<RecoveredGroup>> GroupReader::next() {
    while (group_start_ < size_) {
        auto batch = scanner_->next();
        // A flipped control bit shows in the CRC: such a batch is a damaged one, or a damaged trailer.
        if (batch && !looks_like_trailer(batch->header)) {
            add_batch(*batch);
            continue;
        }
        if (batch) {
            auto trailer = decode_trailer(batch->bytes);
            if (trailer && trailer->group.start == group_start_ && group_start_ + trailer->group.bytes() == batch->position) {
                group_start_ = scanner_->position();
                return finish(std::move(*trailer), group_start_);
            }
        }
        if (!batch && batch.error().code == Errc::io_error) return std::unexpected(std::move(batch).error());
        // Unreadable from somewhere behind group_start_ on.
        group_ = {};
        auto found = KNS_TRY(find_trailer(group_start_));
        if (!found) break;
        auto group = salvage_group(group_start_, *found);
        group_start_ = scanner_->position();
        return group;
    }
    return std::nullopt;
}

Result<RecoveredGroup> GroupReader::tail() {
    group_ = {};
    scanner_->seek(group_start_);
    while (scanner_->position() < size_) {
        auto batch = scanner_->next();
        if (!batch && batch.error().code == Errc::io_error) return std::unexpected(std::move(batch).error());
        if (!batch) {
            const auto at = scanner_->position();
            group_.damages.push_back({{segment_, at}, size_ - at, std::nullopt, std::nullopt, 0, "commit groups are unreadable"});
            break;
        }
        if (!looks_like_trailer(batch->header)) add_batch(*batch);
    }
    head_crcs_.clear();
    group_.group_number = group_number_;
    group_.records_total = records_total();
    group_.end = {segment_, size_};
    return std::exchange(group_, {});
}

void GroupReader::add_batch(const SegmentScanner::Batch& batch) {
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
        group_.damages.push_back(
            {{segment_, batch.position}, batch.bytes.size(), h.shard_number, h.base_offset, records, "checksum does not match"});
    }
}

RecoveredGroup GroupReader::finish(Trailer trailer, std::uint64_t end) {
    drop_batches_with_damaged_heads(trailer.group);
    group_number_ = group_.group_number = trailer.group.group_number;
    group_.records_total = trailer.group.records_total;
    // The collector's groups have no number, and no totals.
    records_total_ = trailer.group.group_number ? std::optional(trailer.group.records_total) : std::nullopt;
    group_.positions = std::move(trailer.positions);
    group_.end = {segment_, end};
    return std::exchange(group_, {});
}

// Offset and shard are outside a batch's own CRC; the trailer vouches for them.
void GroupReader::drop_batches_with_damaged_heads(const GroupRecord& group) {
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
Result<std::optional<GroupReader::FoundTrailer>> GroupReader::find_trailer(std::uint64_t from) {
    static constexpr char kShardAndMagic[] = {0, 0, 0, 0, 2};  // bytes 12 to 16 of a trailer
    constexpr std::size_t kStep = 1 << 20, kOverlap = kBatchHeaderBytes;
    for (std::uint64_t at = from; at < size_; at += kStep) {
        const auto window = as_text(KNS_TRY(scanner_->view(at, kStep + kOverlap)));
        for (auto hit = window.find(kShardAndMagic, 0, 5); hit != window.npos; hit = window.find(kShardAndMagic, hit + 1, 5)) {
            const std::uint64_t position = at + hit - 12;
            if (hit < 12 || hit - 12 >= kStep) continue;
            const auto head = parse_batch_header(as_bytes(window.substr(hit - 12)));
            if (!head || !looks_like_trailer(*head) || position + head->total_bytes() > size_) continue;
            const std::string copy(as_text(KNS_TRY(scanner_->view(position, head->total_bytes()))));
            auto trailer = decode_trailer(as_bytes(copy));
            if (trailer && trailer->group.start >= from && trailer->group.start + trailer->group.bytes() == position) {
                scanner_->seek(position + copy.size());
                return FoundTrailer{std::move(*trailer), position};
            }
            return find_trailer(position + 1);  // the window is gone
        }
    }
    return std::nullopt;
}

// Everything in front of a trailer that was found by searching was committed: keep what proves sound.
RecoveredGroup GroupReader::salvage_group(std::uint64_t from, FoundTrailer& found) {
    const auto end = scanner_->position();
    const auto& group = found.trailer.group;
    std::vector<Damage> unreadable;
    scanner_->seek(from);
    while (scanner_->position() < group.start) {  // groups whose own trailer is gone
        auto batch = scanner_->next();
        if (!batch || scanner_->position() > group.start) {
            const auto bad = batch ? batch->position : scanner_->position();
            unreadable.push_back(
                {{segment_, bad}, group.start - bad, std::nullopt, std::nullopt, 0, "commit groups are unreadable"});
            break;
        }
        if (!looks_like_trailer(batch->header)) add_batch(*batch);
    }
    std::uint64_t at = group.start;
    for (const auto& expected : group.batches) {
        scanner_->seek(at);
        auto batch = scanner_->next();
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
    const auto before = records_total_.value_or(group.records_total);
    const auto claimed = group.records_total - std::min(group.records_total, before);
    const auto lost = claimed - std::min(claimed, counted);
    if (!unreadable.empty()) unreadable.front().records = lost;
    for (auto& damage : unreadable) group_.damages.push_back(std::move(damage));
    scanner_->seek(end);
    return finish(std::move(found.trailer), end);
}

}  // namespace kns
