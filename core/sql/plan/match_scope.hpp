// What names mean in DEFINE and MEASURES of MATCH_RECOGNIZE. Used by the binder's files only.
#pragma once

#include "core/sql/plan/scope.hpp"

namespace kns::sql {

struct MatchScope {
    const Scope& input;
    const std::vector<std::string>& variables;
    std::vector<MatchPart>& parts;
    std::size_t time_column;
    bool processing;

    // A.price, or price: the last such row's; and how much of the name it took. Nothing: there is no such column.
    Result<std::optional<std::pair<Expr, std::size_t>>> column(const Name& name);
    // The column of a part, which is there once.
    Expr part(MatchPart made);
    std::optional<std::size_t> variable(const std::string& name) const;
    // The input's columns by every variable's name as well: of what stands inside of FIRST, LAST and functions over rows.
    Scope rows() const;
    // The one variable that the expression speaks of, or none; more than one is an error.
    Result<std::optional<std::size_t>> variable_in(const Expression& expression) const;
};

}  // namespace kns::sql
