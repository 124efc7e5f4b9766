// RANDOM_CUT_FOREST, which Kinesis Data Analytics had and Flink has not.
#include "core/sql/expression/function.hpp"
#include "core/sql/plan/query_binder.hpp"

namespace kns::sql {

Result<QueryBinder::Bound> QueryBinder::forest(const FunctionTable& function, const Relation& relation, bool explains) {
    const auto& arguments = function.call.arguments;
    const std::string name = capitals_of(function.call.name);
    const auto needs_rows = [&](Place place) {
        return fail_at(place, fmt::format("{} takes rows first: TABLE name, or CURSOR(SELECT ...)", name));
    };
    if (arguments.empty()) return needs_rows(relation.place);
    Bound input;
    if (const auto* table = std::get_if<TableArgument>(&arguments[0].value->node)) {
        input = KNS_TRY(this->relation(*table->table));
    } else if (const auto* cursor = std::get_if<Cursor>(&arguments[0].value->node)) {
        input.plan = KNS_TRY(query(*cursor->query));
        input.scope.add({}, input.plan->schema);
    } else {
        return needs_rows(arguments[0].value->place);
    }
    if (!input.plan->append_only)
        return fail_at(relation.place,
                       fmt::format("{} takes rows that are never taken back, and this query takes some back", name));
    ForestPlan node{.explains = explains, .direction = explains};
    const auto number = [&](std::size_t at, double least, double most, double otherwise) -> Result<double> {
        if (at >= arguments.size()) return otherwise;
        const Place place = arguments[at].value->place;
        const Expr bound =
            KNS_TRY(cast_to(KNS_TRY(ExpressionBinder(catalog_, {.scope = input.scope}).bind(*arguments[at].value)), double_type()));
        if (!bound.is_literal() || is_null(bound.value))
            return fail_at(place, fmt::format("argument {} of {} is a number", at + 1, name));
        const double value = std::get<double>(bound.value);
        if (value < least || value > most)
            return fail_at(place, fmt::format("argument {} of {} lies between {} and {}", at + 1, name, least, most));
        return value;
    };
    node.settings.trees = static_cast<std::size_t>(KNS_TRY(number(1, 1, 1000, 100)));
    node.settings.sample = static_cast<std::size_t>(KNS_TRY(number(2, 10, 1000, 256)));
    node.settings.time_decay = KNS_TRY(number(3, 1, 2147483647, 100'000));
    node.settings.shingle = static_cast<std::size_t>(KNS_TRY(number(4, 1, 30, 1)));
    if (arguments.size() > (explains ? 6U : 5U)) return fail_at(relation.place, fmt::format("{} has too many arguments", name));
    if (arguments.size() == 6) {
        const Expr flag = KNS_TRY(ExpressionBinder(catalog_, {.scope = input.scope}).bind(*arguments[5].value));
        if (!flag.is_literal() || flag.type.kind != Kind::boolean)
            return fail_at(arguments[5].value->place, "the last argument says whether directions are told: TRUE or FALSE");
        node.direction = std::get<std::int64_t>(flag.value) != 0;
    }
    Schema schema = input.plan->schema;
    for (std::size_t i = 0; i < schema.size(); ++i)
        if (schema[i].type.is_whole_number() || schema[i].type.is_approximate()) node.features.push_back(i);
    if (node.features.empty())
        return fail_at(relation.place, fmt::format("{} needs a column of numbers, and DECIMALs are none for it", name));
    if (node.features.size() * node.settings.shingle > 1000)
        return fail_at(relation.place, fmt::format("{} takes at most 1,000 numbers a point", name));
    schema.push_back({.name = "ANOMALY_SCORE", .type = double_type()});
    if (explains) schema.push_back({.name = "ANOMALY_EXPLANATION", .type = string_type()});
    PlanPtr plan = make_plan(std::move(schema), std::move(node), std::move(input.plan));
    return as_relation(std::move(plan), relation, input.scope.parts.empty() ? std::string() : input.scope.parts.front().alias);
}

}  // namespace kns::sql
