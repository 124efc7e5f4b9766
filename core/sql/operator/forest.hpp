// RANDOM_CUT_FOREST: each row with a score of how unlike the rows before it it is.
#pragma once

#include "core/sql/operator/operator.hpp"

namespace kns::sql {

class ForestOperator : public Operator {
   public:
    ForestOperator(Runtime& runtime, ForestPlan node, const Schema& input);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return forest_.bytes(); }

   private:
    std::string explanation(double score, const std::vector<double>& parts) const;
    ForestPlan node_;
    std::vector<std::string> names_;
    RandomCutForest forest_;
};

}  // namespace kns::sql
