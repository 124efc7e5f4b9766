// MATCH_RECOGNIZE: patterns of rows that follow each other, by all partial matches side by side.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "core/sql/operator/accumulator.hpp"
#include "core/sql/operator/key_table.hpp"

namespace kns::sql {

class MatchOperator : public Operator {
   public:
    MatchOperator(Runtime& runtime, const MatchPlan& node, const Schema& schema, const Schema& input);
    void push(std::size_t input, Batch batch) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override { return keys_.bytes() + bytes_; }

   protected:
    void on_watermark(std::int64_t watermark) override;

   private:
    // A row of a batch that is kept as long as a match speaks of it.
    struct Row {
        std::shared_ptr<const Batch> batch;
        std::uint32_t index = 0;
        std::int64_t time = 0;
    };
    // A match that may become whole: rows by variable, as numbers in their partition.
    struct Run {
        std::uint64_t start = 0;
        std::size_t step = 0;
        std::uint32_t count = 0;  // rows of the step's variable
        std::vector<std::vector<std::uint64_t>> rows{};
        std::uint32_t group = KeyTable::kNone;  // of the accumulators
    };
    struct Partition {
        std::deque<Row> rows;
        std::uint64_t first_row = 0;  // the number of the first of them
        std::vector<Run> runs;        // by their start
        std::vector<Run> whole;       // the same, of those that wait for runs that began earlier
        const Row& row(std::uint64_t number) const { return rows[number - first_row]; }
    };

    // The rows with the arguments of all parts as further columns.
    std::shared_ptr<const Batch> extended(Batch batch);
    void process(const std::shared_ptr<const Batch>& batch, std::uint32_t row, std::uint32_t partition, std::int64_t time);
    // What becomes of a run with one more row; those that are whole now go to `whole`.
    void advance(Partition& partition, Run run, std::uint64_t row, std::vector<Run>& next, std::vector<Run>& whole);
    bool passes(const Partition& partition, const Run& run, std::size_t variable, std::uint64_t row);
    void take(const Partition& partition, Run& run, std::size_t variable, std::uint64_t row);
    // The parts' values for a run, with `row` as one more of the variable if that is given.
    Batch values_of(const Partition& partition, const Run& run, const std::set<std::size_t>& wanted,
                    std::optional<std::size_t> variable, std::uint64_t row);
    void tell(const Partition& partition, const Run& run, std::uint32_t key);
    // Matches that are whole, as long as no run that began earlier could still become one: that would go first.
    void release(Partition& partition, std::uint32_t key);
    void drop_timed_out(Partition& partition, std::int64_t time);
    std::optional<std::uint64_t> skip_target(const Run& run) const;
    std::uint32_t new_group();
    void free_group(Run& run);
    std::uint32_t copy_group(std::uint32_t group);
    void forget_rows(Partition& partition);

    MatchPlan node_;
    std::vector<Layout> layouts_, key_layouts_;
    std::vector<std::size_t> part_columns_;                // where a part's first argument is in an extended batch
    std::vector<std::optional<std::size_t>> accumulator_;  // of a part that is an aggregate
    std::vector<std::unique_ptr<Accumulator>> accumulators_;
    std::vector<std::size_t> accumulator_part_;
    std::vector<std::set<std::size_t>> condition_parts_;  // by variable
    std::set<std::size_t> measure_parts_;
    std::size_t groups_ = 0;
    std::vector<std::uint32_t> free_groups_;

    KeyEncoder encoder_;
    KeyTable keys_;
    std::vector<Partition> partitions_;
    std::set<std::uint32_t> holding_;             // partitions with matches that wait
    std::map<std::string, std::string> waiting_;  // rows whose time has not come, by sort key
    std::uint64_t sequence_ = 0;
    std::size_t bytes_ = 0;
    BatchBuilder out_, ready_;
    EvalContext context_;
};

}  // namespace kns::sql
