// What names mean in DEFINE and MEASURES of MATCH_RECOGNIZE. Used by the binder's files only.
//
// Bound there, an expression's columns are: first the input's own (of the row that is tested, or of the match's first row for
// MEASURES), then one for each of `parts`, which the operator fills as it goes.
#pragma once

#include "core/sql/plan/scope.hpp"

namespace kns::sql {

// A value out of the rows that a variable has taken so far.
struct MatchPart {
    enum class Kind { first, last, aggregate } kind = Kind::last;
    std::optional<std::size_t> variable{};  // none: of all variables
    std::size_t distance = 0;               // so many rows further in, from the first or the last
    AggregateCall call{};                   // aggregate: its arguments are columns of `arguments`
    std::vector<Expr> arguments{};          // over the input's columns; of first and last one
    bool operator==(const MatchPart&) const = default;
};

struct MatchScope {
    const Scope& input;
    const std::vector<std::string>& variables;
    std::vector<MatchPart>& parts;
    std::optional<std::size_t> tested{};  // DEFINE: this variable's condition
    Catalog& catalog;
    std::size_t first_part = 0;  // the column of the first of them

    // A.price or price, as the last row's; and how much of the name it took. Nothing: no such variable and no such column.
    Result<std::optional<std::pair<Expr, std::size_t>>> column(const Name& name);
    Expr part(MatchPart made, Type type);
    std::optional<std::size_t> variable(const std::string& name) const;
};

}  // namespace kns::sql
