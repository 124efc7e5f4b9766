// Watermarks, windows and columns that need not be there.
#include <algorithm>

#include "core/sql/expression/function.hpp"
#include "core/sql/plan/optimize.hpp"

namespace kns::sql {
namespace {

// --- which part of a column is looked at

// FIELD:b(FIELD:a(column)) is column, a, b.
std::optional<FieldPath> path_of(const Expr& expression) {
    if (expression.is_column()) return FieldPath{expression.index};
    if (expression.kind != Expr::Kind::call || !expression.name.starts_with("FIELD:")) return {};
    auto out = path_of(expression.args[0]);
    if (!out) return {};
    const auto& fields = expression.args[0].type.fields;
    out->push_back(static_cast<std::size_t>(std::ranges::find(fields, expression.name.substr(6)) - fields.begin()));
    return out;
}

// A row's field: of rows there always is one.
Expr field_at(Expr row, std::size_t index) {
    std::vector<Expr> args{std::move(row)};
    args.push_back(literal_of(static_cast<std::int64_t>(index), bigint_type()));
    return std::move(*bind_function("FIELD", std::move(args), {}));
}

using Needs = std::set<FieldPath>;
void need(const Expr& expression, Needs& into) {
    if (const auto path = path_of(expression)) {
        into.insert(*path);
        return;
    }
    for (const auto& arg : expression.args) need(arg, into);
}

// Where each needed path is in the plan's new columns.
using Where = std::map<FieldPath, std::size_t>;
struct Pruned {
    PlanPtr plan;
    Where where;
    std::size_t at(std::size_t column) const { return where.at({column}); }
};

// The expression over the new columns. `types`: of the new columns.
Expr rewritten(Expr expression, const Where& where) {
    if (const auto path = path_of(expression)) {
        if (const auto found = where.find(*path); found != where.end()) {
            Expr out = column_of(found->second, expression.type);
            out.place = expression.place;
            return out;
        }
    }
    for (auto& arg : expression.args) arg = rewritten(std::move(arg), where);
    return expression;
}

Needs whole(const std::set<std::size_t>& columns) {
    Needs out;
    for (const auto column : columns) out.insert({column});
    return out;
}
// Needs of columns as a whole.
std::set<std::size_t> columns_in(const Needs& needs) {
    std::set<std::size_t> out;
    for (const auto& path : needs) out.insert(path[0]);
    return out;
}

class Pruner {
   public:
    Pruned prune(PlanPtr plan, const Needs& needs) {
        return std::visit([&](auto& node) { return through(plan, node, needs); }, plan->node);
    }

