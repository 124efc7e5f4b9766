// Whole results: sorted when they are complete or when their time has come, cut after so many rows, compared with others.
#pragma once

#include <array>
#include <map>

#include "core/sql/operator/key_table.hpp"
#include "core/sql/operator/operator.hpp"

namespace kns::sql {

// ORDER BY of an attribute of time as the rows' time comes; of anything else once there are no more rows.
class SortOperator : public Operator {
   public:
    SortOperator(Runtime& runtime, const SortPlan& node, const Schema& input, bool by_time);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return bytes_; }

   protected:
    void on_watermark(std::int64_t watermark) override;

   private:
    SortPlan node_;
    std::vector<Layout> layouts_;
    bool by_time_;
    std::map<std::string, std::string> rows_;
    std::uint64_t sequence_ = 0;
    std::int64_t told_ = 0;
    std::size_t bytes_ = 0;
    BatchBuilder out_;
};

// LIMIT without ORDER BY: the first rows that come.
class LimitOperator : public Operator {
   public:
    // `ends`: nothing of the query is of use once the last row is out.
    LimitOperator(Runtime& runtime, std::int64_t offset, std::int64_t limit, bool ends)
        : Operator(runtime), offset_(offset), limit_(limit), ends_(ends) {}
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;

   private:
    std::int64_t offset_, limit_, seen_ = 0;
    bool ends_;
};

// INTERSECT and EXCEPT.
class SetOperationOperator : public Operator {
   public:
    SetOperationOperator(Runtime& runtime, const SetPlan& node, const Schema& schema);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return keys_.bytes() + counts_.capacity() * sizeof(counts_[0]); }

   private:
    std::int64_t copies(const std::array<std::int64_t, 2>& counts) const;
    SetPlan node_;
    KeyEncoder encoder_;
    KeyTable keys_;
    std::vector<std::array<std::int64_t, 2>> counts_;
    BatchBuilder out_;
};

}  // namespace kns::sql
