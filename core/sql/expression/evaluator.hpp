// Expressions over batches. Lives with the operator that owns it.
#pragma once

#include "core/sql/expression/expression.hpp"
#include "core/sql/expression/kernel.hpp"

namespace kns::sql {

// The expression's value at these rows of the batch; at others it may be anything. Rows that have none are among the context's
// errors, and NULL.
ColumnPtr evaluate(const Expr& expression, const Batch& batch, Rows rows, EvalContext& context);
inline ColumnPtr evaluate(const Expr& expression, const Batch& batch, EvalContext& context) {
    return evaluate(expression, batch, batch.rows(), context);
}
// The rows, among these, where the condition is true.
void select_rows(const Expr& condition, const Batch& batch, Rows among, EvalContext& context, std::vector<std::uint32_t>& into);
// Of an expression that looks at no column.
Result<Value> evaluate_constant(const Expr& expression);

}  // namespace kns::sql
