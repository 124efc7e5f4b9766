#include "cli/batch_packer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <numeric>

#include "cli/key_hash.hpp"
#include "core/base/time.hpp"

namespace kns::cli {
namespace {

// What a record takes beside its key and data, at most: five lengths, a delta, two bytes, the name of a header.
constexpr std::size_t kAggregateBytes = 51'200;     // as the Kinesis Producer Library packs them
constexpr std::string_view kKeyOfAggregates = "a";  // of records without one: an aggregate has no place for none

constexpr std::size_t kRecordOverhead = 5 * 5 + 5 + 2 + kExplicitHashKeyHeader.size();

std::size_t encoded_at_most(const Draft& draft) {
    return draft.data.size() + (draft.key ? draft.key->size() : 0) + draft.explicit_hash_key.size() + kRecordOverhead;
}

}  // namespace

BatchPacker::BatchPacker(Routing routing, ShardRouter router, BatchLimits limits, ParcelMemory& memory, Packing packing)
    : routing_(routing),
      router_(std::move(router)),
      limits_(limits),
      memory_(memory),
      sorts_(routing.by_key && router_.size() > 1),
      packing_(packing) {}

void BatchPacker::reroute(ShardRouter router) {
    assert(is_empty());
    router_ = std::move(router);
    sorts_ = routing_.by_key && router_.size() > 1;
}

void BatchPacker::pack() {
    if (!sorts_) {
        finish_batch();
        return;
    }
    sort_drafts();
    for (std::size_t place = 0; place < router_.size(); ++place) {
        for (auto i = starts_[place]; i < starts_[place + 1]; ++i) {
            prefetch_behind(i);
            if (builder_.empty()) builder_.clear(router_.number_at(place_ = place));
            encode(drafts_[order_[i]]);
        }
        finish_batch();
    }
    drafts_.clear();
    finish_parcel();
}

// Sorted records lie all over the window. Asking for them ahead of time overlaps waits of the size of a record's whole
// cost: a draft first, and once that is here, the data it points at.
void BatchPacker::prefetch_behind(std::size_t i) const {
    constexpr std::size_t kNear = 8, kFar = 16, kLine = 64;
    if (i + kFar < order_.size()) __builtin_prefetch(&drafts_[order_[i + kFar]]);
    if (i + kNear >= order_.size()) return;
    const auto data = drafts_[order_[i + kNear]].data;
    for (std::size_t at = 0; at < std::min(data.size(), 4 * kLine); at += kLine) __builtin_prefetch(data.data() + at);
}

std::size_t BatchPacker::place_of_all() {
    if (routing_.same_for_all) return router_.place_of(*routing_.same_for_all);
    return routing_.by_key ? 0 : router_.next_in_turn();
}

void BatchPacker::encode(const Draft& draft) {
    if (packing_ == Packing::aggregated) return aggregate(draft);
    make_room(encoded_at_most(draft), draft.number);
    builder_.append(draft.key, draft.data, draft.explicit_hash_key);
    ++slip_.records;
    slip_.data_bytes += draft.data.size();
}

// In the batch, or a new one, whose first record is that of the input's number.
void BatchPacker::make_room(std::size_t bytes, std::uint64_t number) {
    if (!builder_.empty() && (builder_.bytes() + bytes > limits_.bytes || builder_.records() == limits_.records)) finish_batch();
    if (!builder_.empty()) return;
    if (!sorts_) builder_.clear(router_.number_at(place_ = place_of_all()));
    slip_ = {.first_record = number};
}

// A user record must hash into the shard that its aggregate lies in, or readers drop the whole: one without a key gets the
// shard's own hash key.
void BatchPacker::aggregate(const Draft& draft) {
    UserRecord record{draft.key.value_or(kKeyOfAggregates), draft.explicit_hash_key, draft.data};
    std::string own_hash_key;
    const auto place = [&] {
        if (!draft.key) record.explicit_hash_key = own_hash_key = hash_key_text(router_.first_hash_key_at(place_));
    };
    place();
    if (!aggregate_.empty() && aggregate_.bytes_with(record) > kAggregateBytes) finish_aggregate();
    if (aggregate_.empty()) {
        make_room(std::max(kAggregateBytes + kRecordOverhead, encoded_at_most(draft)), draft.number);
        place();
        first_key_ = record.key;
        first_explicit_hash_key_ = record.explicit_hash_key;
    }
    aggregate_.add(record);
    ++slip_.records;
    slip_.data_bytes += draft.data.size();
}

void BatchPacker::finish_aggregate() {
    if (aggregate_.empty()) return;
    const bool alone = aggregate_.size() == 1;
    const auto packed = aggregate_.finish();
    if (!alone) {
        builder_.append(first_key_, packed, first_explicit_hash_key_);
        return;
    }
    UserRecord record;
    AggregateReader::open(packed)->next(record);
    if (spreads())
        builder_.append(std::nullopt, record.data, {});
    else
        builder_.append(record.key, record.data, record.explicit_hash_key);
}

void BatchPacker::finish_batch() {
    finish_aggregate();
    if (builder_.empty()) return;
    const auto batch = builder_.finish(0, Clock::real().now());
    slip_.bytes = batch.size();
    if (!sorts_) {
        slip_.at = 0;
        parcels_.push_back({.bytes = batch.size(), .slips = {slip_}});
        parcels_.back().memory = builder_.exchange_memory(memory_.take());
        return;
    }
    if (parcel_.bytes + batch.size() > kParcelBytes) finish_parcel();
    if (parcel_.memory.empty()) parcel_.memory = memory_.take();
    const std::size_t needed = parcel_.bytes + batch.size();
    if (parcel_.memory.size() < needed) parcel_.memory.resize(std::max(needed, 2 * parcel_.memory.size()));
    slip_.at = parcel_.bytes;
    std::memcpy(parcel_.memory.data() + slip_.at, batch.data(), batch.size());
    parcel_.bytes = needed;
    parcel_.slips.push_back(slip_);
    builder_.clear();
}

void BatchPacker::finish_parcel() {
    if (parcel_.slips.empty()) return;
    parcels_.push_back(std::exchange(parcel_, {}));
}

// A counting sort, which keeps the order within a shard.
void BatchPacker::sort_drafts() {
    std::vector<std::uint32_t> places(drafts_.size());
    starts_.assign(router_.size() + 1, 0);
    constexpr std::size_t kAtOnce = 512;
    std::array<std::string_view, kAtOnce> keys;
    std::array<uint128, kAtOnce> hashes;
    for (std::size_t from = 0; from < drafts_.size(); from += kAtOnce) {
        const std::size_t count = std::min(kAtOnce, drafts_.size() - from);
        for (std::size_t i = 0; i < count; ++i) keys[i] = drafts_[from + i].key.value_or("");
        hash_keys(std::span(keys).first(count), std::span(hashes).first(count));
        for (std::size_t i = 0; i < count; ++i) {
            const auto& draft = drafts_[from + i];
            if (!draft.explicit_hash_key.empty()) hashes[i] = parse_hash_key(draft.explicit_hash_key).value_or(hashes[i]);
            const auto place = static_cast<std::uint32_t>(router_.place_of(hashes[i]));
            places[from + i] = place;
            ++starts_[place + 1];
        }
    }
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    order_.resize(drafts_.size());
    auto next = starts_;
    for (std::uint32_t i = 0; i < drafts_.size(); ++i) order_[next[places[i]]++] = i;
}

}  // namespace kns::cli
