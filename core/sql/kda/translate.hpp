// Texts of Kinesis Data Analytics for SQL, which is switched off, as texts of Flink's SQL. Pure.
// Contract: "Amazon Kinesis Data Analytics SQL Reference".
//
// A stream becomes a view of what its pumps put into it, with ROWTIME as its first column; streams that no pump reads are the
// results. Names without quotes become capitals. Where no Flink can do what a text says, that is an error.
#pragma once

#include "core/sql/text/syntax.hpp"

namespace kns::sql {

// Whether there is something of KDA's among the statements.
bool is_kda(const std::vector<Statement>& statements);
// The text of the same in Flink's SQL. What is Flink's already, such as the CREATE TABLE of a source, stays as it is.
Result<std::string> translate_kda(std::string_view text);

}  // namespace kns::sql