   private:
    Pruned through(PlanPtr& plan, ScanPlan& node, const Needs& needs) {
        Pruned out;
        Schema schema;
        std::vector<FieldPath> paths;
        for (const auto& path : needs) {
            FieldPath full = node.paths[path[0]];
            Field field = plan->schema[path[0]];
            for (std::size_t i = 1; i < path.size(); ++i) {
                full.push_back(path[i]);
                const bool nullable = field.type.nullable;
                std::string name = field.name + "." + field.type.fields[path[i]];
                Type type = field.type.elements[path[i]];
                type.nullable = type.nullable || nullable;
                field = {.name = std::move(name), .type = std::move(type)};
            }
            out.where[path] = schema.size();
            schema.push_back(std::move(field));
            paths.push_back(std::move(full));
        }
        node.paths = std::move(paths);
        plan->schema = std::move(schema);
        out.plan = std::move(plan);
        return out;
    }
    Pruned through(PlanPtr& plan, ValuesPlan& node, const Needs& needs) {
        std::vector<std::size_t> kept;
        for (const auto column : columns_in(needs)) kept.push_back(column);
        for (auto& row : node.rows) {
            std::vector<Expr> cells;
            for (const auto column : kept) cells.push_back(std::move(row[column]));
            row = std::move(cells);
        }
        return keep(plan, kept);
    }
    Pruned through(PlanPtr& plan, FilterPlan& node, const Needs& needs) {
        Needs all = needs;
        need(node.condition, all);
        Pruned in = prune(std::move(plan->inputs[0]), all);
        node.condition = rewritten(std::move(node.condition), in.where);
        return pass(plan, std::move(in));
    }
    Pruned through(PlanPtr& plan, ProjectPlan& node, const Needs& needs) {
        // What is needed of a column that is passed on is needed of the input's.
        Pruned out;
        Schema schema;
        std::vector<Expr> expressions;
        for (const auto& path : needs) {
            const bool in_part = path.size() > 1 && path_of(node.expressions[path[0]]).has_value();
            const FieldPath given = in_part ? path : FieldPath{path[0]};
            if (!out.where.try_emplace(given, schema.size()).second) continue;
            Expr expression = node.expressions[path[0]];
            Field field = plan->schema[path[0]];
            for (std::size_t i = 1; i < given.size(); ++i) {
                field.name += "." + expression.type.fields[given[i]];
                expression = field_at(std::move(expression), given[i]);
                field = {.name = std::move(field.name), .type = expression.type};
            }
            expressions.push_back(std::move(expression));
            schema.push_back(std::move(field));
        }
        Needs below;
        for (const auto& expression : expressions) need(expression, below);
        Pruned in = prune(std::move(plan->inputs[0]), below);
        for (auto& expression : expressions) expression = rewritten(std::move(expression), in.where);
        node.expressions = std::move(expressions);
        plan->schema = std::move(schema);
        plan->inputs[0] = std::move(in.plan);
        out.plan = std::move(plan);
        return out;
    }
    Pruned through(PlanPtr& plan, WatermarkPlan& node, const Needs& needs) {
        Needs all = needs;
        all.insert({node.column});
        need(node.expression, all);
        Pruned in = prune(std::move(plan->inputs[0]), all);
        const Field mark = plan->schema[node.column];
        node.column = in.at(node.column);
        node.expression = rewritten(std::move(node.expression), in.where);
        Pruned out = pass(plan, std::move(in));
        auto& node_now = std::get<WatermarkPlan>(out.plan->node);
        out.plan->schema[node_now.column].time = mark.time;
        return out;
    }
    Pruned through(PlanPtr& plan, WindowPlan& node, const Needs& needs) {
        const std::size_t width = plan->inputs[0]->schema.size();
        Needs below;
        for (const auto& path : needs)
            if (path[0] < width) below.insert({path[0]});
        below.insert({node.time_column});
        for (const auto column : node.partition_by) below.insert({column});
        Pruned in = prune(std::move(plan->inputs[0]), below);
        node.time_column = in.at(node.time_column);
        for (auto& column : node.partition_by) column = in.at(column);
        return append(plan, std::move(in), width, 3);
    }
    Pruned through(PlanPtr& plan, AggregatePlan& node, const Needs& needs) {
        const std::size_t keys = node.keys.size();
        std::set<std::size_t> below(node.keys.begin(), node.keys.end());
        std::vector<AggregateCall> calls;
        std::vector<std::size_t> kept;
        for (std::size_t i = 0; i < plan->schema.size(); ++i) {
            const bool call = i >= keys && i < keys + node.calls.size();
            if (call && !needs.contains({i})) continue;
            kept.push_back(i);
            if (!call) continue;
            calls.push_back(std::move(node.calls[i - keys]));
            below.insert(calls.back().arguments.begin(), calls.back().arguments.end());
            if (calls.back().filter) below.insert(*calls.back().filter);
            for (const auto& key : calls.back().order) below.insert(key.column);
        }
        node.calls = std::move(calls);
        if (node.window && node.window->time_column) below.insert(*node.window->time_column);
        Pruned in = prune(std::move(plan->inputs[0]), whole(below));
        for (auto& key : node.keys) key = in.at(key);
        for (auto& call : node.calls) {
            for (auto& argument : call.arguments) argument = in.at(argument);
            if (call.filter) call.filter = in.at(*call.filter);
            for (auto& key : call.order) key.column = in.at(key.column);
        }
        if (node.window && node.window->time_column) node.window->time_column = in.at(*node.window->time_column);
        plan->inputs[0] = std::move(in.plan);
        return keep(plan, kept);
    }
    Pruned through(PlanPtr& plan, JoinPlan& node, const Needs& needs) {
        const std::size_t width = plan->inputs[0]->schema.size();
        const bool semi = node.kind == JoinPlan::Kind::semi || node.kind == JoinPlan::Kind::anti;
        std::set<std::size_t> left(node.left_keys.begin(), node.left_keys.end()),
            right(node.right_keys.begin(), node.right_keys.end());
        std::set<std::size_t> all = columns_in(needs);
        if (node.residual) collect_columns(*node.residual, all);
        for (const auto column : all) {
            if (column < width)
                left.insert(column);
            else
                right.insert(column - width);
        }
        if (node.flavour == JoinPlan::Flavour::interval || node.flavour == JoinPlan::Flavour::temporal)
            left.insert(node.left_time), right.insert(node.right_time);
        if (node.flavour == JoinPlan::Flavour::window) left.insert(node.left_window), right.insert(node.right_window);
        Pruned l = prune(std::move(plan->inputs[0]), whole(left)), r = prune(std::move(plan->inputs[1]), whole(right));
        for (auto& key : node.left_keys) key = l.at(key);
        for (auto& key : node.right_keys) key = r.at(key);
        if (node.flavour == JoinPlan::Flavour::interval || node.flavour == JoinPlan::Flavour::temporal)
            node.left_time = l.at(node.left_time), node.right_time = r.at(node.right_time);
        if (node.flavour == JoinPlan::Flavour::window)
            node.left_window = l.at(node.left_window), node.right_window = r.at(node.right_window);
        const std::size_t new_width = l.plan->schema.size();
        Where where;
        Schema schema(new_width + (semi ? 0 : r.plan->schema.size()));
        for (const auto& [path, at] : l.where) where[path] = at, schema[at] = plan->schema[path[0]];
        for (const auto& [path, at] : r.where) {
            where[{path[0] + width}] = new_width + at;
            if (!semi) schema[new_width + at] = plan->schema[width + path[0]];
        }
        if (node.residual) node.residual = rewritten(std::move(*node.residual), where);
        plan->schema = std::move(schema);
        plan->inputs[0] = std::move(l.plan), plan->inputs[1] = std::move(r.plan);
        return {.plan = std::move(plan), .where = std::move(where)};
    }
    Pruned through(PlanPtr& plan, RankPlan& node, const Needs& needs) {
        const std::size_t width = plan->inputs[0]->schema.size();
        Needs below;
        for (const auto& path : needs)
            if (path[0] < width) below.insert({path[0]});
        for (const auto column : node.partition_by) below.insert({column});
        for (const auto& key : node.order_by) below.insert({key.column});
        Pruned in = prune(std::move(plan->inputs[0]), below);
        for (auto& column : node.partition_by) column = in.at(column);
        for (auto& key : node.order_by) key.column = in.at(key.column);
        if (node.window_end) node.window_end = in.at(*node.window_end);
        const bool number = node.with_number && needs.contains({width});
        node.with_number = number;
        return append(plan, std::move(in), width, number ? 1 : 0);
    }
    Pruned through(PlanPtr& plan, OverPlan& node, const Needs& needs) {
        const std::size_t width = plan->inputs[0]->schema.size();
        Needs below;
        for (const auto& path : needs)
            if (path[0] < width) below.insert({path[0]});
        for (const auto column : node.partition_by) below.insert({column});
        for (const auto& key : node.order_by) below.insert({key.column});
        for (const auto& call : node.calls) {
            for (const auto argument : call.arguments) below.insert({argument});
            if (call.filter) below.insert({*call.filter});
        }
        Pruned in = prune(std::move(plan->inputs[0]), below);
        for (auto& column : node.partition_by) column = in.at(column);
        for (auto& key : node.order_by) key.column = in.at(key.column);
        for (auto& call : node.calls) {
            for (auto& argument : call.arguments) argument = in.at(argument);
            if (call.filter) call.filter = in.at(*call.filter);
        }
        const std::size_t calls = node.calls.size();
        return append(plan, std::move(in), width, calls);
    }
    Pruned through(PlanPtr& plan, UnionPlan&, const Needs& needs) {
        std::vector<std::size_t> kept;
        for (const auto column : columns_in(needs)) kept.push_back(column);
        for (auto& input : plan->inputs) input = in_order(std::move(input), kept);
        return keep(plan, kept);
    }
    // Rows are compared as a whole: all columns stay.
    Pruned through(PlanPtr& plan, SetPlan&, const Needs&) {
        std::vector<std::size_t> kept;
        for (std::size_t i = 0; i < plan->schema.size(); ++i) kept.push_back(i);
        for (auto& input : plan->inputs) input = in_order(std::move(input), kept);
        return keep(plan, kept);
    }
    Pruned through(PlanPtr& plan, SortPlan& node, const Needs& needs) {
        Needs below = whole(columns_in(needs));
        for (const auto& key : node.order_by) below.insert({key.column});
        Pruned in = prune(std::move(plan->inputs[0]), below);
        for (auto& key : node.order_by) key.column = in.at(key.column);
        return pass(plan, std::move(in));
    }
    Pruned through(PlanPtr& plan, ExpandPlan& node, const Needs& needs) {
        const std::size_t width = plan->inputs[0]->schema.size();
        Needs below;
        for (const auto& path : needs)
            if (path[0] < width) below.insert({path[0]});
        Pruned in = prune(std::move(plan->inputs[0]), below);
        for (auto& keeps : node.keeps) {
            std::vector<bool> now(in.plan->schema.size(), true);
            for (const auto& [path, at] : in.where) now[at] = keeps[path[0]];
            keeps = std::move(now);
        }
        return append(plan, std::move(in), width, 1);
    }
    Pruned through(PlanPtr& plan, UnnestPlan& node, const Needs& needs) {
        const std::size_t width = plan->inputs[0]->schema.size(), more = plan->schema.size() - width;
        Needs below;
        for (const auto& path : needs)
            if (path[0] < width) below.insert({path[0]});
        below.insert({node.column});
        Pruned in = prune(std::move(plan->inputs[0]), below);
        node.column = in.at(node.column);
        return append(plan, std::move(in), width, more);
    }
    Pruned through(PlanPtr& plan, ForestPlan& node, const Needs& needs) {
        const std::size_t width = plan->inputs[0]->schema.size(), more = plan->schema.size() - width;
        Needs below;
        for (const auto& path : needs)
            if (path[0] < width) below.insert({path[0]});
        for (const auto column : node.features) below.insert({column});
        Pruned in = prune(std::move(plan->inputs[0]), below);
        for (auto& column : node.features) column = in.at(column);
        return append(plan, std::move(in), width, more);
    }
    Pruned through(PlanPtr& plan, MatchPlan& node, const Needs&) {
        std::vector<std::size_t> kept;
        for (std::size_t i = 0; i < plan->schema.size(); ++i) kept.push_back(i);
        Needs below;
        for (const auto column : node.partition_by) below.insert({column});
        for (const auto& key : node.order_by) below.insert({key.column});
        for (const auto& part : node.parts)
            for (const auto& argument : part.arguments) need(argument, below);
        if (!node.processing) below.insert({node.time_column});
        Pruned in = prune(std::move(plan->inputs[0]), below);
        for (auto& column : node.partition_by) column = in.at(column);
        for (auto& key : node.order_by) key.column = in.at(key.column);
        for (auto& part : node.parts)
            for (auto& argument : part.arguments) argument = rewritten(std::move(argument), in.where);
        if (!node.processing) node.time_column = in.at(node.time_column);
        plan->inputs[0] = std::move(in.plan);
        return keep(plan, kept);
    }

