#include "core/store/committer.hpp"

#include <algorithm>

#include "core/store/batch_seal.hpp"

namespace kns {
namespace {

Error shard_closed(std::uint32_t shard) {
    return fail(Errc::conflict, "shard {} is closed", shard)
        .hint("read the shard map again: its children take the records")
        .details(R"({"reason":"shard_closed"})");
}

// What those hear that come behind a write that failed: they certainly were not stored.
Error behind(const Error& failure) {
    if (failure.code != Errc::outcome_unknown) return failure;
    return fail(Errc::unavailable, "what came before it could not be written").hint("put it again");
}

std::vector<StreamGrowth> each_once(std::vector<StreamGrowth> grown) {
    std::ranges::sort(grown, {}, &StreamGrowth::stream_id);
    std::vector<StreamGrowth> out;
    for (const auto& more : grown) {
        if (out.empty() || out.back().stream_id != more.stream_id) out.push_back({more.stream_id});
        out.back().records += more.records;
        out.back().bytes += more.bytes;
    }
    return out;
}

}  // namespace

void Committer::add_shard(std::uint32_t shard, std::int64_t stream_id, Durability durability, const ShardContent& content,
                          bool open) {
    shards_[shard] = {stream_id, durability, content.next_offset, content.last_ms, open};
    index_.add_shard(shard, content);
}

void Committer::set_durability(std::uint32_t shard, Durability durability) {
    if (auto found = shards_.find(shard); found != shards_.end()) found->second.durability = durability;
}

void Committer::set_key(std::uint32_t shard, Result<DataKeyPtr> key) {
    if (auto found = shards_.find(shard); found != shards_.end()) found->second.key = std::move(key);
}

Result<std::int64_t> Committer::close_shard(std::uint32_t shard) {
    const auto found = shards_.find(shard);
    if (found == shards_.end() || !found->second.open) return std::unexpected(shard_closed(shard));
    found->second.open = false;
    return found->second.next_offset;
}

void Committer::reopen_shard(std::uint32_t shard) {
    if (auto found = shards_.find(shard); found != shards_.end()) found->second.open = true;
}

void Committer::remove_shard(std::uint32_t shard) { shards_.erase(shard); }

std::optional<Error> Committer::refusal(const AppendBatch& batch) const {
    const auto found = shards_.find(batch.shard);
    if (found == shards_.end() || !found->second.open) return shard_closed(batch.shard);
    const auto& key = found->second.key;
    if (!key) return key.error();
    if (*key && batch.bytes.size() + kBatchSealBytes > kMaxBatchBytes)
        return fail(Errc::limit_exceeded, "a batch of {} bytes is too large to be encrypted, {} are possible", batch.bytes.size(),
                    kMaxBatchBytes - kBatchSealBytes);
    return std::nullopt;
}

void Committer::make_room_for_sealed(std::span<AppendRequest*> requests) {
    std::size_t needed = 0;
    for (const auto* request : requests)
        for (const auto& batch : request->batches)
            if (const auto found = shards_.find(batch.shard); found != shards_.end() && found->second.key && *found->second.key)
                needed += batch.bytes.size() + kBatchSealBytes;
    sealed_used_ = 0;
    if (sealed_bytes_ >= needed) return;
    sealed_bytes_ = needed;
    sealed_ = std::make_unique_for_overwrite<std::byte[]>(needed);
}

std::vector<StreamGrowth> Committer::commit(std::span<AppendRequest*> requests, std::vector<AppendOutcome>& outcomes) {
    const UnixMs now = clock_.now();
    std::vector<Bytes> parts;
    std::vector<BatchEntry> entries;
    std::vector<PositionChange> positions;
    std::vector<StreamGrowth> grown;
    std::uint64_t records = 0;
    bool sync = false;
    Ms interval = 0;
    outcomes.assign(requests.size(), {});
    make_room_for_sealed(requests);

    for (std::size_t r = 0; r < requests.size(); ++r) {
        auto& request = *requests[r];
        auto& outcome = outcomes[r];
        outcome.arrival_ms = now;
        if (request.broken && *request.broken) {
            outcome.error = **request.broken;
            continue;
        }
        for (std::size_t i = 0; i < request.batches.size(); ++i)
            if (auto error = refusal(request.batches[i])) outcome.refused.emplace_back(i, std::move(*error));
        if (request.all_or_nothing && !outcome.refused.empty()) {
            outcome.error = outcome.refused.front().second;
            continue;
        }
        outcome.base_offsets.reserve(request.batches.size());
        auto refused = outcome.refused.begin();
        for (std::size_t i = 0; i < request.batches.size(); ++i) {
            if (refused != outcome.refused.end() && refused->first == i) {
                ++refused;
                outcome.base_offsets.push_back(-1);
                continue;
            }
            const auto& batch = request.batches[i];
            auto& shard = shards_.find(batch.shard)->second;
            shard.last_ms = std::max(shard.last_ms, now);  // the clock may go back, arrivals do not
            const auto first = shard.next_offset;
            shard.next_offset += batch.records;  // burned from here on, whatever becomes of the write
            stamp_batch(batch.bytes, batch.ticket, first, batch.shard, shard.last_ms);
            outcome.base_offsets.push_back(first);
            Bytes stored = batch.bytes;
            if (const auto& key = *shard.key) {
                const MutableBytes room(sealed_.get() + sealed_used_, batch.bytes.size() + kBatchSealBytes);
                seal_batch(*key, batch.bytes, room);
                sealed_used_ += room.size();
                stored = room;
            }
            parts.push_back(stored);
            entries.push_back({batch.shard,
                               first,
                               shard.next_offset - 1,
                               shard.last_ms,
                               {},
                               static_cast<std::uint32_t>(stored.size()),
                               batch.records});
            records += batch.records;
            if (grown.empty() || grown.back().stream_id != shard.stream_id) grown.push_back({shard.stream_id});
            grown.back().records += batch.records;
            grown.back().bytes += batch.bytes.size();
            sync |= shard.durability.policy == Durability::Policy::sync;
            if (shard.durability.policy == Durability::Policy::interval)
                interval = interval ? std::min(interval, shard.durability.interval_ms) : shard.durability.interval_ms;
        }
        positions.insert(positions.end(), request.positions.begin(), request.positions.end());
        sync |= !request.positions.empty();
    }
    if (parts.empty() && positions.empty()) return {};

    std::vector<Place> places;
    const auto began_ns = clock_.monotonic_ns();
    auto written = log_.append(parts, positions, records, sync, places);
    if (!written) {
        ++counters_.failures;
        for (std::size_t r = 0; r < requests.size(); ++r) {
            if (outcomes[r].error) continue;
            outcomes[r].error = written.error();
            if (requests[r]->broken) *requests[r]->broken = behind(written.error());
        }
        return {};
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].place = places[i];
        counters_.bytes += entries[i].bytes;
    }
    index_.committed(entries, positions, log_.end(), log_.group_number(), log_.records_total());
    ++counters_.groups;
    counters_.batches += entries.size();
    counters_.records += records;
    counters_.syncs += sync;
    if (sync) counters_.sync_times.add(clock_.monotonic_ns() - began_ns);
    if (sync) sync_within_ = 0;
    if (!sync && interval) sync_within_ = sync_within_ ? std::min(sync_within_, interval) : interval;
    return each_once(std::move(grown));
}

void Committer::release_memory() {
    sealed_.reset();
    sealed_bytes_ = 0;
}

Result<void> Committer::sync() {
    sync_within_ = 0;
    counters_.syncs += log_.dirty();
    return log_.sync();
}

}  // namespace kns
