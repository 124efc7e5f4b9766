// Joins of two inputs that both are remembered: for ever, for an interval of time, or until a window is over.
#pragma once

#include <array>
#include <set>
#include <span>

#include "core/sql/operator/key_table.hpp"
#include "core/sql/operator/operator.hpp"

namespace kns::sql {

// The rows of one side, by key.
class JoinSide {
   public:
    JoinSide(std::vector<std::size_t> keys, std::vector<Layout> layouts) : encoder(std::move(keys)), layouts_(std::move(layouts)) {}

    struct Row {
        std::string cells;
        std::uint32_t next = KeyTable::kNone;
        std::uint32_t key = 0;
        std::uint32_t partners = 0;  // rows of the other side that it was joined with
        std::int64_t time = 0;
        bool live = false;
    };
    std::uint32_t add(std::string_view key, const Batch& batch, std::size_t row, std::int64_t time);
    // A row that says the same, or kNone.
    std::uint32_t find(std::string_view key, const Batch& batch, std::size_t row);
    void erase(std::uint32_t row);
    // The first row of a key; the others follow by `next`.
    std::uint32_t first(std::string_view key) const {
        const auto at = keys_.find(key);
        return at == KeyTable::kNone ? KeyTable::kNone : heads_[at];
    }
    Row& row(std::uint32_t index) { return rows_[index]; }
    const Row& row(std::uint32_t index) const { return rows_[index]; }
    void append(std::uint32_t row, BatchBuilder& out, std::size_t first_column) const;
    std::size_t width() const { return layouts_.size(); }

    template <class Visit>
    void each(Visit visit) const {
        for (std::uint32_t i = 0; i < rows_.size(); ++i)
            if (rows_[i].live) visit(i);
    }
    void save(std::string& out) const;
    void load(CellReader& in);
    std::size_t bytes() const { return keys_.bytes() + rows_.capacity() * sizeof(Row) + cell_bytes_; }

    KeyEncoder encoder;

   private:
    std::vector<Layout> layouts_;
    KeyTable keys_;
    std::vector<std::uint32_t> heads_, tails_;  // by key
    std::vector<Row> rows_;
    std::vector<std::uint32_t> free_;
    std::size_t cell_bytes_ = 0;
    std::string scratch_;
};

class JoinOperator : public Operator {
   public:
    JoinOperator(Runtime& runtime, const JoinPlan& node, const Schema& schema, const Schema& left, const Schema& right);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override {
        return sides_[0].bytes() + sides_[1].bytes() + (expiry_[0].size() + expiry_[1].size()) * 48;
    }

   protected:
    void on_watermark(std::int64_t watermark) override;

   private:
    bool keeps(std::size_t side) const;  // rows of this side without a partner are part of the result
    bool is_late(std::size_t side, std::int64_t time, std::int64_t watermark) const;
    std::int64_t expires(std::size_t side, std::int64_t time) const;
    // The stored rows of the other side that each row of the batch goes with.
    void find_partners(std::size_t side, const Batch& batch, std::vector<std::pair<std::uint32_t, std::uint32_t>>& pairs);
    void append_pair(std::size_t side, const Batch& batch, std::size_t row, std::uint32_t partner, Change change);
    void append_alone(std::size_t side, const Batch& batch, std::size_t row, Change change);
    void append_stored_alone(std::size_t side, std::uint32_t stored, Change change);
    void one_row(std::size_t side, const Batch& batch, std::size_t row,
                 std::span<const std::pair<std::uint32_t, std::uint32_t>> partners);
    void flush_if_full() {
        if (out_.size() >= kBatchRows) emit(out_.take(watermark()));
    }

    JoinPlan node_;
    bool semi_;
    std::array<JoinSide, 2> sides_;
    std::array<std::optional<std::size_t>, 2> time_columns_;
    std::array<std::set<std::pair<std::int64_t, std::uint32_t>>, 2> expiry_;
    BatchBuilder out_, candidates_;
    EvalContext context_;
};

}  // namespace kns::sql
