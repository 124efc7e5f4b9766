// Queries bound to plans, clause by clause. Used by the binder's files only.
#pragma once

#include <functional>

#include "core/sql/plan/binder.hpp"
#include "core/sql/plan/scope.hpp"

namespace kns::sql {

// Expressions as columns of a plan: those that it has already, and those that a projection adds behind them.
class ColumnsOf {
   public:
    explicit ColumnsOf(PlanPtr plan, bool keep_all = true);
    // The column that has it.
    std::size_t add(const Expr& expression);
    // The plan that has them all.
    PlanPtr finish();

   private:
    PlanPtr plan_;
    std::vector<Expr> expressions_;
    Schema schema_;
    bool changed_ = false;
};

// Field's attributes stay with a column that is passed on as it is.
Field field_of(const Expr& expression, const Schema& input, std::string name);

class QueryBinder {
   public:
    explicit QueryBinder(Catalog& catalog) : catalog_(catalog) {}
    Result<PlanPtr> query(const Query& query);

   private:
    struct Bound {
        PlanPtr plan;
        Scope scope;
    };
    Result<PlanPtr> body(const Query& query, std::size_t& visible);
    Result<PlanPtr> values(const Values& values);
    Result<PlanPtr> set_operation(const SetOperation& operation, Place place);
    // `visible`: so many of the plan's columns are the result's; those behind are there to sort by.
    Result<PlanPtr> sorted(PlanPtr plan, const Query& query, std::size_t visible);

    // SELECT
    Result<PlanPtr> select(const Select& select, Place place, const std::vector<OrderItem>& order_by, std::size_t& visible);
    Result<PlanPtr> filtered(Bound& from, const Expression& condition);
    Result<PlanPtr> semi_join(Bound& from, const InQuery& in, bool negated);
    Result<PlanPtr> semi_join(Bound& from, const Exists& exists, bool negated, Place place);
    Result<void> join_scalar_queries(Bound& from, const Select& select, std::vector<std::pair<const Query*, Expr>>& found);
    Result<void> group(const Select& select, const Bound& from, Aggregation& aggregation);
    Result<PlanPtr> aggregated(PlanPtr input, Aggregation& aggregation);
    Result<PlanPtr> with_overs(PlanPtr input, Overs& overs, std::vector<std::size_t>& columns);
    PlanPtr distinct(PlanPtr input);

    // FROM
    Result<Bound> relation(const Relation& relation);
    Result<Bound> table(const TableName& name, const Relation& relation);
    // RANDOM_CUT_FOREST(TABLE t, or CURSOR(SELECT ...), trees, sample, decay, shingle), and with an explanation.
    Result<Bound> forest(const FunctionTable& function, const Relation& relation, bool explains);
    Result<Bound> function_table(const FunctionTable& function, const Relation& relation);
    Result<Bound> join(const Join& join);
    Result<Bound> temporal_join(const Join& join, Bound left, const TableName& right);
    Result<Bound> unnest_join(const Join& join, Bound left, const Unnest& unnest);
    Result<Bound> match(const MatchRecognize& match, Place place);
    Result<PlanPtr> scan(const Table& table);
    Result<PlanPtr> named_query(const Query& query, const std::vector<std::string>& columns, std::string_view name, Place place);
    Result<Bound> as_relation(PlanPtr plan, const Relation& relation, const std::string& name);

    Catalog& catalog_;
    std::vector<std::map<std::string, const CommonTable*>> commons_;
    std::uint32_t depth_ = 0;
};

// Every expression inside of it, itself first; `visit` says whether to go on into one's own parts.
void walk(const Expression& expression, const std::function<bool(const Expression&)>& visit);
void walk_changing(Expression& expression, const std::function<bool(Expression&)>& visit);

}  // namespace kns::sql
