#include <algorithm>
#include <charconv>

#include "core/base/edit_distance.hpp"
#include "core/sql/expression/calendar.hpp"
#include "core/sql/expression/evaluator.hpp"
#include "core/sql/expression/function.hpp"
#include "core/sql/plan/match_scope.hpp"
#include "core/sql/plan/scope.hpp"

namespace kns::sql {
namespace {

std::string in_capitals(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::vector<std::string> names_in(const Scope& scope) {
    std::vector<std::string> out = names_of(scope.schema);
    for (const auto& part : scope.parts) out.push_back(part.alias);
    return out;
}

}  // namespace

std::string capitals_of(const Name& name) { return in_capitals(plain_name(name)); }

void Scope::add(const std::string& alias, const Schema& columns) {
    parts.push_back({.alias = alias, .first = schema.size(), .count = columns.size()});
    schema.insert(schema.end(), columns.begin(), columns.end());
}

bool PendingAggregate::same_as(const PendingAggregate& other) const {
    return call == other.call && arguments == other.arguments && filter == other.filter && order == other.order;
}

bool PendingOver::same_window(const PendingOver& other) const {
    return partition_by == other.partition_by && order_by == other.order_by && rows == other.rows && from.kind == other.from.kind &&
           from.distance == other.from.distance;
}

Result<std::int64_t> literal_span(const Expr& expression, std::string_view what) {
    if (!expression.is_literal() || expression.type.kind != Kind::span || is_null(expression.value))
        return fail_at(
            expression.place,
            fmt::format("{} has to be an interval of days, hours, minutes or seconds, such as INTERVAL '10' SECOND", what));
    return std::get<std::int64_t>(expression.value);
}

Result<std::vector<Expr>> ExpressionBinder::bind_all(const std::vector<ExpressionPtr>& expressions) {
    std::vector<Expr> out;
    for (const auto& expression : expressions) out.push_back(KNS_TRY(bind(*expression)));
    return out;
}

Result<Expr> ExpressionBinder::bind_condition(const Expression& expression, std::string_view what) {
    Expr out = KNS_TRY(bind(expression));
    if (out.type.kind != Kind::boolean && out.type.kind != Kind::null)
        return fail_at(expression.place, fmt::format("{} has to be a condition, and is {}", what, text_of(or_null(out.type))));
    return cast_to(std::move(out), boolean_type());
}

Result<Expr> ExpressionBinder::bind(const Expression& expression) {
    // Above GROUP BY, what is a key as a whole is that key's column.
    if (in_.aggregation != nullptr) {
        auto below = ExpressionBinder(catalog_, {.scope = in_.scope, .scalar_queries = in_.scalar_queries}).bind(expression);
        if (below) {
            const auto& keys = in_.aggregation->keys;
            const auto key = std::ranges::find(keys, *below);
            if (key != keys.end()) {
                Expr out = column_of(static_cast<std::size_t>(key - keys.begin()), key->type);
                if (!in_.aggregation->sets.empty()) out.type.nullable = true;
                out.place = expression.place;
                return out;
            }
            if (is_constant(*below)) return below;
        }
    }
    Expr out = KNS_TRY(bind_inner(expression));
    out.place = expression.place;
    // What is known already needs not be asked of every row.
    if ((out.kind == Expr::Kind::call || out.kind == Expr::Kind::choice) && is_constant(out) && out.name != "RAND" &&
        out.name != "RAND_INTEGER" && out.name != "UUID" && out.type.kind != Kind::null) {
        if (auto value = evaluate_constant(out)) {
            const bool nullable = out.type.nullable;
            Type type = out.type;
            out = literal_of(std::move(*value), std::move(type));
            out.type.nullable = nullable && is_null(out.value);
            out.place = expression.place;
        }
    }
    return out;
}

Result<Expr> ExpressionBinder::bind_inner(const Expression& expression) {
    const Place place = expression.place;
    return std::visit(
        Overloaded{
            [&](const NullLiteral&) -> Result<Expr> { return literal_of(Value(), Type{}); },
            [&](const BooleanLiteral& literal) -> Result<Expr> { return literal_of(std::int64_t{literal.value}, boolean_type()); },
            [&](const NumberLiteral& literal) { return bind_number(literal, place); },
            [&](const StringLiteral& literal) -> Result<Expr> {
                return literal_of(literal.text, type_of(Kind::character,
                                                        static_cast<std::uint32_t>(std::max<std::size_t>(literal.text.size(), 1))));
            },
            [&](const TimeLiteral& literal) { return bind_time(literal, place); },
            [&](const IntervalLiteral& literal) { return bind_interval(literal, place); },
            [&](const ColumnName& column) { return bind_column(column, place); },
            [&](const Star&) -> Result<Expr> { return fail_at(place, "* stands for all columns in SELECT and COUNT only"); },
            [&](const Keyword& keyword) -> Result<Expr> { return keyword_of(keyword.word, place); },
            [&](const Unary& unary) -> Result<Expr> { return bind_unary(unary.operation, KNS_TRY(bind(*unary.operand)), place); },
            [&](const Binary& binary) -> Result<Expr> {
                Expr left = KNS_TRY(bind(*binary.left)), right = KNS_TRY(bind(*binary.right));
                if (binary.operation.ends_with("LIKE") || binary.operation.ends_with("SIMILAR TO")) {
                    std::optional<Expr> escape;
                    if (binary.escape) escape = KNS_TRY(bind(*binary.escape));
                    return bind_like(binary.operation, std::move(left), std::move(right), std::move(escape), place);
                }
                return bind_binary(binary.operation, std::move(left), std::move(right), place);
            },
            [&](const Between& between) { return bind_between(between, place); },
            [&](const InList& in) -> Result<Expr> {
                return bind_in(KNS_TRY(bind(*in.operand)), KNS_TRY(bind_all(in.list)), in.negated, place);
            },
            [&](const InQuery&) -> Result<Expr> {
                return fail_at(place, "IN (SELECT ...) can be one of the conditions that AND joins in WHERE, and nothing else");
            },
            [&](const Exists&) -> Result<Expr> {
                return fail_at(place, "EXISTS can be one of the conditions that AND joins in WHERE, and nothing else");
            },
            [&](const ScalarQuery& scalar) -> Result<Expr> {
                if (in_.scalar_queries != nullptr)
                    for (const auto& [query, column] : *in_.scalar_queries)
                        if (query == scalar.query.get()) return column;
                return fail_at(place, "a query cannot stand here as a value");
            },
            [&](const Case& choice) { return bind_case_of(choice, place); },
            [&](const Cast& cast) -> Result<Expr> {
                Expr operand = KNS_TRY(bind(*cast.operand));
                const Type type = KNS_TRY(resolve(cast.type));
                operand.place = place;
                return cast_to(std::move(operand), type, cast.tries);
            },
            [&](const Call& call) { return bind_call(call, place); },
            [&](const TableArgument&) -> Result<Expr> {
                return fail_at(place, "TABLE stands for a table in functions of tables only");
            },
            [&](const Descriptor&) -> Result<Expr> {
                return fail_at(place, "DESCRIPTOR names columns in functions of tables only");
            },
            [&](const Cursor&) -> Result<Expr> { return fail_at(place, "CURSOR stands for rows in functions of tables only"); },
            [&](const ArrayOf& list) -> Result<Expr> { return bind_function("ARRAY", KNS_TRY(bind_all(list.elements)), place); },
            [&](const MapOf& map) -> Result<Expr> { return bind_function("MAP", KNS_TRY(bind_all(map.keys_and_values)), place); },
            [&](const RowOf& row) -> Result<Expr> { return bind_function("ROW", KNS_TRY(bind_all(row.fields)), place); },
            [&](const Element& element) -> Result<Expr> {
                std::vector<Expr> args;
                args.push_back(KNS_TRY(bind(*element.operand)));
                args.push_back(KNS_TRY(bind(*element.index)));
                return bind_function("ITEM", std::move(args), place);
            },
            [&](const FieldOf& field) -> Result<Expr> { return fields_of(KNS_TRY(bind(*field.operand)), {field.field}, 0); },
        },
        expression.node);
}

Result<Expr> ExpressionBinder::fields_of(Expr base, const Name& name, std::size_t from) {
    for (std::size_t i = from; i < name.size(); ++i) {
        const Type type = base.type;
        if (type.kind != Kind::row) return fail_at(name[i].place, fmt::format("{} has no fields", text_of(or_null(type))));
        const auto field = std::ranges::find(type.fields, name[i].text);
        if (field == type.fields.end()) {
            auto error = fail_at(name[i].place, fmt::format("there is no field `{}`", name[i].text));
            const auto near = nearest(name[i].text, type.fields);
            return near ? std::move(error).hint(fmt::format("did you mean {}?", *near)) : std::move(error);
        }
        std::vector<Expr> args{std::move(base)};
        args.push_back(literal_of(static_cast<std::int64_t>(field - type.fields.begin()), bigint_type()));
        base = KNS_TRY(bind_function("FIELD", std::move(args), name[i].place));
    }
    return base;
}

Result<Expr> ExpressionBinder::bind_column(const ColumnName& column, Place place) {
    const Name& name = column.name;
    if (in_.match != nullptr) {
        if (auto found = KNS_TRY(in_.match->column(name))) return fields_of(std::move(found->first), name, found->second);
    }
    const Scope& scope = in_.scope;
    std::vector<std::size_t> found;
    std::size_t used = 1;
    if (name.size() > 1) {
        for (const auto& part : scope.parts) {
            if (part.alias != name[0].text) continue;
            for (std::size_t i = part.first; i < part.first + part.count; ++i)
                if (scope.schema[i].name == name[1].text) found.push_back(i);
            if (found.empty()) {
                Schema columns(scope.schema.begin() + static_cast<std::ptrdiff_t>(part.first),
                               scope.schema.begin() + static_cast<std::ptrdiff_t>(part.first + part.count));
                auto error = fail_at(name[1].place, fmt::format("`{}` has no column `{}`", name[0].text, name[1].text));
                const auto near = nearest(name[1].text, names_of(columns));
                return near ? std::move(error).hint(fmt::format("did you mean {}?", *near)) : std::move(error);
            }
            used = 2;
        }
    }
    if (found.empty())
        for (std::size_t i = 0; i < scope.schema.size(); ++i)
            if (scope.schema[i].name == name[0].text) found.push_back(i);
    if (found.size() > 1)
        return fail_at(place, fmt::format("`{}` could be more than one column", text_of(name)))
            .hint("put its table's name before it");
    if (found.empty()) {
        // Words that need no brackets.
        const std::string word = in_capitals(name[0].text);
        if (name.size() == 1 && !name[0].quoted)
            for (const std::string_view clock :
                 {"CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIME"})
                if (word == clock) return bind_function(word, {}, place);
        auto error = fail_at(place, fmt::format("there is no column `{}`", name[0].text));
        const auto near = nearest(name[0].text, names_in(scope));
        return near ? std::move(error).hint(fmt::format("did you mean {}?", *near)) : std::move(error);
    }
    if (in_.aggregation != nullptr)
        return fail_at(
            place, fmt::format("the column `{}` is neither in GROUP BY nor inside of a function over the group", text_of(name)));
    const Field& field = scope.schema[found[0]];
    Expr out = field.time == TimeRole::processing ? Expr{.kind = Expr::Kind::proctime, .type = field.type}
                                                  : column_of(found[0], field.type);
    if (out.kind == Expr::Kind::proctime) out.name = kProctime;
    out.place = place;
    return fields_of(std::move(out), name, used);
}

Result<Expr> ExpressionBinder::bind_number(const NumberLiteral& number, Place place) {
    const std::string& text = number.text;
    if (text.find_first_of("eE") != std::string::npos) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{}) return fail_at(place, fmt::format("the number {} is too large", text));
        return literal_of(value, double_type());
    }
    const auto point = text.find('.');
    if (point == std::string::npos) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc{}) return literal_of(value, value > INT32_MAX ? bigint_type() : integer_type());
    }
    const auto scale = static_cast<std::uint32_t>(point == std::string::npos ? 0 : text.size() - point - 1);
    const auto precision = static_cast<std::uint32_t>(text.size() - (point == std::string::npos ? 0 : 1));
    const auto value = precision <= kMaxPrecision ? parse_decimal(text, kMaxPrecision, scale) : std::nullopt;
    if (!value) return fail_at(place, fmt::format("the number {} has more than 38 digits", text));
    return literal_of(*value, decimal_type(std::max(precision, 1U), scale));
}

