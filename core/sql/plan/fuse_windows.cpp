#include <algorithm>

#include "core/sql/plan/optimize.hpp"

namespace kns::sql {
namespace {

// What a projection above a window may do: pass the bounds on, and compute from the rest.
bool looks_at(const Expr& expression, std::size_t from, std::size_t to) {
    std::set<std::size_t> columns;
    collect_columns(expression, columns);
    const auto first = columns.lower_bound(from);
    return first != columns.end() && *first < to;
}

// The aggregate over its input without the window in between, or nothing.
PlanPtr fused(PlanPtr& plan) {
    auto& node = std::get<AggregatePlan>(plan->node);
    if (!node.window || node.window->time_column) return nullptr;
    Plan* project = plan->inputs[0].get();
    if (!std::holds_alternative<ProjectPlan>(project->node) || !std::holds_alternative<WindowPlan>(project->inputs[0]->node))
        return nullptr;
    auto& expressions = std::get<ProjectPlan>(project->node).expressions;
    Plan& window = *project->inputs[0];
    const auto& windowing = std::get<WindowPlan>(window.node);
    const std::size_t width = window.inputs[0]->schema.size();
    const auto part_of = [&](std::size_t column) -> std::optional<std::size_t> {
        const Expr& expression = expressions[column];
        if (expression.is_column() && expression.index >= width) return expression.index - width;
        if (expression.kind == Expr::Kind::proctime && project->schema[column].part == WindowPart::time) return 2;
        return {};
    };
    for (const auto& call : node.calls) {
        for (const auto argument : call.arguments)
            if (looks_at(expressions[argument], width, width + 3)) return nullptr;
        if (call.filter && looks_at(expressions[*call.filter], width, width + 3)) return nullptr;
    }
    std::vector<std::size_t> keys;
    std::vector<std::optional<std::size_t>> parts;
    for (const auto key : node.keys) {
        parts.push_back(part_of(key));
        if (parts.back()) continue;
        if (looks_at(expressions[key], width, width + 3)) return nullptr;
        keys.push_back(key);
    }
    if (windowing.windowing.kind == Windowing::Kind::session) {
        // A session's own keys have to be those of the groups.
        std::set<std::size_t> grouped;
        for (const auto key : keys) {
            if (!expressions[key].is_column()) return nullptr;
            grouped.insert(expressions[key].index);
        }
        if (grouped != std::set<std::size_t>(windowing.partition_by.begin(), windowing.partition_by.end())) return nullptr;
    }
    // The projection, over the window's input; the bounds' columns become constants that nobody looks at, the time comes behind.
    std::vector<Expr> below;
    Schema below_schema;
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        const bool bound = looks_at(expressions[i], width, width + 3);
        below.push_back(bound ? literal_of(Value(), bigint_type()) : expressions[i]);
        below_schema.push_back(bound ? Field{.name = "$", .type = bigint_type()} : project->schema[i]);
    }
    const Field time = window.inputs[0]->schema[windowing.time_column];
    const bool processing = windowing.windowing.processing;
    below.push_back(processing ? Expr{.kind = Expr::Kind::proctime, .type = time.type, .name = std::string(kProctime)}
                               : column_of(windowing.time_column, time.type));
    below_schema.push_back(time);
    AggregatePlan out{.keys = keys, .calls = node.calls};
    out.window.emplace().windowing = windowing.windowing;
    out.window->time_column = below.size() - 1;
    Schema schema;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!parts[i]) schema.push_back(plan->schema[i]);
    for (std::size_t i = 0; i < node.calls.size(); ++i) schema.push_back(plan->schema[node.keys.size() + i]);
    const std::size_t bounds = schema.size();
    for (std::size_t i = 0; i < 3; ++i) schema.push_back(window.schema[width + i]);
    PlanPtr input = make_plan(std::move(below_schema), ProjectPlan{std::move(below)}, std::move(window.inputs[0]));
    PlanPtr aggregate = make_plan(std::move(schema), std::move(out), std::move(input));
    // As it was before.
    std::vector<Expr> back;
    std::size_t next = 0;
    for (std::size_t i = 0; i < parts.size(); ++i)
        back.push_back(column_of(parts[i] ? bounds + *parts[i] : next++, plan->schema[i].type));
    for (std::size_t i = 0; i < node.calls.size(); ++i) back.push_back(column_of(next + i, plan->schema[parts.size() + i].type));
    return make_plan(std::move(plan->schema), ProjectPlan{std::move(back)}, std::move(aggregate));
}

}  // namespace

PlanPtr fuse_windows(PlanPtr plan) {
    for (auto& input : plan->inputs) input = fuse_windows(std::move(input));
    if (std::holds_alternative<ProjectPlan>(plan->node) && std::holds_alternative<ProjectPlan>(plan->inputs[0]->node)) {
        // Two projections as one, where the lower one is not computed twice by it.
        auto& above = std::get<ProjectPlan>(plan->node).expressions;
        auto& below = std::get<ProjectPlan>(plan->inputs[0]->node).expressions;
        std::vector<std::size_t> uses(below.size(), 0);
        for (const auto& expression : above) {
            std::set<std::size_t> columns;
            collect_columns(expression, columns);
            for (const auto column : columns) ++uses[column];
        }
        bool cheap = true;
        for (std::size_t i = 0; i < below.size(); ++i)
            cheap = cheap && (uses[i] <= 1 || below[i].is_column() || below[i].is_literal() || below[i].name.starts_with("FIELD:"));
        if (cheap) {
            for (auto& expression : above)
                expression = with_columns(std::move(expression), [&](const Expr& column) { return below[column.index]; });
            PlanPtr input = std::move(plan->inputs[0]->inputs[0]);
            plan->inputs[0] = std::move(input);
        }
    }
    if (std::holds_alternative<AggregatePlan>(plan->node))
        if (auto out = fused(plan)) return out;
    return plan;
}

Result<PlanPtr> optimize(PlanPtr plan) {
    plan = push_filters(std::move(plan));
    plan = KNS_TRY(classify_joins(std::move(plan)));
    plan = fuse_windows(std::move(plan));
    return prune(std::move(plan));
}

}  // namespace kns::sql
