#include <algorithm>

#include "core/sql/plan/optimize.hpp"
#include "core/sql/plan/query_binder.hpp"

namespace kns::sql {
namespace {

enum class Side { none, left, right, both };
Side side_of(const Expr& expression, std::size_t width) {
    std::set<std::size_t> columns;
    collect_columns(expression, columns);
    if (columns.empty()) return Side::none;
    if (*columns.rbegin() < width) return Side::left;
    return *columns.begin() >= width ? Side::right : Side::both;
}

// A column of time, plus so many microseconds.
struct TimeTerm {
    std::size_t column = 0;
    std::int64_t shift = 0;
};
std::optional<TimeTerm> time_term(const Expr& expression) {
    if (expression.kind == Expr::Kind::cast && expression.type.is_timestamp()) return time_term(expression.args[0]);
    if (expression.is_column()) return TimeTerm{.column = expression.index};
    if (expression.kind != Expr::Kind::call || expression.args.size() != 2 || (expression.name != "+" && expression.name != "-"))
        return {};
    const Expr& span = expression.args[1];
    if (span.type.kind != Kind::span || !span.is_literal() || is_null(span.value)) return {};
    auto out = time_term(expression.args[0]);
    if (out) out->shift += (expression.name == "+" ? 1 : -1) * std::get<std::int64_t>(span.value);
    return out;
}

struct Bounds {
    std::optional<std::int64_t> lower, upper;  // of left time - right time
    std::optional<std::size_t> left_time, right_time;
};

// Whether the condition bounds the one time by the other; it is then in `bounds`.
bool bound_times(const Expr& condition, const Schema& left, const Schema& right, Bounds& bounds) {
    if (condition.kind != Expr::Kind::call || condition.args.size() != 2) return false;
    std::string operation = condition.name;
    if (operation != "<" && operation != "<=" && operation != ">" && operation != ">=" && operation != "=") return false;
    auto a = time_term(condition.args[0]), b = time_term(condition.args[1]);
    if (!a || !b) return false;
    const std::size_t width = left.size();
    if (a->column >= width) {
        std::swap(a, b);
        operation = operation == "<"    ? ">"
                    : operation == "<=" ? ">="
                    : operation == ">"  ? "<"
                    : operation == ">=" ? "<="
                                        : operation;
    }
    if (a->column >= width || b->column < width) return false;
    const std::size_t l = a->column, r = b->column - width;
    if (left[l].time != TimeRole::event || right[r].time != TimeRole::event) return false;
    if ((bounds.left_time && *bounds.left_time != l) || (bounds.right_time && *bounds.right_time != r)) return false;
    bounds.left_time = l, bounds.right_time = r;
    const std::int64_t edge = b->shift - a->shift;  // l - r <op> edge
    const auto at_most = [&](std::int64_t value) { bounds.upper = std::min(bounds.upper.value_or(INT64_MAX), value); };
    const auto at_least = [&](std::int64_t value) { bounds.lower = std::max(bounds.lower.value_or(INT64_MIN), value); };
    if (operation == "<")
        at_most(edge - kMicrosPerMs);
    else if (operation == "<=")
        at_most(edge);
    else if (operation == ">")
        at_least(edge + kMicrosPerMs);
    else if (operation == ">=")
        at_least(edge);
    else
        at_most(edge), at_least(edge);
    return true;
}

Result<PlanPtr> classify(PlanPtr plan) {
    JoinPlan node = std::move(std::get<JoinPlan>(plan->node));
    const std::size_t width = plan->inputs[0]->schema.size(), right_width = plan->inputs[1]->schema.size();
    ColumnsOf left(std::move(plan->inputs[0])), right(std::move(plan->inputs[1]));
    std::vector<Expr> conditions, rest;
    if (node.residual) split_conjunction(std::move(*node.residual), conditions);
    node.residual.reset();
    std::vector<std::pair<Expr, Expr>> keys;
    for (auto& condition : conditions) {
        if (condition.is_call("=")) {
            const Side a = side_of(condition.args[0], width), b = side_of(condition.args[1], width);
            const bool straight = a == Side::left && b == Side::right, turned = a == Side::right && b == Side::left;
            if (straight || turned) {
                Expr l = straight ? condition.args[0] : condition.args[1], r = straight ? condition.args[1] : condition.args[0];
                r = with_columns(std::move(r), [&](const Expr& column) {
                    Expr out = column;
                    out.index -= width;
                    return out;
                });
                keys.emplace_back(std::move(l), std::move(r));
                continue;
            }
        }
        rest.push_back(std::move(condition));
    }
    for (const auto& [l, r] : keys) {
        node.left_keys.push_back(left.add(l));
        node.right_keys.push_back(right.add(r));
    }
    PlanPtr l = left.finish(), r = right.finish();
    const std::size_t wide = l->schema.size();
    // Columns for keys were put behind the left side's own: the right ones moved.
    const auto shifted = [&](Expr expression) {
        return with_columns(std::move(expression), [&](const Expr& column) {
            Expr out = column;
            if (out.index >= width) out.index += wide - width;
            return out;
        });
    };
    const bool appends = l->append_only && r->append_only;
    const bool outer = node.kind == JoinPlan::Kind::left || node.kind == JoinPlan::Kind::right || node.kind == JoinPlan::Kind::full;
    if (node.flavour == JoinPlan::Flavour::regular && appends) {
        std::shared_ptr<const Windowing> starts, ends;
        for (std::size_t i = 0; i < node.left_keys.size(); ++i) {
            const Field &a = l->schema[node.left_keys[i]], &b = r->schema[node.right_keys[i]];
            if (a.part == WindowPart::none || a.part != b.part || !(*a.window == *b.window) || a.window->processing) continue;
            if (a.part == WindowPart::start) starts = a.window;
            if (a.part != WindowPart::end) continue;
            ends = a.window;
            node.left_window = node.left_keys[i], node.right_window = node.right_keys[i];
        }
        if (starts && ends && *starts == *ends) node.flavour = JoinPlan::Flavour::window;
    }
    if (node.flavour == JoinPlan::Flavour::regular && appends && node.kind != JoinPlan::Kind::semi &&
        node.kind != JoinPlan::Kind::anti) {
        Bounds bounds;
        std::vector<Expr> left_over;
        for (const auto& condition : rest)
            if (!bound_times(condition,
                             plan->schema.size() >= width
                                 ? Schema(plan->schema.begin(), plan->schema.begin() + static_cast<std::ptrdiff_t>(width))
                                 : l->schema,
                             r->schema, bounds))
                left_over.push_back(condition);
        if (bounds.lower && bounds.upper) {
            node.flavour = JoinPlan::Flavour::interval;
            node.left_time = *bounds.left_time, node.right_time = *bounds.right_time;
            node.lower = *bounds.lower, node.upper = *bounds.upper;
            rest = std::move(left_over);
        }
    }
    std::vector<Expr> residual;
    for (auto& condition : rest) residual.push_back(shifted(std::move(condition)));
    if (!residual.empty()) node.residual = all_of(std::move(residual));
    const bool lookup = node.flavour == JoinPlan::Flavour::lookup || node.flavour == JoinPlan::Flavour::temporal;
    if (lookup && node.left_keys.empty())
        return fail(Errc::invalid_argument, "a join FOR SYSTEM_TIME AS OF needs an equality with the right side's key in ON");
    const bool semi = node.kind == JoinPlan::Kind::semi || node.kind == JoinPlan::Kind::anti;
    const bool in_time = node.flavour == JoinPlan::Flavour::window || node.flavour == JoinPlan::Flavour::interval ||
                         node.flavour == JoinPlan::Flavour::temporal;

    Schema own = std::move(plan->schema);
    for (std::size_t i = 0; i < own.size(); ++i) {
        // Rows of a join that does not follow time do not come in its order.
        if (!in_time && !lookup && !semi) own[i].time = own[i].time == TimeRole::event ? TimeRole::none : own[i].time;
    }
    Schema schema;
    std::vector<Expr> back;
    if (semi) {
        for (std::size_t i = 0; i < wide; ++i) schema.push_back(i < width ? own[i] : l->schema[i]);
    } else {
        for (std::size_t i = 0; i < wide; ++i) schema.push_back(i < width ? own[i] : l->schema[i]);
        for (std::size_t i = 0; i < r->schema.size(); ++i) schema.push_back(i < right_width ? own[width + i] : r->schema[i]);
    }
    std::vector<PlanPtr> inputs;
    const bool left_appends = l->append_only;
    inputs.push_back(std::move(l));
    inputs.push_back(std::move(r));
    const bool extra = schema.size() != own.size();
    PlanPtr out = make_plan(schema, node, std::move(inputs));
    if (node.flavour == JoinPlan::Flavour::regular)
        out->append_only = appends && !outer && node.kind != JoinPlan::Kind::anti;
    else
        out->append_only = lookup ? left_appends : true;
    if (!extra) return out;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const std::size_t at = i < width ? i : i + wide - width;
        back.push_back(own[i].time == TimeRole::processing
                           ? Expr{.kind = Expr::Kind::proctime, .type = own[i].type, .name = std::string(kProctime)}
                           : column_of(at, own[i].type));
    }
    return make_plan(std::move(own), ProjectPlan{std::move(back)}, std::move(out));
}

}  // namespace

Result<PlanPtr> classify_joins(PlanPtr plan) {
    for (auto& input : plan->inputs) input = KNS_TRY(classify_joins(std::move(input)));
    if (std::holds_alternative<JoinPlan>(plan->node)) return classify(std::move(plan));
    // Whether rows are taken back was not known before.
    if (std::holds_alternative<ProjectPlan>(plan->node) || std::holds_alternative<FilterPlan>(plan->node))
        plan->append_only = plan->inputs[0]->append_only;
    return plan;
}

}  // namespace kns::sql
