// Aggregates that are told anew whenever they change, and DISTINCT.
#pragma once

#include "core/sql/operator/accumulator.hpp"
#include "core/sql/operator/key_table.hpp"

namespace kns::sql {

class GroupAggregateOperator : public Operator {
   public:
    // `retracts`: the input takes rows back.
    GroupAggregateOperator(Runtime& runtime, const AggregatePlan& node, const Schema& schema, const Schema& input, bool retracts);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override {
        return keys_.bytes() + accumulators_.bytes() + counts_.capacity() * sizeof(std::int64_t);
    }

   private:
    void row_by_row(const Batch& batch);
    void once_a_batch(const Batch& batch);
    void append(std::uint32_t group, const Batch& batch, std::size_t row, Change change);
    void append(std::uint32_t group, Change change);
    // Counts the row, or takes it back; whether the group has rows still.
    bool change(std::uint32_t group, const Batch& batch, std::size_t row);

    std::vector<std::size_t> key_columns_;
    std::vector<Layout> key_layouts_;
    KeyEncoder encoder_;
    KeyTable keys_;
    Accumulators accumulators_;
    std::vector<std::int64_t> counts_;  // rows of each group
    BatchBuilder out_;
};

}  // namespace kns::sql