    // The node gives these of its columns, in this order.
    Pruned keep(PlanPtr& plan, const std::vector<std::size_t>& kept) {
        Pruned out;
        Schema schema;
        for (const auto column : kept) {
            out.where[{column}] = schema.size();
            schema.push_back(std::move(plan->schema[column]));
        }
        plan->schema = std::move(schema);
        out.plan = std::move(plan);
        return out;
    }
    // The node gives what its input does.
    Pruned pass(PlanPtr& plan, Pruned in) {
        plan->schema = in.plan->schema;
        plan->inputs[0] = std::move(in.plan);
        return {.plan = std::move(plan), .where = std::move(in.where)};
    }
    // The node gives its input's columns, and so many of its own behind them.
    Pruned append(PlanPtr& plan, Pruned in, std::size_t width, std::size_t more) {
        Pruned out{.plan = nullptr, .where = std::move(in.where)};
        Schema schema(in.plan->schema.size());
        for (const auto& [path, at] : out.where) schema[at] = plan->schema[path[0]];
        for (std::size_t i = 0; i < more; ++i) {
            out.where[{width + i}] = schema.size();
            schema.push_back(plan->schema[width + i]);
        }
        plan->schema = std::move(schema);
        plan->inputs[0] = std::move(in.plan);
        out.plan = std::move(plan);
        return out;
    }
    // Exactly these columns, in this order.
    PlanPtr in_order(PlanPtr plan, const std::vector<std::size_t>& columns) {
        Pruned in = prune(std::move(plan), whole({columns.begin(), columns.end()}));
        bool same = in.plan->schema.size() == columns.size();
        for (std::size_t i = 0; i < columns.size() && same; ++i) same = in.at(columns[i]) == i;
        if (same) return std::move(in.plan);
        std::vector<Expr> expressions;
        Schema schema;
        for (const auto column : columns) {
            const Field& field = in.plan->schema[in.at(column)];
            expressions.push_back(column_of(in.at(column), field.type));
            schema.push_back(field);
        }
        return make_plan(std::move(schema), ProjectPlan{std::move(expressions)}, std::move(in.plan));
    }

