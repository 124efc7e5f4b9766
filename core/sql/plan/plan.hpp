// A query as a tree of what is done to rows: names are found, types known, nothing runs yet. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/sql/expression/expression.hpp"
#include "core/sql/forest/random_cut_forest.hpp"

namespace kns::sql {

// Whether a column tells the time of its row: only then windows, watermarks and joins over time may use it.
enum class TimeRole : std::uint8_t { none, event, processing };

// How rows fall into windows. Times in microseconds.
struct Windowing {
    enum class Kind { tumble, hop, cumulate, session } kind = Kind::tumble;
    std::int64_t size = 0;    // of a session: the gap
    std::int64_t slide = 0;   // HOP's slide, CUMULATE's step
    std::int64_t offset = 0;  // where the first window begins
    bool processing = false;  // cut by the clock, and not by the rows' times
    bool operator==(const Windowing&) const = default;
};
// What a column says of its row's window.
enum class WindowPart : std::uint8_t { none, start, end, time };

struct Field {
    std::string name;
    Type type;
    TimeRole time = TimeRole::none;
    WindowPart part = WindowPart::none;
    std::shared_ptr<const Windowing> window{};  // of a window's part: which window
};
using Schema = std::vector<Field>;
std::vector<std::string> names_of(const Schema& schema);

struct SortKey {
    std::size_t column = 0;
    bool descending = false;
    bool nulls_first = true;  // Flink's: NULL is the smallest
    bool operator==(const SortKey&) const = default;
};

struct Plan;
using PlanPtr = std::unique_ptr<Plan>;

// A column of a table, or what is at a path inside it (numbers of fields).
using FieldPath = std::vector<std::size_t>;

struct ScanPlan {
    std::string table;             // its name in the catalog: one source feeds all scans of it
    std::vector<FieldPath> paths;  // what each column of this scan is; the first number is a column of the table
};
struct ValuesPlan {
    std::vector<std::vector<Expr>> rows;
};
struct FilterPlan {
    Expr condition;
};
struct ProjectPlan {
    std::vector<Expr> expressions;
};
// WATERMARK FOR column AS expression.
struct WatermarkPlan {
    std::size_t column = 0;
    Expr expression;
    std::string table;  // whose option of idle time counts
};
// Adds window_start, window_end and window_time. A session's rows wait until it is complete.
struct WindowPlan {
    Windowing windowing;
    std::size_t time_column = 0;
    std::vector<std::size_t> partition_by{};  // of a session
};

struct AggregateCall {
    std::string function;                  // COUNT, SUM, ...
    std::vector<std::size_t> arguments{};  // columns of the input; literals come in `parameters`
    std::vector<Value> parameters{};
    std::optional<std::size_t> filter{};
    bool distinct = false;
    std::vector<SortKey> order{};  // WITHIN GROUP
    Type type;
    std::vector<Type> argument_types{};
    bool operator==(const AggregateCall&) const = default;
};
// The keys that are a window's bounds: then each window is one result, when it is over.
struct AggregateWindow {
    Windowing windowing;
    std::optional<std::size_t> time_column{};  // assigns windows itself, by this column; otherwise the rows have them
    std::optional<std::size_t> start_key{}, end_key{}, time_key{};  // which of `keys`
};
struct AggregatePlan {
    std::vector<std::size_t> keys;
    std::vector<AggregateCall> calls;
    std::optional<AggregateWindow> window{};
};

struct JoinPlan {
    enum class Kind { inner, left, right, full, semi, anti } kind = Kind::inner;
    enum class Flavour {
        regular,   // both sides are kept
        interval,  // until the watermark says that nothing can match any more
        window,    // until the window is over
        temporal,  // the right side's version at the left row's time
        lookup,    // what the right table holds when the left row comes
    } flavour = Flavour::regular;
    std::vector<std::size_t> left_keys, right_keys;  // equal, of the inputs' own columns
    std::optional<Expr> residual{};                  // over both inputs' columns, the right ones behind the left ones
    // interval: left.time - right.time lies in [lower, upper], microseconds
    std::size_t left_time = 0, right_time = 0;
    std::int64_t lower = 0, upper = 0;
    bool processing = false;
    std::size_t left_window = 0, right_window = 0;  // window: the columns of the windows' ends
    bool null_aware = false;                        // NOT IN: a NULL on the right makes it unknown
    bool versions = false;                          // lookup: of the right table's rows the last of each key counts
};

// The first rows of each partition, in some order.
struct RankPlan {
    std::vector<std::size_t> partition_by;
    std::vector<SortKey> order_by;
    std::int64_t from = 1, to = 1;            // both included
    bool with_number = false;                 // the number is the last column
    bool latest_wins = false;                 // of rows at the same time the one that came last
    std::optional<std::size_t> window_end{};  // partitions of windows: each is one result, when it is over
};

struct FrameEdge {
    enum class Kind { unbounded, distance, current } kind = Kind::current;
    std::int64_t distance = 0;  // rows, or microseconds
};
struct OverPlan {
    std::vector<std::size_t> partition_by;
    std::vector<SortKey> order_by;
    bool rows = false;
    FrameEdge from{FrameEdge::Kind::unbounded, 0};  // up to the current row
    std::vector<AggregateCall> calls;               // each a column behind the input's
    bool processing = false;
    bool latest_first = false;  // ordered by the clock, descending
};

struct UnionPlan {};
struct SetPlan {
    enum class Kind { intersect, except } kind = Kind::intersect;
    bool all = false;
};
// ORDER BY and LIMIT of a whole result: what is beyond is taken back.
struct SortPlan {
    std::vector<SortKey> order_by;
    std::int64_t offset = 0;
    std::optional<std::int64_t> limit{};
};
// Each row once for each set, with the columns that are not in it NULL, and the set's number as the last column.
struct ExpandPlan {
    std::vector<std::vector<bool>> keeps;  // by set, by column
};
struct UnnestPlan {
    std::size_t column = 0;  // an array, map or multiset: its elements follow the input's columns
    bool outer = false;      // a row without elements stays, with NULLs
    bool ordinality = false;
};

// The input's columns, a score behind them, and perhaps what made it.
struct ForestPlan {
    std::vector<std::size_t> features{};
    ForestSettings settings{};
    bool explains = false, direction = false;
};

// A value out of the rows that a match has taken so far.
struct MatchPart {
    enum class Kind { first, last, aggregate } kind = Kind::last;
    std::optional<std::size_t> variable{};  // none: of all variables
    std::size_t distance = 0;               // first, last: so many rows further in
    std::vector<Expr> arguments{};          // over the input's columns; of first and last one
    AggregateCall call{};                   // aggregate
    Type type;
    bool operator==(const MatchPart&) const = default;
};
struct PatternVariable {
    std::string name;
    std::uint32_t least = 1;
    std::optional<std::uint32_t> most = 1;
    bool reluctant = false;
    std::optional<Expr> condition{};  // none: every row
};
struct MatchPlan {
    std::vector<std::size_t> partition_by{};
    std::vector<SortKey> order_by{};  // by the clock: what follows it
    std::vector<PatternVariable> pattern{};
    std::vector<MatchPart> parts{};  // what conditions and measures see: their columns are these
    std::vector<Expr> measures{};
    SkipTo skip = SkipTo::past_last_row;
    std::optional<std::size_t> skip_variable{};
    std::optional<std::int64_t> within{};  // microseconds
    std::size_t time_column = 0;
    bool processing = false;
};

struct Plan {
    Schema schema;
    bool append_only = true;  // nothing that came out is ever taken back
    std::vector<PlanPtr> inputs{};
    std::variant<ScanPlan, ValuesPlan, FilterPlan, ProjectPlan, WatermarkPlan, WindowPlan, AggregatePlan, JoinPlan, RankPlan,
                 OverPlan, UnionPlan, SetPlan, SortPlan, ExpandPlan, UnnestPlan, ForestPlan, MatchPlan>
        node;
};

template <class Node>
PlanPtr make_plan(Schema schema, Node node, std::vector<PlanPtr> inputs = {}) {
    auto out = std::make_unique<Plan>();
    out->schema = std::move(schema);
    out->node = std::move(node);
    out->inputs = std::move(inputs);
    for (const auto& input : out->inputs) out->append_only = out->append_only && input->append_only;
    return out;
}
template <class Node>
PlanPtr make_plan(Schema schema, Node node, PlanPtr input) {
    std::vector<PlanPtr> inputs;
    inputs.push_back(std::move(input));
    return make_plan(std::move(schema), std::move(node), std::move(inputs));
}

// As EXPLAIN prints it, the result on top, inputs indented below.
std::string text_of(const Plan& plan);

}  // namespace kns::sql
