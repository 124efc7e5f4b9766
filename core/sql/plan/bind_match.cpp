// MATCH_RECOGNIZE. Contract: Flink 1.20, "Pattern Recognition".
#include <algorithm>

#include "core/sql/expression/function.hpp"
#include "core/sql/plan/match_scope.hpp"
#include "core/sql/plan/query_binder.hpp"

namespace kns::sql {

std::optional<std::size_t> MatchScope::variable(const std::string& name) const {
    const auto at = std::ranges::find(variables, name);
    return at == variables.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - variables.begin()));
}

Expr MatchScope::part(MatchPart made) {
    const auto known = std::ranges::find(parts, made);
    const auto at = static_cast<std::size_t>(known - parts.begin());
    Type type = made.type;
    if (known == parts.end()) parts.push_back(std::move(made));
    return column_of(at, std::move(type));
}

Scope MatchScope::rows() const {
    Scope out = input;
    for (const auto& name : variables) out.parts.push_back({.alias = name, .first = 0, .count = input.schema.size()});
    return out;
}

Result<std::optional<std::size_t>> MatchScope::variable_in(const Expression& expression) const {
    std::optional<std::size_t> found;
    bool several = false;
    walk(expression, [&](const Expression& one) {
        const auto* column = std::get_if<ColumnName>(&one.node);
        if (column == nullptr || column->name.size() < 2) return true;
        const auto which = variable(column->name[0].text);
        if (!which) return true;
        several = several || (found && *found != *which);
        found = which;
        return true;
    });
    if (several) return fail_at(expression.place, "a function over rows speaks of one variable");
    return found;
}

Result<std::optional<std::pair<Expr, std::size_t>>> MatchScope::column(const Name& name) {
    const auto which = name.size() > 1 ? variable(name[0].text) : std::nullopt;
    const std::size_t used = which ? 2 : 1;
    const std::string& wanted = name[used - 1].text;
    const auto at = std::ranges::find(input.schema, wanted, &Field::name);
    if (at == input.schema.end()) {
        if (which) return fail_at(name[1].place, fmt::format("there is no column `{}`", wanted));
        return std::nullopt;
    }
    const Type type = or_null(at->type);
    MatchPart made{
        .variable = which, .arguments = {column_of(static_cast<std::size_t>(at - input.schema.begin()), at->type)}, .type = type};
    return std::pair(part(std::move(made)), used);
}

Result<std::optional<Expr>> ExpressionBinder::bind_match_call(const Call& call, const std::string& name, Place place) {
    MatchScope& match = *in_.match;
    for (const std::string_view refused : {"PREV", "NEXT", "CLASSIFIER", "MATCH_NUMBER"})
        if (name == refused)
            return fail_at(place, fmt::format("{} is not known in MATCH_RECOGNIZE", name))
                .hint("LAST(A.x, 1) is the row before the last of A");
    if (name == "MATCH_PROCTIME")
        return Expr{.kind = Expr::Kind::proctime, .type = not_null(timestamp_ltz_type()), .name = std::string(kProctime)};
    if (name == "MATCH_ROWTIME") {
        if (match.processing) return fail_at(place, "MATCH_ROWTIME needs ORDER BY a column with a WATERMARK");
        std::size_t column = match.time_column;
        if (!call.arguments.empty()) {
            const Expr given = KNS_TRY(ExpressionBinder(catalog_, {.scope = match.input}).bind(*call.arguments[0].value));
            if (!given.is_column() || match.input.schema[given.index].time != TimeRole::event)
                return fail_at(place, "MATCH_ROWTIME takes an attribute of time");
            column = given.index;
        }
        const Type type = match.input.schema[column].type;
        Expr out = match.part({.arguments = {column_of(column, type)}, .type = not_null(type)});
        out.name = name;  // an attribute of time again
        return out;
    }
    const bool first = name == "FIRST", last = name == "LAST";
    if (!first && !last && !is_aggregate(name)) return std::nullopt;
    if (call.distinct) return fail_at(place, "DISTINCT cannot stand in MATCH_RECOGNIZE");
    const Scope rows = match.rows();
    ExpressionBinder inside(catalog_, {.scope = rows});
    MatchPart made{.kind = first ? MatchPart::Kind::first : last ? MatchPart::Kind::last : MatchPart::Kind::aggregate, .type = {}};
    for (const auto& argument : call.arguments) {
        if (std::holds_alternative<Star>(argument.value->node)) {
            const auto& star = std::get<Star>(argument.value->node);
            if (!star.of.empty()) made.variable = match.variable(plain_name(star.of));
            continue;
        }
        if (const auto which = KNS_TRY(match.variable_in(*argument.value))) {
            if (made.variable && *made.variable != *which) return fail_at(place, "a function over rows speaks of one variable");
            made.variable = which;
        }
    }
    if (first || last) {
        if (call.arguments.empty() || call.arguments.size() > 2)
            return fail_at(place, fmt::format("{} takes a column of a variable, and perhaps a number of rows", name));
        made.arguments.push_back(KNS_TRY(inside.bind(*call.arguments[0].value)));
        made.type = or_null(made.arguments[0].type);
        if (call.arguments.size() == 2) {
            const Expr distance = KNS_TRY(inside.bind(*call.arguments[1].value));
            if (!distance.is_literal() || !distance.type.is_whole_number() || std::get<std::int64_t>(distance.value) < 0)
                return fail_at(place, fmt::format("{} takes a number of rows, from 0", name));
            made.distance = static_cast<std::size_t>(std::get<std::int64_t>(distance.value));
        }
        return match.part(std::move(made));
    }
    PendingAggregate aggregate = KNS_TRY(inside.bind_aggregate(call, place));
    if (aggregate.filter) return fail_at(place, "FILTER cannot stand in MATCH_RECOGNIZE");
    made.arguments = std::move(aggregate.arguments);
    made.call = std::move(aggregate.call);
    made.type = made.call.type;
    return match.part(std::move(made));
}

