// What names can mean at some place of a query, and expressions bound there. Used by the binder's files only.
#pragma once

#include <set>

#include "core/sql/plan/catalog.hpp"

namespace kns::sql {

// The columns of FROM, side by side.
struct Scope {
    Schema schema;
    struct Part {
        std::string alias;
        std::size_t first = 0, count = 0;
    };
    std::vector<Part> parts;

    void add(const std::string& alias, const Schema& columns);
};

// A call with arguments that are expressions still: they become columns of a projection below the operator.
struct PendingAggregate {
    AggregateCall call;
    std::vector<Expr> arguments;
    std::optional<Expr> filter;
    std::vector<std::pair<Expr, SortKey>> order;
    bool same_as(const PendingAggregate& other) const;
};

// GROUP BY's input: expressions above it see its keys and calls only.
struct Aggregation {
    std::vector<Expr> keys;                   // over the input
    std::vector<std::set<std::size_t>> sets;  // GROUPING SETS; empty: one, of all keys
    std::vector<PendingAggregate> calls;
    // GROUP BY TUMBLE(t, ...): its bounds follow the calls.
    struct Legacy {
        Windowing windowing;
        std::size_t time_column = 0;
        std::string function;
    };
    std::optional<Legacy> legacy{};
    std::size_t output_of_key(std::size_t key) const { return key; }
    // Calls found later move nothing: their columns follow those of the keys and, if there are sets, the sets' number.
    std::size_t first_call() const { return keys.size() + (sets.empty() ? 0 : 1); }
};

// OVER calls of one SELECT; each window is one operator.
struct PendingOver {
    PendingAggregate aggregate;
    std::vector<Expr> partition_by;
    std::vector<std::pair<Expr, SortKey>> order_by;
    bool rows = false;
    FrameEdge from;
    bool same_window(const PendingOver& other) const;
};
struct Overs {
    std::size_t first_column = 0;  // of their results
    std::vector<PendingOver> calls;
    const std::vector<NamedWindow>* windows = nullptr;
};

struct MatchScope;

struct ExpressionScope {
    const Scope& scope;
    Aggregation* aggregation = nullptr;
    Overs* overs = nullptr;
    MatchScope* match = nullptr;
    // Sub-queries that were joined already: which column is theirs.
    const std::vector<std::pair<const Query*, Expr>>* scalar_queries = nullptr;
};

class ExpressionBinder {
   public:
    ExpressionBinder(Catalog& catalog, ExpressionScope in) : catalog_(catalog), in_(in) {}

    Result<Expr> bind(const Expression& expression);
    Result<Expr> bind_condition(const Expression& expression, std::string_view what);
    Result<std::vector<Expr>> bind_all(const std::vector<ExpressionPtr>& expressions);
    // An aggregate's arguments are bound over the input.
    Result<PendingAggregate> bind_aggregate(const Call& call, Place place);
    Result<WindowSpecification*> named_window(const Identifier& name);

   private:
    Result<Expr> bind_inner(const Expression& expression);
    Result<Expr> bind_column(const ColumnName& column, Place place);
    Result<Expr> bind_number(const NumberLiteral& number, Place place);
    Result<Expr> bind_interval(const IntervalLiteral& interval, Place place);
    Result<Expr> bind_time(const TimeLiteral& time, Place place);
    Result<Expr> bind_call(const Call& call, Place place);
    Result<Expr> bind_over(const Call& call, Place place);
    Result<Expr> bind_between(const Between& between, Place place);
    Result<Expr> bind_case_of(const Case& choice, Place place);
    Result<Expr> bind_grouping(const Call& call, const std::string& name, Place place);
    Result<std::optional<Expr>> bind_legacy_part(const Call& call, const std::string& name, Place place);
    Result<std::optional<Expr>> bind_match_call(const Call& call, const std::string& name, Place place);
    Result<Expr> fields_of(Expr base, const Name& name, std::size_t from);

    Catalog& catalog_;
    ExpressionScope in_;
    std::uint32_t depth_ = 0;
};

// Whether a name, in capitals, is an aggregate's; its type and what it takes.
bool is_aggregate(const std::string& name);
std::vector<std::string> aggregate_names();
Result<AggregateCall> type_aggregate(std::string name, std::vector<Expr>& arguments, bool distinct, Place place);
// A window function's name: TUMBLE, HOP, CUMULATE, SESSION.
std::optional<Windowing::Kind> window_kind(const std::string& name);
// The length of a literal interval in microseconds.
Result<std::int64_t> literal_span(const Expr& expression, std::string_view what);
std::string capitals_of(const Name& name);

// Refuses a column of texts, which no rows have: what a query gives has names, each once.
std::string name_of(const SelectItem& item, std::size_t at);

}  // namespace kns::sql