Result<Expr> ExpressionBinder::bind_interval(const IntervalLiteral& interval, Place place) {
    const auto value = parse_interval(interval);
    if (!value) return fail_at(place, fmt::format("'{}' is no such interval", interval.text));
    return literal_of(*value, type_of(is_months(interval.from) ? Kind::months : Kind::span, 3));
}

Result<Expr> ExpressionBinder::bind_time(const TimeLiteral& time, Place place) {
    const auto value = time.type == "DATE"   ? parse_date(time.text)
                       : time.type == "TIME" ? parse_time_of_day(time.text)
                                             : parse_timestamp(time.text);
    if (!value) return fail_at(place, fmt::format("'{}' is no {}", time.text, time.type));
    if (time.type == "DATE") return literal_of(*value, type_of(Kind::date));
    const auto point = time.text.find('.');
    const auto digits =
        static_cast<std::uint32_t>(point == std::string::npos ? 0 : std::min<std::size_t>(6, time.text.size() - point - 1));
    return literal_of(*value, type_of(time.type == "TIME" ? Kind::time : Kind::timestamp, digits));
}

Result<Expr> ExpressionBinder::bind_between(const Between& between, Place place) {
    Expr operand = KNS_TRY(bind(*between.operand)), low = KNS_TRY(bind(*between.low)), high = KNS_TRY(bind(*between.high));
    const auto within = [&](const Expr& from, const Expr& to) -> Result<Expr> {
        Expr above = KNS_TRY(bind_binary(">=", operand, from, place));
        return bind_binary("AND", std::move(above), KNS_TRY(bind_binary("<=", operand, to, place)), place);
    };
    Expr out = KNS_TRY(within(low, high));
    if (between.symmetric) out = KNS_TRY(bind_binary("OR", std::move(out), KNS_TRY(within(high, low)), place));
    return between.negated ? bind_unary("NOT", std::move(out), place) : Result<Expr>(std::move(out));
}

