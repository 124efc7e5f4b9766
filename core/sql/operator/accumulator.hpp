// A function over groups: one value of state for each group, by its number.
#pragma once

#include "core/sql/operator/operator.hpp"

namespace kns::sql {

class Accumulator {
   public:
    virtual ~Accumulator() = default;
    // Groups below `count` exist; new ones have seen nothing.
    virtual void resize(std::size_t count) = 0;
    // The batch's row counts for the group, or no longer does.
    virtual void add(std::size_t group, const Batch& batch, std::size_t row) = 0;
    virtual void retract(std::size_t group, const Batch& batch, std::size_t row) = 0;
    // Each of these rows counts for its group, `groups[n]` for the n-th.
    virtual void add_all(const std::uint32_t* groups, const Batch& batch, Rows rows) {
        std::size_t n = 0;
        rows.each([&](std::size_t row) { add(groups[n++], batch, row); });
    }
    // What another's group has seen counts for this one's as well.
    virtual void merge(std::size_t group, const Accumulator& from, std::size_t from_group) = 0;
    virtual void clear(std::size_t group) = 0;
    // Appends the function's value.
    virtual void result(std::size_t group, Column& out) const = 0;
    virtual void save(std::size_t group, std::string& out) const = 0;
    virtual void load(std::size_t group, CellReader& in) = 0;
    virtual std::size_t bytes() const = 0;
};

// `retracts`: rows may be taken back, for which some functions have to remember more.
std::unique_ptr<Accumulator> make_accumulator(const AggregateCall& call, bool retracts);

// The calls of one aggregate.
class Accumulators {
   public:
    Accumulators(const std::vector<AggregateCall>& calls, bool retracts);
    void resize(std::size_t count);
    void add(std::size_t group, const Batch& batch, std::size_t row);
    void retract(std::size_t group, const Batch& batch, std::size_t row);
    void add_all(const std::uint32_t* groups, const Batch& batch, Rows rows);
    void merge(std::size_t group, const Accumulators& from, std::size_t from_group);
    void clear(std::size_t group);
    // Appends to the builder's columns from `first` on.
    void result(std::size_t group, BatchBuilder& out, std::size_t first) const;
    void save(std::size_t group, std::string& out) const;
    void load(std::size_t group, CellReader& in);
    std::size_t bytes() const;
    std::size_t size() const { return all_.size(); }

   private:
    std::vector<std::unique_ptr<Accumulator>> all_;
    std::size_t count_ = 0;
};

}  // namespace kns::sql