    friend PlanPtr kns::sql::prune(PlanPtr plan);
};

// Whether something here asks how far time has come.
bool asks_for_time(const Plan& plan) {
    const auto here = [](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, WindowPlan>)
            return node.windowing.kind == Windowing::Kind::session && !node.windowing.processing;
        else if constexpr (std::is_same_v<Node, AggregatePlan>)
            return node.window.has_value() && !node.window->windowing.processing;
        else if constexpr (std::is_same_v<Node, JoinPlan>)
            return node.flavour != JoinPlan::Flavour::regular && node.flavour != JoinPlan::Flavour::lookup;
        else if constexpr (std::is_same_v<Node, RankPlan>)
            return node.window_end.has_value();
        else if constexpr (std::is_same_v<Node, OverPlan> || std::is_same_v<Node, MatchPlan>)
            return !node.processing;
        else if constexpr (std::is_same_v<Node, SortPlan>)
            return !node.order_by.empty();
        else
            return false;
    };
    return std::visit(here, plan.node);
}

PlanPtr without_idle_watermarks(PlanPtr plan, bool asked) {
    asked = asked || asks_for_time(*plan);
    for (auto& input : plan->inputs) input = without_idle_watermarks(std::move(input), asked);
    if (!asked && std::holds_alternative<WatermarkPlan>(plan->node)) return std::move(plan->inputs[0]);
    return plan;
}

}  // namespace

PlanPtr prune(PlanPtr plan) {
    plan = without_idle_watermarks(std::move(plan), false);
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < plan->schema.size(); ++i) all.push_back(i);
    return Pruner().in_order(std::move(plan), all);
}

}  // namespace kns::sql