Result<Expr> ExpressionBinder::bind_case_of(const Case& choice, Place place) {
    std::vector<Expr> branches;
    for (const auto& [when, then] : choice.branches) {
        Expr condition = KNS_TRY(bind(*when));
        if (choice.operand)
            condition = KNS_TRY(bind_binary("=", KNS_TRY(bind(*choice.operand)), std::move(condition), when->place));
        branches.push_back(std::move(condition));
        branches.push_back(KNS_TRY(bind(*then)));
    }
    Expr otherwise = choice.otherwise ? KNS_TRY(bind(*choice.otherwise)) : literal_of(Value(), Type{});
    return bind_case(std::move(branches), std::move(otherwise), place);
}

Result<std::optional<Expr>> ExpressionBinder::bind_legacy_part(const Call& call, const std::string& name, Place place) {
    const auto split = name.find('_');
    if (split == std::string::npos || !window_kind(name.substr(0, split)) || call.arguments.empty()) return std::nullopt;
    const std::string part = name.substr(split + 1);
    const int which = part == "START" ? 0 : part == "END" ? 1 : part == "ROWTIME" || part == "PROCTIME" ? 2 : -1;
    if (which < 0) return std::nullopt;
    if (in_.aggregation == nullptr || !in_.aggregation->legacy || in_.aggregation->legacy->function != name.substr(0, split))
        return fail_at(place, fmt::format("{} belongs to GROUP BY {}(...), which is not there", name, name.substr(0, split)));
    const bool ltz = in_.scope.schema[in_.aggregation->legacy->time_column].type.kind == Kind::timestamp_ltz;
    // Behind all calls, however many there will be: put right when they are known.
    Expr out = column_of(
        SIZE_MAX - static_cast<std::size_t>(which),
        not_null(ltz && (which == 2 || !in_.aggregation->legacy->windowing.processing) ? timestamp_ltz_type() : timestamp_type()));
    return out;
}

