// The first rows of each partition in some order; also the first and the last of each key, and ORDER BY with LIMIT.
#pragma once

#include <map>
#include <set>

#include "core/sql/operator/key_table.hpp"
#include "core/sql/operator/operator.hpp"

namespace kns::sql {

class RankOperator : public Operator {
   public:
    RankOperator(Runtime& runtime, const RankPlan& node, const Schema& schema, const Schema& input, bool retracts);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return keys_.bytes() + bytes_; }

   protected:
    void on_watermark(std::int64_t watermark) override;

   private:
    // By sort key and arrival; encoded.
    using Rows = std::map<std::string, std::string>;
    void add(Rows& rows, std::string key, std::string cells, Change change);
    void remove(Rows& rows, std::string_view key, std::string_view cells);
    void tell(const std::string& cells, std::int64_t number, Change change);
    std::string sort_key(const Batch& batch, std::size_t row);

    RankPlan node_;
    std::vector<Layout> layouts_;
    bool retracts_;
    KeyEncoder encoder_;
    KeyTable keys_;
    std::vector<Rows> partitions_;
    std::vector<std::int64_t> window_ends_;                     // by partition
    std::set<std::pair<std::int64_t, std::uint32_t>> pending_;  // windows that are not over
    std::uint64_t sequence_ = 0;
    std::size_t bytes_ = 0;
    BatchBuilder out_;
};

}  // namespace kns::sql
