// Aggregates over sessions: per key, windows that grow and meet.
#pragma once

#include <map>
#include <set>

#include "core/sql/operator/accumulator.hpp"
#include "core/sql/operator/key_table.hpp"

namespace kns::sql {

// Results: keys, calls, the session's start, end and time.
class SessionAggregateOperator : public Operator {
   public:
    SessionAggregateOperator(Runtime& runtime, const AggregatePlan& node, const Schema& schema, const Schema& input);
    void push(std::size_t input, Batch batch) override;
    void tick() override;
    std::optional<std::int64_t> next_tick() const override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;
    std::size_t state_bytes() const override;

   protected:
    void on_watermark(std::int64_t watermark) override { fire(watermark); }

   private:
    struct Session {
        std::int64_t start, end;
        std::uint32_t group;  // of the accumulators
    };
    std::uint32_t new_group();
    void count(const Batch& batch, std::size_t row, std::uint32_t key, std::int64_t time, std::int64_t watermark);
    void fire(std::int64_t watermark);

    std::int64_t gap_;
    bool processing_;
    std::size_t time_column_;
    std::vector<Layout> key_layouts_;
    KeyEncoder encoder_;
    KeyTable keys_;
    std::vector<std::vector<Session>> sessions_;             // by key
    std::set<std::pair<std::int64_t, std::uint32_t>> ends_;  // of each session, with its key
    Accumulators accumulators_;
    std::vector<std::uint32_t> free_groups_;
    std::size_t groups_ = 0;
    BatchBuilder out_;
};

}  // namespace kns::sql
