#include <algorithm>

#include "core/sql/expression/function.hpp"
#include "core/sql/plan/optimize.hpp"

namespace kns::sql {
namespace {

using Conditions = std::vector<Expr>;

PlanPtr filter(PlanPtr plan, Conditions conditions) {
    if (conditions.empty()) return plan;
    Schema schema = plan->schema;
    return make_plan(std::move(schema), FilterPlan{all_of(std::move(conditions))}, std::move(plan));
}

// Cheap enough to be computed twice.
bool is_simple(const Expr& expression) {
    if (expression.is_column() || expression.is_literal()) return true;
    const bool passes =
        expression.kind == Expr::Kind::cast || (expression.kind == Expr::Kind::call && expression.name.starts_with("FIELD:"));
    return passes && std::ranges::all_of(expression.args, is_simple);
}

bool looks_only_below(const Expr& condition, std::size_t width) {
    std::set<std::size_t> columns;
    collect_columns(condition, columns);
    return columns.empty() || *columns.rbegin() < width;
}
bool looks_only_from(const Expr& condition, std::size_t width) {
    std::set<std::size_t> columns;
    collect_columns(condition, columns);
    return !columns.empty() && *columns.begin() >= width;
}
Expr moved(Expr condition, std::size_t down) {
    return with_columns(std::move(condition), [down](const Expr& column) {
        Expr out = column;
        out.index -= down;
        return out;
    });
}

// rn <= 10 and the like: between which numbers. Nothing: it is of another kind.
std::optional<std::pair<std::int64_t, std::int64_t>> bounds_of(const Expr& condition, std::size_t number) {
    if (condition.kind != Expr::Kind::call || condition.args.size() != 2) return {};
    const auto bare = [&](const Expr& e) -> const Expr& { return e.kind == Expr::Kind::cast ? e.args[0] : e; };
    const Expr &left = bare(condition.args[0]), &right = bare(condition.args[1]);
    const bool straight = left.is_column() && left.index == number && right.is_literal();
    const bool turned = right.is_column() && right.index == number && left.is_literal();
    if (!straight && !turned) return {};
    const Expr& literal = straight ? right : left;
    if (!literal.type.is_whole_number() || is_null(literal.value)) return {};
    const std::int64_t n = std::get<std::int64_t>(literal.value);
    std::string operation = condition.name;
    if (turned)
        operation = operation == "<"    ? ">"
                    : operation == "<=" ? ">="
                    : operation == ">"  ? "<"
                    : operation == ">=" ? "<="
                                        : operation;
    if (operation == "=") return std::pair(n, n);
    if (operation == "<=") return std::pair<std::int64_t, std::int64_t>(1, n);
    if (operation == "<") return std::pair<std::int64_t, std::int64_t>(1, n - 1);
    if (operation == ">=") return std::pair<std::int64_t, std::int64_t>(n, INT64_MAX);
    if (operation == ">") return std::pair<std::int64_t, std::int64_t>(n + 1, INT64_MAX);
    return {};
}

// ROW_NUMBER() OVER (...) with a limit on the number: the first rows of each partition.
std::optional<RankPlan> rank_of(const Plan& over, Conditions& conditions) {
    const auto& node = std::get<OverPlan>(over.node);
    if (node.calls.size() != 1 || node.calls[0].function != "ROW_NUMBER") return {};
    const std::size_t number = over.schema.size() - 1;
    std::int64_t from = 1, to = INT64_MAX;
    Conditions left;
    for (auto& condition : conditions) {
        if (const auto bounds = bounds_of(condition, number)) {
            from = std::max(from, bounds->first);
            to = std::min(to, bounds->second);
        } else {
            left.push_back(std::move(condition));
        }
    }
    conditions = std::move(left);
    if (to == INT64_MAX) return {};
    RankPlan out{.partition_by = node.partition_by, .order_by = node.order_by, .from = from, .to = to, .with_number = true};
    const Schema& below = over.inputs[0]->schema;
    const bool by_time = out.order_by.size() == 1 && below[out.order_by[0].column].time == TimeRole::event;
    // The last row of each key, by time: whoever says the same time later replaces it.
    out.latest_wins = (out.order_by.empty() && node.latest_first) || (by_time && to == 1 && out.order_by[0].descending);
    bool start = false;
    for (const auto column : out.partition_by) {
        start = start || below[column].part == WindowPart::start;
        if (below[column].part == WindowPart::end) out.window_end = column;
    }
    if (!start || !over.inputs[0]->append_only) out.window_end.reset();
    return out;
}

class Pusher {
   public:
    PlanPtr push(PlanPtr plan, Conditions conditions) {
        return std::visit([&](auto& node) { return through(plan, node, std::move(conditions)); }, plan->node);
    }

