// Rows as columns: what flows between operators. Not shared between threads.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/sql/data/decimal.hpp"
#include "core/sql/data/type.hpp"

namespace kns::sql {

// Leaves what `resize` adds as it lies.
template <class T>
struct Uninitialized : std::allocator<T> {
    template <class U>
    struct rebind {  // NOLINT: its name
        using other = Uninitialized<U>;
    };
    template <class U, class... Args>
    void construct(U* at, Args&&... args) {
        if constexpr (sizeof...(Args) > 0)
            ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
        else
            ::new (static_cast<void*>(at)) U;
    }
};
template <class T>
using Cells = std::vector<T, Uninitialized<T>>;

// Where the bytes of a column's texts lie; they stay where they are.
class Arena {
   public:
    char* room(std::size_t bytes) {
        if (bytes > left_) grow(bytes);
        char* out = at_;
        at_ += bytes, left_ -= bytes;
        return out;
    }
    // What was asked for last is shorter than it was asked for.
    void give_back(std::size_t bytes) { at_ -= bytes, left_ += bytes; }
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        return {static_cast<char*>(std::memcpy(room(text.size()), text.data(), text.size())), text.size()};
    }

   private:
    void grow(std::size_t bytes) {
        const std::size_t size =
            std::max(bytes, std::min<std::size_t>(kFirst << std::min<std::size_t>(blocks_.size(), 8), kLargest));
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
        at_ = blocks_.back().get(), left_ = size;
    }
    static constexpr std::size_t kFirst = 4 << 10, kLargest = 1 << 20;
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* at_ = nullptr;
    std::size_t left_ = 0;
};

// A value alone, by its layout; a null is std::monostate.
using Value = std::variant<std::monostate, std::int64_t, double, Decimal, std::string>;
inline bool is_null(const Value& value) { return value.index() == 0; }

// Which rows of a batch: all below `count`, or those that `index` has.
struct Rows {
    const std::uint32_t* index = nullptr;
    std::size_t count = 0;

    template <class Visit>
    void each(Visit visit) const {
        if (index == nullptr) {
            for (std::size_t i = 0; i < count; ++i) visit(i);
        } else {
            for (std::size_t n = 0; n < count; ++n) visit(std::size_t{index[n]});
        }
    }
};

class Column;
using ColumnPtr = std::shared_ptr<const Column>;

class Column {
   public:
    explicit Column(Layout layout, std::size_t size = 0) {
        switch (layout) {
            case Layout::whole: cells_.emplace<Cells<std::int64_t>>(size); break;
            case Layout::floating: cells_.emplace<Cells<double>>(size); break;
            case Layout::exact: cells_.emplace<Cells<Decimal>>(size); break;
            case Layout::bytes: cells_.emplace<Cells<std::string_view>>(size); break;
        }
    }
    // One value, in as many rows as anybody asks for.
    static std::shared_ptr<Column> constant(Layout layout, const Value& value);

    Layout layout() const { return static_cast<Layout>(cells_.index()); }
    bool is_constant() const { return stride_ == 0; }
    std::size_t stride() const { return stride_; }

    // T: std::int64_t, double, Decimal, std::string_view, as the layout says.
    template <class T>
    const T* cells() const {
        return std::get<Cells<T>>(cells_).data();
    }
    template <class T>
    T* cells() {
        return std::get<Cells<T>>(cells_).data();
    }
    template <class T>
    const T& at(std::size_t row) const {
        return cells<T>()[row * stride_];
    }
    std::size_t size() const {
        return std::visit([](const auto& cells) { return cells.size(); }, cells_);
    }

    bool may_be_null() const { return !nulls_.empty(); }
    bool is_null(std::size_t row) const { return !nulls_.empty() && nulls_[row * stride_] != 0; }
    const std::uint8_t* nulls() const { return nulls_.empty() ? nullptr : nulls_.data(); }
    // One byte a cell, 0 where nothing is said.
    std::uint8_t* make_nulls() {
        if (nulls_.empty()) nulls_.assign(size(), 0);
        return nulls_.data();
    }
    void set_null(std::size_t row) { make_nulls()[row] = 1; }
    // None of them is NULL.
    void forget_nulls() { nulls_.clear(); }

    // Building row by row.
    template <class T>
    void append(const T& value) {
        std::get<Cells<T>>(cells_).push_back(value);
        if (!nulls_.empty()) nulls_.push_back(0);
    }
    void append_null();
    void append(const Value& value);                        // bytes are kept
    void append_from(const Column& from, std::size_t row);  // bytes are borrowed: borrow(from) says so
    void reserve(std::size_t size) {
        std::visit([&](auto& cells) { cells.reserve(size); }, cells_);
    }
    void resize(std::size_t size) {
        std::visit([&](auto& cells) { cells.resize(size); }, cells_);
        if (!nulls_.empty()) nulls_.resize(size, 0);
    }

    // For bytes of its own.
    Arena& arena() {
        if (!arena_) {
            auto made = std::make_shared<Arena>();
            arena_ = made.get();
            keeps_.push_back(std::move(made));
        }
        return *arena_;
    }
    // Its texts may lie where the other's do, or where `owner` says.
    void borrow(const Column& from);
    void borrow(std::shared_ptr<const void> owner) { keeps_.push_back(std::move(owner)); }

    Value value(std::size_t row) const;
    // These rows of it, in this order.
    ColumnPtr gather(Rows rows) const;

   private:
    std::variant<Cells<std::int64_t>, Cells<double>, Cells<Decimal>, Cells<std::string_view>> cells_;
    Cells<std::uint8_t> nulls_;
    std::size_t stride_ = 1;
    Arena* arena_ = nullptr;
    std::vector<std::shared_ptr<const void>> keeps_;
};

// What a row does to the result so far: Flink's RowKind. An update is two rows, the second right behind the first.
enum class Change : std::uint8_t { insert, update_before, update_after, remove };
inline bool adds(Change change) { return change == Change::insert || change == Change::update_after; }
inline std::string_view sign_of(Change change) {
    constexpr std::string_view kSigns[] = {"+I", "-U", "+U", "-D"};
    return kSigns[static_cast<std::size_t>(change)];
}

inline constexpr std::int64_t kNoWatermark = INT64_MIN;
inline constexpr std::int64_t kEndOfTime = INT64_MAX;  // the watermark behind the last row of all

struct Batch {
    std::size_t size = 0;
    std::vector<ColumnPtr> columns{};
    Cells<Change> changes{};  // empty: all are inserts
    // The watermark that held when each row came, in microseconds; null: `watermark` held for all.
    std::shared_ptr<const Cells<std::int64_t>> watermarks{};
    std::int64_t watermark = kNoWatermark;
    std::uint32_t split = 0;  // which part of the source it comes from: a shard, a partition

    Change change(std::size_t row) const { return changes.empty() ? Change::insert : changes[row]; }
    std::int64_t watermark_at(std::size_t row) const { return watermarks ? (*watermarks)[row] : watermark; }
    Rows rows() const { return {.index = nullptr, .count = size}; }
    Batch gather(Rows rows) const;
};

}  // namespace kns::sql
