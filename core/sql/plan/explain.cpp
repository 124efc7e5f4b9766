#include "core/base/time.hpp"
#include "core/sql/plan/plan.hpp"

namespace kns::sql {
namespace {

std::string span(std::int64_t micros) {
    if (micros % kMicrosPerMs == 0) return format_duration(micros / kMicrosPerMs);
    return fmt::format("{}us", micros);
}

std::string text_of(const Windowing& windowing) {
    switch (windowing.kind) {
        case Windowing::Kind::tumble: return fmt::format("TUMBLE {}", span(windowing.size));
        case Windowing::Kind::hop: return fmt::format("HOP {} of {}", span(windowing.slide), span(windowing.size));
        case Windowing::Kind::cumulate: return fmt::format("CUMULATE {} of {}", span(windowing.slide), span(windowing.size));
        case Windowing::Kind::session: return fmt::format("SESSION {}", span(windowing.size));
    }
    return {};
}

class Explainer {
   public:
    std::string text(const Plan& plan, std::size_t depth) {
        std::string out(depth * 2, ' ');
        out += std::visit([&](const auto& node) { return line(plan, node); }, plan.node);
        out += plan.append_only ? "\n" : "  [updates]\n";
        for (const auto& input : plan.inputs) out += text(*input, depth + 1);
        return out;
    }

   private:
    using Names = std::vector<std::string>;
    static Names below(const Plan& plan, std::size_t input = 0) { return names_of(plan.inputs[input]->schema); }
    static std::string columns(const Names& names, const std::vector<std::size_t>& which) {
        std::string out;
        for (const auto column : which) out += (out.empty() ? "" : ", ") + names[column];
        return out;
    }
    static std::string order(const Names& names, const std::vector<SortKey>& keys) {
        std::string out;
        for (const auto& key : keys) out += (out.empty() ? "" : ", ") + names[key.column] + (key.descending ? " DESC" : "");
        return out;
    }
    static std::string call(const Names& names, const AggregateCall& call) {
        std::string out = call.function + "(" + (call.distinct ? "DISTINCT " : "") +
                          (call.arguments.empty() ? "*" : columns(names, call.arguments)) + ")";
        if (call.filter) out += " FILTER (" + names[*call.filter] + ")";
        return out;
    }

    std::string line(const Plan& plan, const ScanPlan& node) {
        return fmt::format("Scan {} ({})", node.table, fmt::join(names_of(plan.schema), ", "));
    }
    std::string line(const Plan&, const ValuesPlan& node) { return fmt::format("Values ({} rows)", node.rows.size()); }
    std::string line(const Plan& plan, const FilterPlan& node) {
        return "Filter " + kns::sql::text_of(node.condition, below(plan));
    }
    std::string line(const Plan& plan, const ProjectPlan& node) {
        std::string out = "Project ";
        for (std::size_t i = 0; i < node.expressions.size(); ++i) {
            const std::string text = kns::sql::text_of(node.expressions[i], below(plan));
            out += (i == 0 ? "" : ", ") + text + (text == plan.schema[i].name ? "" : " AS " + plan.schema[i].name);
        }
        return out;
    }
    std::string line(const Plan& plan, const WatermarkPlan& node) {
        return fmt::format("Watermark {} AS {}", below(plan)[node.column], kns::sql::text_of(node.expression, below(plan)));
    }
    std::string line(const Plan& plan, const WindowPlan& node) {
        return fmt::format("Window {} on {}", text_of(node.windowing), below(plan)[node.time_column]);
    }
    std::string line(const Plan& plan, const AggregatePlan& node) {
        const Names names = below(plan);
        std::string out = node.window ? "Aggregate " + text_of(node.window->windowing) : "Aggregate";
        if (!node.keys.empty()) out += " by " + columns(names, node.keys);
        for (std::size_t i = 0; i < node.calls.size(); ++i) out += (i == 0 ? ": " : ", ") + call(names, node.calls[i]);
        return out;
    }
    std::string line(const Plan& plan, const JoinPlan& node) {
        constexpr std::string_view kKinds[] = {"Join", "Left join", "Right join", "Full join", "Semi join", "Anti join"};
        constexpr std::string_view kFlavours[] = {"", " within an interval", " within windows", " over time", " by lookup"};
        std::string out(kKinds[static_cast<std::size_t>(node.kind)]);
        out += kFlavours[static_cast<std::size_t>(node.flavour)];
        const Names left = below(plan), right = below(plan, 1);
        for (std::size_t i = 0; i < node.left_keys.size(); ++i)
            out += fmt::format("{}{} = {}", i == 0 ? " on " : ", ", left[node.left_keys[i]], right[node.right_keys[i]]);
        if (node.flavour == JoinPlan::Flavour::interval)
            out += fmt::format(", {} - {} in [{}, {}]", left[node.left_time], right[node.right_time], node.lower / kMicrosPerMs,
                               node.upper / kMicrosPerMs);
        if (node.residual) {
            Names both = left;
            both.insert(both.end(), right.begin(), right.end());
            out += " where " + kns::sql::text_of(*node.residual, both);
        }
        return out;
    }
    std::string line(const Plan& plan, const RankPlan& node) {
        const Names names = below(plan);
        std::string out =
            fmt::format("Top {}", node.from == 1 ? std::to_string(node.to) : fmt::format("{} to {}", node.from, node.to));
        if (!node.partition_by.empty()) out += " by " + columns(names, node.partition_by);
        return out + " ordered by " + (node.order_by.empty() ? "arrival" : order(names, node.order_by));
    }
    std::string line(const Plan& plan, const OverPlan& node) {
        const Names names = below(plan);
        std::string out = "Over";
        if (!node.partition_by.empty()) out += " by " + columns(names, node.partition_by);
        out += " ordered by " + (node.processing ? "arrival" : order(names, node.order_by));
        for (std::size_t i = 0; i < node.calls.size(); ++i) out += (i == 0 ? ": " : ", ") + call(names, node.calls[i]);
        return out;
    }
    std::string line(const Plan&, const UnionPlan&) { return "Union"; }
    std::string line(const Plan&, const SetPlan& node) {
        return fmt::format("{}{}", node.kind == SetPlan::Kind::intersect ? "Intersect" : "Except", node.all ? " all" : "");
    }
    std::string line(const Plan& plan, const SortPlan& node) {
        std::string out = node.order_by.empty() ? "Limit" : "Sort by " + order(below(plan), node.order_by);
        if (node.limit) out += fmt::format(" limit {}", *node.limit);
        if (node.offset > 0) out += fmt::format(" offset {}", node.offset);
        return out;
    }
    std::string line(const Plan&, const ExpandPlan& node) { return fmt::format("Expand into {} sets", node.keeps.size()); }
    std::string line(const Plan& plan, const UnnestPlan& node) { return fmt::format("Unnest {}", below(plan)[node.column]); }
    std::string line(const Plan& plan, const ForestPlan& node) {
        return fmt::format("Random cut forest of {} trees over {}", node.settings.trees, columns(below(plan), node.features));
    }
    std::string line(const Plan& plan, const MatchPlan& node) {
        std::string out = "Match";
        for (const auto& variable : node.pattern) out += " " + variable.name;
        if (!node.partition_by.empty()) out += " by " + columns(below(plan), node.partition_by);
        return out;
    }
};

}  // namespace

std::vector<std::string> names_of(const Schema& schema) {
    std::vector<std::string> out;
    for (const auto& field : schema) out.push_back(field.name);
    return out;
}

std::string text_of(const Plan& plan) { return Explainer().text(plan, 0); }

}  // namespace kns::sql