   private:
    PlanPtr stay(PlanPtr& plan, Conditions conditions) {
        for (auto& input : plan->inputs) input = push(std::move(input), {});
        return filter(std::move(plan), std::move(conditions));
    }
    // What looks at the input's columns only goes below; the rest stays.
    PlanPtr split(PlanPtr& plan, std::size_t width, Conditions conditions) {
        Conditions above, below;
        for (auto& condition : conditions) (looks_only_below(condition, width) ? below : above).push_back(std::move(condition));
        plan->inputs[0] = push(std::move(plan->inputs[0]), std::move(below));
        return filter(std::move(plan), std::move(above));
    }

    template <class Node>
    PlanPtr through(PlanPtr& plan, Node&, Conditions conditions) {
        return stay(plan, std::move(conditions));
    }
    PlanPtr through(PlanPtr& plan, FilterPlan& node, Conditions conditions) {
        Conditions own;
        split_conjunction(std::move(node.condition), own);
        own.insert(own.end(), std::make_move_iterator(conditions.begin()), std::make_move_iterator(conditions.end()));
        PlanPtr input = std::move(plan->inputs[0]);
        return push(std::move(input), std::move(own));
    }
    PlanPtr through(PlanPtr& plan, ProjectPlan& node, Conditions conditions) {
        Conditions above, below;
        for (auto& condition : conditions) {
            std::set<std::size_t> columns;
            collect_columns(condition, columns);
            const bool simple = std::ranges::all_of(columns, [&](std::size_t c) { return is_simple(node.expressions[c]); });
            if (!simple) {
                above.push_back(std::move(condition));
                continue;
            }
            below.push_back(with_columns(std::move(condition), [&](const Expr& column) { return node.expressions[column.index]; }));
        }
        plan->inputs[0] = push(std::move(plan->inputs[0]), std::move(below));
        plan->append_only = plan->inputs[0]->append_only;
        return filter(std::move(plan), std::move(above));
    }
    PlanPtr through(PlanPtr& plan, WindowPlan&, Conditions conditions) {
        const std::size_t width = plan->inputs[0]->schema.size();
        return split(plan, width, std::move(conditions));
    }
    PlanPtr through(PlanPtr& plan, UnnestPlan&, Conditions conditions) {
        const std::size_t width = plan->inputs[0]->schema.size();
        return split(plan, width, std::move(conditions));
    }
    PlanPtr through(PlanPtr& plan, UnionPlan&, Conditions conditions) {
        for (auto& input : plan->inputs) input = push(std::move(input), conditions);
        return std::move(plan);
    }
    PlanPtr through(PlanPtr& plan, OverPlan&, Conditions conditions) {
        if (auto rank = rank_of(*plan, conditions)) {
            PlanPtr out = make_plan(plan->schema, std::move(*rank), push(std::move(plan->inputs[0]), {}));
            out->append_only = std::get<RankPlan>(out->node).window_end.has_value();
            return filter(std::move(out), std::move(conditions));
        }
        return stay(plan, std::move(conditions));
    }
    PlanPtr through(PlanPtr& plan, JoinPlan& node, Conditions conditions) {
        const std::size_t width = plan->inputs[0]->schema.size();
        const bool inner = node.kind == JoinPlan::Kind::inner && node.flavour == JoinPlan::Flavour::regular;
        Conditions above, left, right, both, on;
        if (node.residual) split_conjunction(std::move(*node.residual), on);
        const bool keeps_left = node.kind != JoinPlan::Kind::right && node.kind != JoinPlan::Kind::full;
        for (auto& condition : conditions) {
            if (keeps_left && looks_only_below(condition, width))
                left.push_back(std::move(condition));
            else if (inner && looks_only_from(condition, width))
                right.push_back(moved(std::move(condition), width));
            else if (inner)
                both.push_back(std::move(condition));
            else
                above.push_back(std::move(condition));
        }
        const bool left_too = inner || node.kind == JoinPlan::Kind::semi;  // what ON says of the left alone
        const bool right_too =
            node.flavour == JoinPlan::Flavour::regular &&
            (inner || node.kind == JoinPlan::Kind::left || node.kind == JoinPlan::Kind::semi || node.kind == JoinPlan::Kind::anti);
        for (auto& condition : on) {
            if (condition.is_literal() && condition == true_literal()) continue;
            if (left_too && looks_only_below(condition, width))
                left.push_back(std::move(condition));
            else if (right_too && looks_only_from(condition, width))
                right.push_back(moved(std::move(condition), width));
            else
                both.push_back(std::move(condition));
        }
        node.residual.reset();
        if (!both.empty()) node.residual = all_of(std::move(both));
        plan->inputs[0] = push(std::move(plan->inputs[0]), std::move(left));
        plan->inputs[1] = push(std::move(plan->inputs[1]), std::move(right));
        return filter(std::move(plan), std::move(above));
    }
};

}  // namespace

PlanPtr push_filters(PlanPtr plan) { return Pusher().push(std::move(plan), {}); }

}  // namespace kns::sql
