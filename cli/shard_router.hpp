// Which open shard a record goes to. A snapshot of the stream's shard map; when the daemon says that a shard has closed,
// a new one is made from the new map.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/api/stream.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"

namespace kns::cli {

class ShardRouter {
   public:
    // From every shard of a stream; closed ones are left out. An error if none is open.
    static Result<ShardRouter> of(std::span<const ShardInfo> shards);

    std::size_t size() const { return numbers_.size(); }
    // The daemon's number of the open shard at a place from 0 to size() - 1.
    std::uint32_t number_at(std::size_t place) const { return numbers_[place]; }

    uint128 first_hash_key_at(std::size_t place) const { return place == 0 ? 0 : ends_[place - 1] + 1; }

    // The place of the shard whose range of hash keys holds this one.
    std::size_t place_of(uint128 hash_key) const {
        std::size_t place = first_in_slot_[static_cast<std::size_t>(hash_key >> (128 - kSlotBits))];
        while (hash_key > ends_[place]) ++place;
        return place;
    }

    // For records without a key: the next shard in turn.
    std::size_t next_in_turn() { return turn_ = (turn_ + 1) % numbers_.size(); }

   private:
    // The ring in equal slots, each knowing the shard it begins in: a table look-up and a step or two, where a binary
    // search over 1,000 shards mispredicts half of its ten branches.
    static constexpr int kSlotBits = 12;

    ShardRouter() = default;

    std::vector<uint128> ends_;           // last hash key of each open shard, ascending
    std::vector<std::uint32_t> numbers_;  // in the same order
    std::vector<std::uint32_t> first_in_slot_;
    std::size_t turn_ = static_cast<std::size_t>(-1);
};

}  // namespace kns::cli
