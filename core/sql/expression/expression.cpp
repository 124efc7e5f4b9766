#include "core/sql/expression/expression.hpp"

#include "core/sql/expression/cast.hpp"
#include "core/sql/expression/evaluator.hpp"

namespace kns::sql {

Expr column_of(std::size_t index, Type type) { return {.kind = Expr::Kind::column, .type = std::move(type), .index = index}; }

Expr literal_of(Value value, Type type) {
    type.nullable = is_null(value);
    return {.kind = Expr::Kind::literal, .type = std::move(type), .value = std::move(value)};
}

Expr true_literal() { return literal_of(std::int64_t{1}, boolean_type()); }

Result<Expr> cast_to(Expr expression, const Type& type, bool tries) {
    Type wanted = type;
    wanted.nullable = expression.type.nullable || tries;
    if (expression.type == wanted) return expression;
    if (expression.type.is_text() && wanted.kind == Kind::text && wanted.precision == kUnboundedLength) {
        expression.type = std::move(wanted);  // the same bytes
        return expression;
    }
    KNS_TRY(check_cast(expression.type, wanted, expression.place));
    const bool literal = expression.is_literal();
    Expr out{.kind = Expr::Kind::cast, .type = wanted, .tries = tries, .place = expression.place};
    out.args.push_back(std::move(expression));
    if (!literal) return out;
    Value value = KNS_TRY(evaluate_constant(out));
    const Place place = out.place;
    out = literal_of(std::move(value), std::move(wanted));
    out.place = place;
    return out;
}

Expr all_of(std::vector<Expr> conditions) {
    if (conditions.empty()) return true_literal();
    if (conditions.size() == 1) return std::move(conditions.front());
    bool nullable = false;
    for (const auto& condition : conditions) nullable = nullable || condition.type.nullable;
    return {.kind = Expr::Kind::all, .type = or_null(boolean_type(), nullable), .args = std::move(conditions)};
}

void split_conjunction(Expr expression, std::vector<Expr>& into) {
    if (expression.kind != Expr::Kind::all) return into.push_back(std::move(expression));
    for (auto& arg : expression.args) split_conjunction(std::move(arg), into);
}

void collect_columns(const Expr& expression, std::set<std::size_t>& into) {
    if (expression.is_column()) into.insert(expression.index);
    for (const auto& arg : expression.args) collect_columns(arg, into);
}

Expr with_columns(Expr expression, const std::function<Expr(const Expr&)>& replace) {
    if (expression.is_column()) return replace(expression);
    for (auto& arg : expression.args) arg = with_columns(std::move(arg), replace);
    return expression;
}

bool is_constant(const Expr& expression) {
    if (expression.is_column() || expression.kind == Expr::Kind::proctime) return false;
    for (const auto& arg : expression.args)
        if (!is_constant(arg)) return false;
    return true;
}

std::string text_of(const Value& value, const Type& type) {
    if (is_null(value)) return "NULL";
    std::string out;
    append_text(out, *Column::constant(type.layout(), value), 0, type);
    return out;
}

std::string text_of(const Expr& expression, const std::vector<std::string>& columns) {
    const auto joined = [&](std::string_view between) {
        std::string out;
        for (const auto& arg : expression.args) out += (out.empty() ? "" : std::string(between)) + text_of(arg, columns);
        return out;
    };
    switch (expression.kind) {
        case Expr::Kind::column:
            return expression.index < columns.size() ? columns[expression.index] : fmt::format("${}", expression.index);
        case Expr::Kind::literal: {
            const std::string text = text_of(expression.value, expression.type);
            return expression.type.layout() == Layout::bytes && !is_null(expression.value) ? "'" + text + "'" : text;
        }
        case Expr::Kind::call:
            if (expression.args.size() == 2 && !std::isalpha(static_cast<unsigned char>(expression.name[0])))
                return "(" + joined(" " + expression.name + " ") + ")";
            return expression.name + "(" + joined(", ") + ")";
        case Expr::Kind::cast:
            return (expression.tries ? "TRY_CAST(" : "CAST(") + joined("") + " AS " + text_of(or_null(expression.type)) + ")";
        case Expr::Kind::choice: {
            std::string out = "CASE";
            std::size_t i = 0;
            for (; i + 1 < expression.args.size(); i += 2)
                out += " WHEN " + text_of(expression.args[i], columns) + " THEN " + text_of(expression.args[i + 1], columns);
            return out + " ELSE " + text_of(expression.args.back(), columns) + " END";
        }
        case Expr::Kind::all: return "(" + joined(" AND ") + ")";
        case Expr::Kind::any: return "(" + joined(" OR ") + ")";
        case Expr::Kind::proctime: return "PROCTIME()";
    }
    return {};
}

}  // namespace kns::sql
