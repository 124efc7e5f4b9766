// Records into record batches, each for one shard.
//
// Where all records go to one place (no key, one key, or one open shard) they are encoded as they come. Otherwise they
// are collected, hashed together, sorted by shard and encoded shard by shard: however many shards there are, there is one
// buffer of bounded size, and a batch is as large as the collected records allow. Order is kept within a shard, hence for
// a key.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/append_link.hpp"
#include "cli/shard_router.hpp"
#include "core/base/aggregate.hpp"
#include "core/base/record_batch.hpp"

namespace kns::cli {

// A record on its way in. What it points at must stay until the packer no longer holds drafts.
struct Draft {
    std::string_view data{};
    std::optional<std::string_view> key{};
    std::string_view explicit_hash_key{};
    std::uint64_t number = 0;  // in the input, from 1
};

struct BatchLimits {
    std::size_t bytes = 512 << 10;  // of a batch, unless its only record is larger
    std::int32_t records = 1 << 20;
};

// Whether user records are packed together, as the Kinesis Producer Library does.
enum class Packing { each_alone, aggregated };

// What decides where records go.
struct Routing {
    bool by_key = false;                    // each by its own; otherwise
    std::optional<uint128> same_for_all{};  // all by this one; otherwise in turn, batch by batch
};

class BatchPacker {
   public:
    BatchPacker(Routing routing, ShardRouter router, BatchLimits limits, ParcelMemory& memory,
                Packing packing = Packing::each_alone);

    // From now on by another shard map. Everything must have been packed and taken.
    void reroute(ShardRouter router);

    void add(const Draft& draft) { sorts_ ? drafts_.push_back(draft) : encode(draft); }
    // Finishes every batch that has been begun.
    void pack();

    // Parcels that are finished. Without `pack`, batches still growing stay behind.
    std::vector<Parcel> take_parcels() { return std::exchange(parcels_, {}); }
    bool has_parcels() const { return !parcels_.empty(); }

    bool sorts() const { return sorts_; }
    std::size_t shards() const { return router_.size(); }
    bool holds_drafts() const { return !drafts_.empty(); }
    bool is_full() const { return drafts_.size() >= kMaxDrafts; }  // pack before adding more
    bool is_empty() const { return drafts_.empty() && builder_.empty() && aggregate_.empty() && parcels_.empty(); }

   private:
    static constexpr std::size_t kMaxDrafts = 96 << 10;   // 6 MiB of them, however short the records
    static constexpr std::size_t kParcelBytes = 1 << 20;  // of small batches put together

    void encode(const Draft& draft);
    void make_room(std::size_t bytes, std::uint64_t number);
    void aggregate(const Draft& draft);
    void finish_aggregate();
    void finish_batch();
    void finish_parcel();
    void sort_drafts();
    void prefetch_behind(std::size_t i) const;
    std::size_t place_of_all();
    bool spreads() const { return !routing_.by_key && !routing_.same_for_all; }

    Routing routing_;
    ShardRouter router_;
    BatchLimits limits_;
    ParcelMemory& memory_;
    bool sorts_;

    std::vector<Draft> drafts_;
    std::vector<std::uint32_t> order_;   // of drafts_, by shard
    std::vector<std::uint32_t> starts_;  // of each shard in order_, and the end

    BatchBuilder builder_;
    std::size_t place_ = 0;  // of the shard of the batch in builder_
    Parcel::Slip slip_;      // of the same batch

    Packing packing_;
    AggregateBuilder aggregate_;                       // the last record of that batch
    std::string first_key_, first_explicit_hash_key_;  // of a user record in it
    Parcel parcel_;                                    // when sorting: small batches put together
    std::vector<Parcel> parcels_;
};

}  // namespace kns::cli
