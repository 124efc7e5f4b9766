// Names become columns, expressions get types, a query becomes a plan. Refuses what Flink refuses. Pure.
#pragma once

#include "core/sql/plan/catalog.hpp"

namespace kns::sql {

// The plan of a query, as it was written: see optimize.hpp.
Result<PlanPtr> plan_query(const Query& query, Catalog& catalog);

// What an INSERT writes: the query's columns in the order and of the types of the table's.
struct SinkPlan {
    std::string table;
    std::map<std::string, std::string> options;  // the statement's over the table's
    PlanPtr plan;
};
Result<SinkPlan> plan_insert(const Insert& insert, Catalog& catalog);

// An expression over a table's columns: of computed columns and watermarks.
Result<Expr> bind_over(const Expression& expression, const Schema& columns, Catalog& catalog);

}  // namespace kns::sql
