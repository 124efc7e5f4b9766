#include "core/store/scrub.hpp"

namespace kns {

Result<SegmentScrub> SegmentScrub::begin(Directory& log, std::uint64_t segment, std::uint64_t generation, std::uint64_t until) {
    SegmentScrub out(KNS_TRY(log.open(segment_name(segment, generation), false)), segment);
    KNS_TRY(out.reader_.begin(*out.file_, segment, 0, until));
    return out;
}

Result<void> SegmentScrub::keep_live(Catalog& catalog, std::vector<Damage> found, std::vector<Damage>& damages) {
    for (auto& damage : found) {
        const auto shards = KNS_TRY(catalog.shards_at(damage.place, damage.bytes));
        if (shards.empty()) continue;
        // A header that cannot be read does not say whose batch it was; the index may.
        if (!damage.shard && shards.size() == 1) damage.shard = shards.front();
        damages.push_back(std::move(damage));
    }
    return {};
}

Result<bool> SegmentScrub::step(Catalog& catalog, std::uint64_t bytes, std::vector<Damage>& damages) {
    const auto from = reader_.end();
    while (reader_.end() - from < bytes) {
        auto group = KNS_TRY(reader_.next());
        if (group) {
            KNS_TRY(keep_live(catalog, std::move(group->damages), damages));
            continue;
        }
        if (reader_.end() < reader_.size()) {
            auto tail = KNS_TRY(reader_.tail());
            KNS_TRY(keep_live(catalog, std::move(tail.damages), damages));
        }
        for (auto& damage : KNS_TRY(catalog.extents_past(segment_, KNS_TRY(file_->size())))) damages.push_back(std::move(damage));
        file_->forget_cached(from, 0);  // to the end
        return true;
    }
    file_->forget_cached(from, reader_.end() - from);
    return false;
}

}  // namespace kns