Result<Expr> ExpressionBinder::bind_grouping(const Call& call, const std::string& name, Place place) {
    Aggregation& aggregation = *in_.aggregation;
    std::vector<std::size_t> asked;
    const ExpressionScope below{.scope = in_.scope};
    for (const auto& argument : call.arguments) {
        const Expr key = KNS_TRY(ExpressionBinder(catalog_, below).bind(*argument.value));
        const auto at = std::ranges::find(aggregation.keys, key);
        if (at == aggregation.keys.end()) return fail_at(place, fmt::format("{} asks for expressions of GROUP BY", name));
        asked.push_back(static_cast<std::size_t>(at - aggregation.keys.begin()));
    }
    if (aggregation.sets.empty()) return literal_of(std::int64_t{0}, bigint_type());
    const Expr number = column_of(aggregation.keys.size(), not_null(bigint_type()));
    std::vector<Expr> branches;
    for (std::size_t s = 0; s < aggregation.sets.size(); ++s) {
        std::int64_t bits = 0;
        for (const auto key : asked) bits = bits * 2 + (aggregation.sets[s].contains(key) ? 0 : 1);
        branches.push_back(KNS_TRY(bind_binary("=", number, literal_of(static_cast<std::int64_t>(s), bigint_type()), place)));
        branches.push_back(literal_of(bits, bigint_type()));
    }
    return bind_case(std::move(branches), literal_of(std::int64_t{0}, bigint_type()), place);
}

