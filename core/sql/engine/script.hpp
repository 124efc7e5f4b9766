// A text of statements, planned: tables and views are made, what is to run is left.
#pragma once

#include "core/sql/plan/binder.hpp"
#include "core/sql/plan/optimize.hpp"

namespace kns::sql {

// One of the text's queries: where its rows go, or nowhere if they are the text's result.
struct Planned {
    std::string sink{};  // a table of the catalog
    std::map<std::string, std::string> options{};
    PlanPtr plan;
};

struct Script {
    std::vector<Planned> queries;  // of those that are results at most one
    bool explain = false;          // EXPLAIN: nothing is to run
};

// Statements in their order; `catalog` has what they made. Errors name line and column of the text.
Result<Script> plan_script(std::string_view text, Catalog& catalog);

// A batch's rows as Flink prints them: "+I[1, a]".
void append_changes(std::string& out, const Batch& batch, const Schema& schema);

}  // namespace kns::sql
