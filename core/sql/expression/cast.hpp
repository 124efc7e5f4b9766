// Values of one type as another's, and as text.
// Contract: Flink 1.20, "CAST" in "Data Types". What cannot be read as the type fails the row; TRY_CAST gives NULL.
#pragma once

#include "core/sql/expression/kernel.hpp"

namespace kns::sql {

// Whether there is such a cast at all.
Result<void> check_cast(const Type& from, const Type& to, Place place);
ColumnPtr cast_column(const ColumnPtr& in, const Type& from, const Type& to, bool tries, std::size_t size, Rows rows,
                      EvalContext& context);
// Values as text, as CAST to STRING writes them: also how rows are printed.
void append_text(std::string& out, const Column& column, std::size_t row, const Type& type);

}  // namespace kns::sql