Result<Expr> ExpressionBinder::bind_call(const Call& call, Place place) {
    const std::string name = catalog_.function(capitals_of(call.name));
    if (call.over) return bind_over(call, place);
    if (in_.match != nullptr)
        if (auto found = KNS_TRY(bind_match_call(call, name, place))) return std::move(*found);
    if (auto part = KNS_TRY(bind_legacy_part(call, name, place))) return std::move(*part);
    if (in_.aggregation != nullptr && (name == "GROUPING" || name == "GROUPING_ID")) return bind_grouping(call, name, place);
    if (is_aggregate(name)) {
        if (in_.aggregation == nullptr) return fail_at(place, fmt::format("{} counts over a group, and cannot stand here", name));
        PendingAggregate made = KNS_TRY(
            ExpressionBinder(catalog_, {.scope = in_.scope, .scalar_queries = in_.scalar_queries}).bind_aggregate(call, place));
        auto& calls = in_.aggregation->calls;
        auto known = std::ranges::find_if(calls, [&](const auto& other) { return other.same_as(made); });
        const auto at = static_cast<std::size_t>(known - calls.begin());
        const Type type = made.call.type;
        if (known == calls.end()) calls.push_back(std::move(made));
        return column_of(in_.aggregation->first_call() + at, type);
    }
    if (call.distinct || call.filter || !call.within_group.empty())
        return fail_at(place, fmt::format("{} is no function over a group", name));
    std::vector<Expr> args;
    for (const auto& argument : call.arguments) {
        if (argument.name) return fail_at(argument.name->place, fmt::format("{} has no named arguments", name));
        // RETURNING type comes as a cast of NULL.
        args.push_back(KNS_TRY(bind(*argument.value)));
    }
    if (!is_function(name)) {
        auto all = function_names();
        const auto more = aggregate_names();
        all.insert(all.end(), more.begin(), more.end());
        auto error = fail_at(place, fmt::format("there is no function {}", name));
        const auto near = nearest(name, all);
        return near ? std::move(error).hint(fmt::format("did you mean {}?", *near)) : std::move(error);
    }
    return bind_function(name, std::move(args), place);
}

Result<PendingAggregate> ExpressionBinder::bind_aggregate(const Call& call, Place place) {
    const std::string name = catalog_.function(capitals_of(call.name));
    PendingAggregate out;
    for (const auto& argument : call.arguments) {
        if (std::holds_alternative<Star>(argument.value->node)) {
            if (name != "COUNT") return fail_at(place, fmt::format("{}(*) does not exist", name));
            continue;
        }
        out.arguments.push_back(KNS_TRY(bind(*argument.value)));
    }
    out.call = KNS_TRY(type_aggregate(name, out.arguments, call.distinct, place));
    if (call.filter) out.filter = KNS_TRY(bind_condition(*call.filter, "FILTER"));
    for (const auto& item : call.within_group) {
        SortKey key{.descending = item.descending, .nulls_first = item.nulls_first.value_or(!item.descending)};
        out.order.emplace_back(KNS_TRY(bind(*item.expression)), key);
    }
    return out;
}

