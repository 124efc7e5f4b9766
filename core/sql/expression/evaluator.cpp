#include "core/sql/expression/evaluator.hpp"

#include "core/sql/expression/cast.hpp"

namespace kns::sql {
namespace {

// A row's value from wherever it was computed.
void copy_rows(const Column& from, Rows rows, Column& to) {
    const auto copy = [&]<class T>(T) {
        T* out = to.cells<T>();
        if (!from.may_be_null()) return rows.each([&](std::size_t row) { out[row] = from.at<T>(row); });
        std::uint8_t* nulls = to.make_nulls();
        rows.each([&](std::size_t row) {
            out[row] = from.at<T>(row);
            nulls[row] = from.is_null(row) ? 1 : 0;
        });
    };
    switch (from.layout()) {
        case Layout::whole: copy(std::int64_t{}); break;
        case Layout::floating: copy(double{}); break;
        case Layout::exact: copy(Decimal{}); break;
        case Layout::bytes: copy(std::string_view{}); break;
    }
    to.borrow(from);
}

ColumnPtr evaluate_choice(const Expr& expression, const Batch& batch, Rows rows, EvalContext& context) {
    auto out = std::make_shared<Column>(expression.type.layout(), batch.size);
    std::vector<std::uint32_t> left, taken, next;
    rows.each([&](std::size_t row) { left.push_back(static_cast<std::uint32_t>(row)); });
    std::size_t i = 0;
    for (; i + 1 < expression.args.size() && !left.empty(); i += 2) {
        taken.clear();
        select_rows(expression.args[i], batch, {left.data(), left.size()}, context, taken);
        if (taken.empty()) continue;
        const Rows here{taken.data(), taken.size()};
        copy_rows(*evaluate(expression.args[i + 1], batch, here, context), here, *out);
        next.clear();
        for (std::size_t a = 0, b = 0; a < left.size(); ++a) {
            if (b < taken.size() && taken[b] == left[a])
                ++b;
            else
                next.push_back(left[a]);
        }
        left.swap(next);
    }
    if (left.empty()) return out;
    const Rows here{left.data(), left.size()};
    copy_rows(*evaluate(expression.args.back(), batch, here, context), here, *out);
    return out;
}

// AND and OR with three values: `decisive` ends it, 0 for AND, 1 for OR.
ColumnPtr evaluate_logic(const Expr& expression, const Batch& batch, Rows rows, EvalContext& context) {
    const std::int64_t decisive = expression.kind == Expr::Kind::any ? 1 : 0;
    auto out = std::make_shared<Column>(Layout::whole, batch.size);
    auto* cells = out->cells<std::int64_t>();
    auto* nulls = out->make_nulls();
    rows.each([&](std::size_t row) { cells[row] = 1 - decisive, nulls[row] = 0; });
    std::vector<std::uint32_t> left, next;
    rows.each([&](std::size_t row) { left.push_back(static_cast<std::uint32_t>(row)); });
    for (const auto& arg : expression.args) {
        const ColumnPtr value = evaluate(arg, batch, {left.data(), left.size()}, context);
        const CellView<std::int64_t> view(*value);
        next.clear();
        for (const auto row : left) {
            if (view.is_null(row)) {
                nulls[row] = 1;
                next.push_back(row);
            } else if (view[row] == decisive) {
                cells[row] = decisive, nulls[row] = 0;
            } else {
                next.push_back(row);
            }
        }
        left.swap(next);
        if (left.empty()) break;
    }
    return out;
}

ColumnPtr evaluate_call(const Expr& expression, const Batch& batch, Rows rows, EvalContext& context) {
    std::vector<ColumnPtr> in;
    in.reserve(expression.args.size());
    for (const auto& arg : expression.args) in.push_back(evaluate(arg, batch, rows, context));
    auto out = std::make_shared<Column>(expression.type.layout(), batch.size);
    // What a function gives may be a part of what it was given.
    if (expression.type.layout() == Layout::bytes)
        for (const auto& column : in) out->borrow(*column);
    (*expression.kernel)({.in = in, .rows = rows, .out = *out, .context = context});
    return out;
}

}  // namespace

ColumnPtr evaluate(const Expr& expression, const Batch& batch, Rows rows, EvalContext& context) {
    switch (expression.kind) {
        case Expr::Kind::column: return batch.columns[expression.index];
        case Expr::Kind::literal: return Column::constant(expression.type.layout(), expression.value);
        case Expr::Kind::call: return evaluate_call(expression, batch, rows, context);
        case Expr::Kind::cast: {
            const ColumnPtr in = evaluate(expression.args[0], batch, rows, context);
            return cast_column(in, expression.args[0].type, expression.type, expression.tries, batch.size, rows, context);
        }
        case Expr::Kind::choice: return evaluate_choice(expression, batch, rows, context);
        case Expr::Kind::all:
        case Expr::Kind::any: return evaluate_logic(expression, batch, rows, context);
        case Expr::Kind::proctime: return Column::constant(Layout::whole, context.now_us / kMicrosPerMs * kMicrosPerMs);
    }
    return nullptr;
}

void select_rows(const Expr& condition, const Batch& batch, Rows among, EvalContext& context, std::vector<std::uint32_t>& into) {
    if (condition.kind == Expr::Kind::all && !condition.args.empty()) {  // one after the other over ever fewer rows
        std::vector<std::uint32_t> now, next;
        select_rows(condition.args[0], batch, among, context, now);
        for (std::size_t i = 1; i < condition.args.size(); ++i) {
            next.clear();
            select_rows(condition.args[i], batch, {now.data(), now.size()}, context, next);
            now.swap(next);
        }
        into.insert(into.end(), now.begin(), now.end());
        return;
    }
    const ColumnPtr value = evaluate(condition, batch, among, context);
    const CellView<std::int64_t> view(*value);
    among.each([&](std::size_t row) {
        if (view[row] != 0 && !view.is_null(row)) into.push_back(static_cast<std::uint32_t>(row));
    });
}

Result<Value> evaluate_constant(const Expr& expression) {
    const Batch one{.size = 1};
    EvalContext context;
    const ColumnPtr out = evaluate(expression, one, context);
    if (!context.errors.empty()) return fail_at(expression.place, context.errors.list().front().second);
    return out->value(0);
}

}  // namespace kns::sql
