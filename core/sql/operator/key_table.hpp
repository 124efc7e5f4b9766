// Keys, each a row's cells as bytes, numbered from 0. The numbers of keys that were erased are given anew.
#pragma once

#include <cstring>

#include "core/sql/data/row_codec.hpp"

namespace kns::sql {

std::uint64_t hash_of(std::string_view bytes);

// The keys of a batch's rows.
class KeyEncoder {
   public:
    explicit KeyEncoder(std::vector<std::size_t> columns) : columns_(std::move(columns)) {}
    // Valid until the next call.
    void encode(const Batch& batch, Rows rows);
    // Of the n-th of these rows.
    std::string_view key(std::size_t n) const { return std::string_view(bytes_).substr(ends_[n], ends_[n + 1] - ends_[n]); }
    bool has_null(std::size_t n) const { return !nulls_.empty() && nulls_[n] != 0; }
    const std::vector<std::size_t>& columns() const { return columns_; }

   private:
    std::vector<std::size_t> columns_;
    std::string bytes_;
    std::vector<std::size_t> ends_;
    std::vector<std::uint8_t> nulls_;
};

class KeyTable {
   public:
    static constexpr std::uint32_t kNone = 0xffffffff;

    struct Found {
        std::uint32_t index;
        bool added;
    };
    Found find_or_add(std::string_view key) { return find_or_add(key, hash_of(key)); }
    Found find_or_add(std::string_view key, std::uint64_t hash);
    std::uint32_t find(std::string_view key) const { return find(key, hash_of(key)); }
    std::uint32_t find(std::string_view key, std::uint64_t hash) const;
    void erase(std::uint32_t index);
    void prefetch(std::uint64_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask_]);
    }

    std::string_view key(std::uint32_t index) const { return keys_[index].text; }
    bool holds(std::uint32_t index) const { return keys_[index].live; }
    std::size_t size() const { return live_; }
    // Numbers are below this.
    std::size_t bound() const { return keys_.size(); }
    std::size_t bytes() const { return slots_.size() * sizeof(Slot) + keys_.size() * sizeof(Key) + stored_; }

    // Of numbers that are in use, in the order in which keys came.
    template <class Visit>
    void each(Visit visit) const {
        for (std::uint32_t i = 0; i < keys_.size(); ++i)
            if (keys_[i].live) visit(i);
    }

   private:
    struct Slot {
        std::uint32_t hash = 0, index = kNone;
    };
    struct Key {
        std::string_view text;
        std::uint64_t hash = 0;
        bool live = false;
    };
    void grow();
    void compact();

    std::vector<Slot> slots_;
    std::vector<Key> keys_;
    std::vector<std::uint32_t> free_;
    std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
    std::uint64_t mask_ = 0;
    std::size_t live_ = 0, stored_ = 0, garbage_ = 0;
};

}  // namespace kns::sql