Result<QueryBinder::Bound> QueryBinder::match(const MatchRecognize& match, Place place) {
    Bound input = KNS_TRY(relation(*match.input));
    if (!input.plan->append_only)
        return fail_at(place, "MATCH_RECOGNIZE takes rows that are never taken back, and its input takes some back");
    // The input's columns by one name each, whatever table they come from.
    Scope scope;
    scope.add(input.scope.parts.empty() ? std::string() : input.scope.parts[0].alias, input.plan->schema);
    ExpressionBinder plain(catalog_, {.scope = scope});
    MatchPlan node{.skip = match.skip};
    Schema schema;
    for (const auto& key : match.partition_by) {
        const Expr column = KNS_TRY(plain.bind(*key));
        if (!column.is_column()) return fail_at(key->place, "PARTITION BY takes columns here");
        node.partition_by.push_back(column.index);
        schema.push_back(input.plan->schema[column.index]);
        schema.back().time = TimeRole::none;
    }
    if (match.order_by.empty()) return fail_at(place, "MATCH_RECOGNIZE needs ORDER BY an attribute of time");
    for (std::size_t i = 0; i < match.order_by.size(); ++i) {
        const auto& item = match.order_by[i];
        const Expr column = KNS_TRY(plain.bind(*item.expression));
        const bool clock = column.kind == Expr::Kind::proctime && column.name == kProctime;
        if (i == 0) {
            const bool event = column.is_column() && input.plan->schema[column.index].time == TimeRole::event;
            if ((!event && !clock) || item.descending)
                return fail_at(item.expression->place, "ORDER BY begins with an attribute of time, ascending");
            node.processing = clock;
            node.time_column = clock ? 0 : column.index;
        }
        if (clock) continue;
        if (!column.is_column()) return fail_at(item.expression->place, "ORDER BY takes columns here");
        node.order_by.push_back(
            {.column = column.index, .descending = item.descending, .nulls_first = item.nulls_first.value_or(!item.descending)});
    }
    std::vector<std::string> variables;
    bool matches_nothing = true;
    for (const auto& step : match.pattern) {
        if (std::ranges::find(variables, step.variable.text) != variables.end())
            return fail_at(step.variable.place, fmt::format("the variable `{}` is in the pattern twice", step.variable.text));
        variables.push_back(step.variable.text);
        node.pattern.push_back({.name = step.variable.text, .least = step.least, .most = step.most, .reluctant = step.reluctant});
        matches_nothing = matches_nothing && step.least == 0;
        const bool optional = step.least == 0 && step.most == std::optional<std::uint32_t>(1);
        if (optional && step.reluctant)
            return fail_at(step.variable.place, "a variable that may be left out cannot be reluctant as well");
    }
    if (matches_nothing) return fail_at(place, "the pattern could match no rows at all");
    const auto& last = node.pattern.back();
    if (!last.reluctant && last.most != std::optional<std::uint32_t>(last.least))
        return fail_at(match.pattern.back().variable.place,
                       fmt::format("`{}` is the last variable and greedy: it would never end", last.name))
            .hint("a ? behind the quantifier makes it reluctant");
    MatchScope names{.input = scope,
                     .variables = variables,
                     .parts = node.parts,
                     .time_column = node.time_column,
                     .processing = node.processing};
    ExpressionBinder binder(catalog_, {.scope = scope, .match = &names});
    for (const auto& define : match.define) {
        const auto which = names.variable(define.name.text);
        if (!which) return fail_at(define.name.place, fmt::format("the pattern has no variable `{}`", define.name.text));
        node.pattern[*which].condition = KNS_TRY(binder.bind_condition(*define.expression, "DEFINE"));
    }
    for (const auto& measure : match.measures) {
        Expr bound = KNS_TRY(binder.bind(*measure.expression));
        Field field{.name = measure.name.text, .type = bound.type};
        if (bound.name == "MATCH_ROWTIME") field.time = TimeRole::event;
        if (bound.kind == Expr::Kind::proctime && bound.name == kProctime) field.time = TimeRole::processing;
        bound.name = bound.is_column() ? std::string() : bound.name;
        schema.push_back(std::move(field));
        node.measures.push_back(std::move(bound));
    }
    if (match.skip_variable) {
        node.skip_variable = names.variable(match.skip_variable->text);
        if (!node.skip_variable)
            return fail_at(match.skip_variable->place, fmt::format("the pattern has no variable `{}`", match.skip_variable->text));
    }
    if (match.within) {
        node.within = KNS_TRY(literal_span(KNS_TRY(plain.bind(*match.within)), "WITHIN"));
        if (*node.within <= 0) return fail_at(match.within->place, "WITHIN has to be longer than nothing");
    }
    Bound out;
    out.plan = make_plan(schema, std::move(node), std::move(input.plan));
    out.scope.add({}, schema);
    return out;
}

}  // namespace kns::sql
