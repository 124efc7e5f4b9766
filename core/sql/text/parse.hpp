// Texts in SQL as syntax trees. Pure.
// Contract: Flink 1.20's documentation, "SQL", page by page; KDA's: "Amazon Kinesis Data Analytics SQL reference". What neither has
// is refused with the place where it stands, what was expected there, and the nearest word where one was mistyped.
#pragma once

#include "core/sql/text/syntax.hpp"

namespace kns::sql {

// Statements with a semicolon between them.
Result<std::vector<Statement>> parse_statements(std::string_view text);
// A query, and nothing else.
Result<QueryPtr> parse_query(std::string_view text);
Result<ExpressionPtr> parse_expression(std::string_view text);

}  // namespace kns::sql
