// Joins FOR SYSTEM_TIME AS OF: with what the right side said at the left row's time, or says when the left row comes.
#pragma once

#include <map>

#include "core/sql/operator/key_table.hpp"
#include "core/sql/operator/operator.hpp"

namespace kns::sql {

// By event time: left rows wait until both sides have come so far; results are never taken back.
class TemporalJoinOperator : public Operator {
   public:
    TemporalJoinOperator(Runtime& runtime, const JoinPlan& node, const Schema& schema, const Schema& left, const Schema& right);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return keys_.bytes() + bytes_; }

   protected:
    void on_watermark(std::int64_t watermark) override;

   private:
    struct Version {
        std::string cells;
        bool gone = false;  // from here on there is none
    };
    void append(const Batch& left, const std::string* right);

    JoinPlan node_;
    std::vector<Layout> left_layouts_, right_layouts_;
    KeyEncoder left_encoder_, right_encoder_;
    KeyTable keys_;
    std::vector<std::map<std::int64_t, Version>> versions_;                  // by key of the right side
    std::map<std::pair<std::int64_t, std::uint64_t>, std::string> waiting_;  // left rows, by time and arrival
    std::uint64_t sequence_ = 0;
    std::size_t bytes_ = 0;
    BatchBuilder out_;
    EvalContext context_;
};

// By processing time: a left row meets what is there at once.
class LookupJoinOperator : public Operator {
   public:
    // `versions`: of the right side's rows the last of each key counts; otherwise all.
    LookupJoinOperator(Runtime& runtime, const JoinPlan& node, const Schema& schema, const Schema& left, const Schema& right,
                       bool versions);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return keys_.bytes() + bytes_; }

   private:
    void remember(const Batch& batch);

    JoinPlan node_;
    std::vector<Layout> left_layouts_, right_layouts_;
    bool versions_;
    KeyEncoder left_encoder_, right_encoder_;
    KeyTable keys_;
    std::vector<std::vector<std::string>> rows_;
    std::size_t bytes_ = 0;
    BatchBuilder out_, candidates_;
    EvalContext context_;
};

}  // namespace kns::sql
