// Aggregates over windows: TUMBLE, HOP and CUMULATE in slices, and windows that rows bring with them.
#pragma once

#include <map>
#include <set>

#include "core/sql/operator/accumulator.hpp"
#include "core/sql/operator/key_table.hpp"

namespace kns::sql {

// Results: keys, calls; if the operator assigns the windows itself, their start, end and time behind.
class WindowAggregateOperator : public Operator {
   public:
    WindowAggregateOperator(Runtime& runtime, const AggregatePlan& node, const Schema& schema, const Schema& input);
    void push(std::size_t input, Batch batch) override;
    void tick() override;
    std::optional<std::int64_t> next_tick() const override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override;

   protected:
    void on_watermark(std::int64_t watermark) override { fire(watermark); }

   private:
    // Rows between two neighbouring ends of windows. One for each window, where rows bring theirs.
    struct Slice {
        KeyTable keys;
        Accumulators accumulators;
        std::int64_t start = 0;  // of a window that rows brought
    };
    // From where on slices belong to the window that ends there (excluded), and the last end of a slice's windows.
    std::int64_t window_start(std::int64_t end) const;
    std::int64_t slice_end(std::int64_t time) const;
    std::int64_t last_window_end(std::int64_t slice_end) const;
    void count(const Batch& batch, std::int64_t end, std::int64_t start, const std::vector<std::uint32_t>& rows);
    void fire(std::int64_t watermark);
    void fire_window(std::int64_t end);
    void emit_groups(const KeyTable& keys, const Accumulators& accumulators, std::int64_t start, std::int64_t end);

    std::vector<AggregateCall> calls_;
    Windowing windowing_;
    std::optional<std::size_t> time_column_, start_column_, end_column_;
    std::vector<std::size_t> key_columns_;
    std::vector<Layout> key_layouts_;
    KeyEncoder encoder_;
    std::map<std::int64_t, Slice> slices_;  // by their end
    std::set<std::int64_t> pending_;        // ends of windows that have rows and are not over
    std::int64_t fired_ = kNoWatermark;     // what was over by then has gone out
    BatchBuilder out_;
    std::vector<std::uint32_t> groups_;
};

}  // namespace kns::sql
