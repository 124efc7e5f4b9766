// Functions OVER the rows before: each row once, when its time has come, with what the functions say there.
#pragma once

#include <deque>
#include <map>

#include "core/sql/operator/accumulator.hpp"
#include "core/sql/operator/key_table.hpp"

namespace kns::sql {

class OverOperator : public Operator {
   public:
    OverOperator(Runtime& runtime, const OverPlan& node, const Schema& schema, const Schema& input);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return keys_.bytes() + accumulators_.bytes() + bytes_; }

   protected:
    void on_watermark(std::int64_t watermark) override;

   private:
    struct Framed {
        std::int64_t time;
        std::string cells;
    };
    // Rows of one time, all partitions, in the order in which they came.
    void process(const Batch& batch, Rows rows, const std::vector<std::int64_t>& times);
    void enter(std::uint32_t partition, const Batch& batch, std::size_t row, std::int64_t time);
    void leave(std::uint32_t partition, std::int64_t time);
    void append(std::uint32_t partition, const Batch& batch, std::size_t row);
    Batch one_row(const std::string& cells) const;

    OverPlan node_;
    std::vector<Layout> layouts_;
    KeyEncoder encoder_;
    KeyTable keys_;
    Accumulators accumulators_;
    std::vector<std::deque<Framed>> frames_;      // by partition, if frames have a beginning
    std::map<std::string, std::string> waiting_;  // rows whose time has not come, by sort key
    std::uint64_t sequence_ = 0;
    std::size_t bytes_ = 0;
    BatchBuilder out_, ready_;
};

}  // namespace kns::sql