Result<Expr> ExpressionBinder::bind_over(const Call& call, Place place) {
    const std::string name = catalog_.function(capitals_of(call.name));
    if (in_.overs == nullptr) return fail_at(place, "OVER can stand in SELECT only");
    PendingOver out;
    if (name == "RANK" || name == "DENSE_RANK")
        return fail_at(place, fmt::format("{} would change rows that are long told: use ROW_NUMBER", name));
    const bool ranks = name == "ROW_NUMBER";
    const bool shifts = name == "LAG" || name == "LEAD";
    if (ranks || shifts) {
        out.aggregate.call.function = name;
        for (const auto& argument : call.arguments) out.aggregate.arguments.push_back(KNS_TRY(bind(*argument.value)));
        if (name == "LEAD") return fail_at(place, "LEAD looks at rows that are still to come").hint("LAG looks at those before");
        if (ranks && !call.arguments.empty()) return fail_at(place, fmt::format("{} takes no arguments", name));
        if (shifts)
            out.aggregate.call = KNS_TRY(type_aggregate(name, out.aggregate.arguments, false, place));
        else
            out.aggregate.call.type = not_null(bigint_type());
    } else {
        if (!is_aggregate(name)) return fail_at(place, fmt::format("{} is no function that can stand before OVER", name));
        out.aggregate = KNS_TRY(bind_aggregate(call, place));
    }
    const WindowSpecification* window = call.over.get();
    if (window->base) {
        const NamedWindow* named = nullptr;
        if (in_.overs->windows != nullptr)
            for (const auto& one : *in_.overs->windows)
                if (one.name.text == window->base->text) named = &one;
        if (named == nullptr) return fail_at(window->base->place, fmt::format("there is no window `{}`", window->base->text));
        window = &named->window;
    }
    out.partition_by = KNS_TRY(bind_all(window->partition_by));
    for (const auto& item : window->order_by) {
        SortKey key{.descending = item.descending, .nulls_first = item.nulls_first.value_or(!item.descending)};
        out.order_by.emplace_back(KNS_TRY(bind(*item.expression)), key);
    }
    out.rows = window->rows || shifts || ranks;
    out.from = {.kind = FrameEdge::Kind::unbounded};
    if (window->to && window->to->kind != FrameBound::Kind::current_row)
        return fail_at(window->place, "a frame can end at the CURRENT ROW only, for later rows are not there yet");
    if (window->from) {
        if (window->from->kind == FrameBound::Kind::current_row) {
            out.from = {.kind = FrameEdge::Kind::current};
        } else if (window->from->kind == FrameBound::Kind::preceding) {
            const Expr distance = KNS_TRY(bind(*window->from->distance));
            out.from.kind = FrameEdge::Kind::distance;
            if (window->rows) {
                if (!distance.is_literal() || !distance.type.is_whole_number())
                    return fail_at(distance.place, "ROWS counts rows: a whole number");
                out.from.distance = std::get<std::int64_t>(distance.value);
            } else {
                out.from.distance = KNS_TRY(literal_span(distance, "RANGE"));
            }
        } else if (window->from->kind != FrameBound::Kind::unbounded_preceding) {
            return fail_at(window->place, "a frame can begin at a PRECEDING row or at the CURRENT ROW");
        }
    }
    auto& calls = in_.overs->calls;
    const auto known = std::ranges::find_if(
        calls, [&](const auto& other) { return other.same_window(out) && other.aggregate.same_as(out.aggregate); });
    const auto at = static_cast<std::size_t>(known - calls.begin());
    const Type type = out.aggregate.call.type;
    if (known == calls.end()) calls.push_back(std::move(out));
    return column_of(in_.overs->first_column + at, type);
}

Result<Expr> bind_over(const Expression& expression, const Schema& columns, Catalog& catalog) {
    Scope scope;
    scope.add({}, columns);
    return ExpressionBinder(catalog, {.scope = scope}).bind(expression);
}

}  // namespace kns::sql
