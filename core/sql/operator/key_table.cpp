#include "core/sql/operator/key_table.hpp"

namespace kns::sql {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t read(const char* at, std::size_t bytes) {
    std::uint64_t out = 0;
    if (bytes > 0) std::memcpy(&out, at, bytes);
    return out;
}

constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15, kOther = 0xD6E8FEB86659FD93;

}  // namespace

// Two multiplications a sixteen bytes; no defence against keys that are made to collide, which cost time only.
std::uint64_t hash_of(std::string_view bytes) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t out = left * kOdd;
    for (; left > 16; at += 16, left -= 16) out = mix(out ^ read(at, 8), kOdd ^ read(at + 8, 8));
    const std::uint64_t low = read(at, std::min<std::size_t>(left, 8)), high = left > 8 ? read(at + 8, left - 8) : 0;
    return mix(out ^ low ^ kOther, kOdd ^ high);
}

void KeyEncoder::encode(const Batch& batch, Rows rows) {
    bytes_.clear();
    ends_.assign(1, 0);
    nulls_.clear();
    for (const auto column : columns_)
        if (batch.columns[column]->may_be_null()) nulls_.assign(rows.count, 0);
    std::size_t n = 0;
    rows.each([&](std::size_t row) {
        for (const auto column : columns_) {
            const Column& cells = *batch.columns[column];
            if (!nulls_.empty() && cells.is_null(row)) nulls_[n] = 1;
            write_cell(bytes_, cells, row);
        }
        ends_.push_back(bytes_.size());
        ++n;
    });
}

KeyTable::Found KeyTable::find_or_add(std::string_view key, std::uint64_t hash) {
    if ((live_ + 1) * 2 > slots_.size()) grow();
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    std::uint64_t at = hash & mask_;
    for (;; at = (at + 1) & mask_) {
        const Slot& slot = slots_[at];
        if (slot.index == kNone) break;
        if (slot.hash == tag && keys_[slot.index].text == key) return {slot.index, false};
    }
    std::uint32_t index;
    if (free_.empty()) {
        index = static_cast<std::uint32_t>(keys_.size());
        keys_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    keys_[index] = {.text = arena_->keep(key), .hash = hash, .live = true};
    stored_ += key.size();
    slots_[at] = {.hash = tag, .index = index};
    ++live_;
    return {index, true};
}

std::uint32_t KeyTable::find(std::string_view key, std::uint64_t hash) const {
    if (slots_.empty()) return kNone;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
        const Slot& slot = slots_[at];
        if (slot.index == kNone) return kNone;
        if (slot.hash == tag && keys_[slot.index].text == key) return slot.index;
    }
}

void KeyTable::erase(std::uint32_t index) {
    std::uint64_t hole = keys_[index].hash & mask_;
    while (slots_[hole].index != index) hole = (hole + 1) & mask_;
    // What stands behind it and could stand here moves up.
    for (std::uint64_t at = (hole + 1) & mask_; slots_[at].index != kNone; at = (at + 1) & mask_) {
        const std::uint64_t home = keys_[slots_[at].index].hash & mask_;
        if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
        slots_[hole] = slots_[at];
        hole = at;
    }
    slots_[hole] = {};
    keys_[index].live = false;
    garbage_ += keys_[index].text.size();
    free_.push_back(index);
    --live_;
    if (garbage_ > (1 << 20) && garbage_ * 2 > stored_) compact();
}

void KeyTable::grow() {
    const std::size_t size = slots_.empty() ? 16 : slots_.size() * 2;
    slots_.assign(size, {});
    mask_ = size - 1;
    each([&](std::uint32_t index) {
        std::uint64_t at = keys_[index].hash & mask_;
        while (slots_[at].index != kNone) at = (at + 1) & mask_;
        slots_[at] = {.hash = static_cast<std::uint32_t>(keys_[index].hash >> 32), .index = index};
    });
}

void KeyTable::compact() {
    auto arena = std::make_unique<Arena>();
    each([&](std::uint32_t index) { keys_[index].text = arena->keep(keys_[index].text); });
    arena_ = std::move(arena);
    stored_ -= garbage_;
    garbage_ = 0;
}

}  // namespace kns::sql
