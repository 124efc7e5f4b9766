// What runs: operators push batches to each other, from sources to a result. One thread drives them all.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>

#include "core/sql/data/row_codec.hpp"
#include "core/sql/expression/evaluator.hpp"
#include "core/sql/plan/plan.hpp"

namespace kns::sql {

// What operators share while a query runs.
struct Runtime {
    std::int64_t now_us = 0;  // the clock of processing time
    // A row that has no value: why, and the record, if it was not even a row. The query goes on.
    std::function<void(std::string_view reason, std::string_view record)> on_bad_row{};
    std::uint64_t late_rows = 0;  // came after the window they belong to was over
    std::uint64_t bad_rows = 0;
    bool mini_batch = false;  // an aggregate tells what changed once a batch, instead of once a row
    bool done = false;        // whatever comes still would change nothing

    void bad_row(std::string_view reason, std::string_view record = {}) {
        ++bad_rows;
        if (on_bad_row) on_bad_row(reason, record);
    }
};

class Operator {
   public:
    explicit Operator(Runtime& runtime, std::size_t inputs = 1) : runtime_(runtime), marks_(inputs, kNoWatermark) {}
    virtual ~Operator() = default;
    Operator(const Operator&) = delete;
    Operator& operator=(const Operator&) = delete;

    virtual void push(std::size_t input, Batch batch) = 0;
    // No row of this input will be older, but for late ones. Rises only.
    void advance(std::size_t input, std::int64_t watermark);
    // A part of the source: whether time waits for it.
    virtual void set_split(std::uint32_t split, bool active) {
        for (const auto& target : next_) target.next->set_split(split, active);
    }
    // The clock of processing time has moved on.
    virtual void tick() {}
    // When `tick` has something to do, in microseconds; nothing: only when asked again.
    virtual std::optional<std::int64_t> next_tick() const { return {}; }

    // Results go there.
    void connect(Operator& next, std::size_t input) { next_.push_back({&next, input}); }

    // What it remembers, for a checkpoint, and back. Whatever was remembered before is gone.
    virtual void save(std::string& out) const = 0;
    virtual void load(CellReader& in) = 0;
    virtual std::size_t state_bytes() const { return 0; }
    // Every operator has how far time has come.
    void save_all(std::string& out) const;
    void load_all(CellReader& in);

   protected:
    // The oldest of all inputs' has risen. What waited for it goes out now; the watermark itself follows.
    virtual void on_watermark(std::int64_t) {}
    void emit(Batch batch);
    // For those that make watermarks.
    void emit_watermark(std::int64_t watermark);
    std::int64_t watermark() const { return combined_; }
    Runtime& runtime_;

    // Rows without a value leave the batch; `errors` is empty then.
    void drop_bad_rows(Batch& batch, RowErrors& errors);

   private:
    struct Target {
        Operator* next;
        std::size_t input;
    };
    std::vector<Target> next_;
    std::vector<std::int64_t> marks_;
    std::int64_t combined_ = kNoWatermark;
};

// Rows of a result, cell by cell.
class BatchBuilder {
   public:
    explicit BatchBuilder(const Schema& schema);
    explicit BatchBuilder(std::vector<Layout> layouts);
    Column& column(std::size_t index) { return *columns_[index]; }
    void finish_row(Change change = Change::insert) {
        if (change != Change::insert && !updates_) {
            updates_ = true;
            changes_.assign(size_, Change::insert);
        }
        if (updates_) changes_.push_back(change);
        ++size_;
    }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    // Takes back the last `count` rows.
    void drop_last(std::size_t count);
    // Whether the last two rows are the same.
    bool last_two_are_equal() const;
    // Copies columns [from, to) of a row of a batch.
    void copy(const Batch& batch, std::size_t row, std::size_t first_column = 0);
    Batch take(std::int64_t watermark);

   private:
    std::vector<Layout> layouts_;
    std::vector<std::shared_ptr<Column>> columns_;
    Cells<Change> changes_;
    bool updates_ = false;  // some row is no insert
    std::size_t size_ = 0;
};

inline constexpr std::size_t kBatchRows = 4096;

std::vector<Layout> layouts_of(const Schema& schema);

}  // namespace kns::sql
