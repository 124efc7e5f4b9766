// SELECT: FROM, WHERE, GROUP BY, HAVING, the columns, in that order.
#include <algorithm>

#include "core/sql/expression/function.hpp"
#include "core/sql/plan/query_binder.hpp"
#include "core/sql/text/print.hpp"

namespace kns::sql {
namespace {

void split_and(const Expression& condition, std::vector<const Expression*>& into) {
    const auto* binary = std::get_if<Binary>(&condition.node);
    if (binary == nullptr || binary->operation != "AND") return into.push_back(&condition);
    split_and(*binary->left, into);
    split_and(*binary->right, into);
}

bool has_aggregate(const Expression& expression, const Catalog& catalog) {
    bool found = false;
    walk(expression, [&](const Expression& one) {
        const auto* call = std::get_if<Call>(&one.node);
        if (call != nullptr && !call->over && is_aggregate(catalog.function(capitals_of(call->name)))) found = true;
        return !found;
    });
    return found;
}

// t.* and *: which columns.
std::vector<std::size_t> columns_of(const Star& star, const Scope& scope) {
    std::vector<std::size_t> out;
    for (const auto& part : scope.parts) {
        if (!star.of.empty() && plain_name(star.of) != part.alias) continue;
        for (std::size_t i = part.first; i < part.first + part.count; ++i) out.push_back(i);
    }
    return out;
}

Expr column_in(const Schema& schema, std::size_t index) {
    if (schema[index].time == TimeRole::processing)
        return {.kind = Expr::Kind::proctime, .type = schema[index].type, .name = std::string(kProctime)};
    return column_of(index, schema[index].type);
}

// Names that are there twice get a number, as in Flink.
void make_unique(Schema& schema) {
    for (std::size_t i = 0; i < schema.size(); ++i) {
        const std::string name = schema[i].name;
        for (int n = 0; std::ranges::any_of(schema.begin(), schema.begin() + static_cast<std::ptrdiff_t>(i),
                                            [&](const Field& f) { return f.name == schema[i].name; });
             ++n)
            schema[i].name = name + std::to_string(n);
    }
}

// Whether ORDER BY means a column of the result: by its number, its name, or the same expression as in SELECT.
bool is_of_result(const Expression& item, const Select& select, const std::vector<std::string>& names) {
    if (std::holds_alternative<NumberLiteral>(item.node)) return true;
    const auto* column = std::get_if<ColumnName>(&item.node);
    if (column != nullptr && column->name.size() == 1 && std::ranges::find(names, column->name[0].text) != names.end()) return true;
    const std::string text = print(item);
    return select.items.size() == names.size() &&
           std::ranges::any_of(select.items, [&](const SelectItem& one) { return print(*one.expression) == text; });
}

// The columns of a legacy window, which were named by numbers from the end, as what they are.
Expr with_legacy(Expr expression, std::size_t first) {
    return with_columns(std::move(expression), [&](const Expr& column) {
        Expr out = column;
        if (column.index > SIZE_MAX - 3) out.index = first + (SIZE_MAX - column.index);
        return out;
    });
}

}  // namespace

std::string name_of(const SelectItem& item, std::size_t at) {
    if (item.name) return item.name->text;
    if (const auto* column = std::get_if<ColumnName>(&item.expression->node)) return column->name.back().text;
    if (const auto* field = std::get_if<FieldOf>(&item.expression->node)) return field->field.text;
    return fmt::format("EXPR${}", at);
}

Result<PlanPtr> QueryBinder::filtered(Bound& from, const Expression& condition) {
    std::vector<const Expression*> conditions;
    split_and(condition, conditions);
    for (const auto* one : conditions) {
        const Expression* inner = one;
        bool negated = false;
        if (const auto* unary = std::get_if<Unary>(&one->node); unary != nullptr && unary->operation == "NOT")
            inner = unary->operand.get(), negated = true;
        if (const auto* in = std::get_if<InQuery>(&inner->node)) {
            from.plan = KNS_TRY(semi_join(from, *in, negated != in->negated));
        } else if (const auto* exists = std::get_if<Exists>(&inner->node)) {
            from.plan = KNS_TRY(semi_join(from, *exists, negated, inner->place));
        } else {
            Expr bound = KNS_TRY(ExpressionBinder(catalog_, {.scope = from.scope}).bind_condition(*one, "WHERE"));
            Schema schema = from.plan->schema;
            from.plan = make_plan(std::move(schema), FilterPlan{std::move(bound)}, std::move(from.plan));
        }
    }
    return std::move(from.plan);
}

Result<PlanPtr> QueryBinder::semi_join(Bound& from, const InQuery& in, bool negated) {
    PlanPtr right = KNS_TRY(query(*in.query));
    if (right->schema.size() != in.operands.size())
        return fail_at(in.query->place,
                       fmt::format("the query gives {} columns, and {} are compared", right->schema.size(), in.operands.size()));
    std::vector<Expr> conditions;
    for (std::size_t i = 0; i < in.operands.size(); ++i) {
        Expr left = KNS_TRY(ExpressionBinder(catalog_, {.scope = from.scope}).bind(*in.operands[i]));
        conditions.push_back(KNS_TRY(bind_binary(
            "=", std::move(left), column_of(from.plan->schema.size() + i, right->schema[i].type), in.operands[i]->place)));
    }
    JoinPlan join{.kind = negated ? JoinPlan::Kind::anti : JoinPlan::Kind::semi,
                  .residual = all_of(std::move(conditions)),
                  .null_aware = negated};
    std::vector<PlanPtr> inputs;
    Schema schema = from.plan->schema;
    inputs.push_back(std::move(from.plan));
    inputs.push_back(std::move(right));
    const bool append_only = inputs[0]->append_only && inputs[1]->append_only && !negated;
    PlanPtr out = make_plan(std::move(schema), std::move(join), std::move(inputs));
    out->append_only = append_only;
    return out;
}

// EXISTS (SELECT ... FROM ... WHERE conditions that may look outside).
Result<PlanPtr> QueryBinder::semi_join(Bound& from, const Exists& exists, bool negated, Place place) {
    const auto* inner = std::get_if<Select>(&exists.query->body);
    if (inner == nullptr || !inner->group_by.empty() || inner->having || exists.query->limit || !inner->from)
        return fail_at(place, "EXISTS takes a plain SELECT ... FROM ... WHERE");
    Bound right = KNS_TRY(relation(*inner->from));
    Scope both = from.scope;
    const std::size_t width = from.plan->schema.size();
    for (const auto& part : right.scope.parts)
        both.parts.push_back({.alias = part.alias, .first = part.first + width, .count = part.count});
    both.schema.insert(both.schema.end(), right.scope.schema.begin(), right.scope.schema.end());
    std::vector<Expr> conditions;
    if (inner->where)
        conditions.push_back(KNS_TRY(ExpressionBinder(catalog_, {.scope = both}).bind_condition(*inner->where, "WHERE")));
    JoinPlan join{.kind = negated ? JoinPlan::Kind::anti : JoinPlan::Kind::semi, .residual = all_of(std::move(conditions))};
    std::vector<PlanPtr> inputs;
    Schema schema = from.plan->schema;
    inputs.push_back(std::move(from.plan));
    inputs.push_back(std::move(right.plan));
    const bool append_only = inputs[0]->append_only && inputs[1]->append_only && !negated;
    PlanPtr out = make_plan(std::move(schema), std::move(join), std::move(inputs));
    out->append_only = append_only;
    return out;
}

// (SELECT MAX(x) FROM t) as a value: one row that is joined to every other.
Result<void> QueryBinder::join_scalar_queries(Bound& from, const Select& select,
                                              std::vector<std::pair<const Query*, Expr>>& found) {
    std::vector<const ScalarQuery*> queries;
    const auto collect = [&](const Expression& expression) {
        walk(expression, [&](const Expression& one) {
            if (const auto* scalar = std::get_if<ScalarQuery>(&one.node)) queries.push_back(scalar);
            return true;
        });
    };
    for (const auto& item : select.items) collect(*item.expression);
    if (select.where) collect(*select.where);
    if (select.having) collect(*select.having);
    for (const auto* scalar : queries) {
        PlanPtr right = KNS_TRY(query(*scalar->query));
        if (right->schema.size() != 1)
            return fail_at(scalar->query->place,
                           fmt::format("a query that is a value has one column, and this one {}", right->schema.size()));
        const auto* inner = std::get_if<Select>(&scalar->query->body);
        if (inner == nullptr || !inner->group_by.empty() ||
            !std::ranges::all_of(inner->items, [&](const SelectItem& item) { return has_aggregate(*item.expression, catalog_); }))
            return fail_at(scalar->query->place,
                           "a query that is a value has one row: SELECT MAX(...) and the like, without GROUP BY");
        Schema schema = from.plan->schema;
        Field field = right->schema[0];
        field.type.nullable = true, field.time = TimeRole::none;
        found.emplace_back(scalar->query.get(), column_of(schema.size(), field.type));
        for (auto& one : schema) one.time = one.time == TimeRole::event ? TimeRole::none : one.time;
        schema.push_back(field);
        std::vector<PlanPtr> inputs;
        inputs.push_back(std::move(from.plan));
        inputs.push_back(std::move(right));
        from.plan = make_plan(schema, JoinPlan{.kind = JoinPlan::Kind::left}, std::move(inputs));
        from.plan->append_only = false;
        from.scope.schema = std::move(schema);
    }
    return {};
}

Result<void> QueryBinder::group(const Select& select, const Bound& from, Aggregation& aggregation) {
    ExpressionBinder binder(catalog_, {.scope = from.scope});
    const auto key_of = [&](const Expression& expression) -> Result<std::optional<std::size_t>> {
        if (const auto* call = std::get_if<Call>(&expression.node)) {
            const std::string name = capitals_of(call->name);
            if (const auto kind = window_kind(name); kind && *kind != Windowing::Kind::cumulate) {
                if (aggregation.legacy) return fail_at(expression.place, "GROUP BY has one window");
                const std::size_t wanted = *kind == Windowing::Kind::hop ? 3 : 2;
                if (call->arguments.size() != wanted)
                    return fail_at(expression.place,
                                   fmt::format("{} takes a time and {}", name, wanted == 3 ? "two intervals" : "an interval"));
                const Expr time = KNS_TRY(binder.bind(*call->arguments[0].value));
                Aggregation::Legacy legacy{.windowing = {.kind = *kind}, .function = name};
                const auto* column = std::get_if<ColumnName>(&call->arguments[0].value->node);
                if (time.kind == Expr::Kind::proctime && time.name == kProctime) {
                    legacy.windowing.processing = true;
                } else if (!time.is_column() || from.plan->schema[time.index].time != TimeRole::event) {
                    return fail_at(
                        expression.place,
                        fmt::format("{} takes an attribute of time: a column with a WATERMARK, or PROCTIME(); {} is none", name,
                                    column != nullptr ? "`" + text_of(column->name) + "`" : "an expression"));
                } else {
                    legacy.time_column = time.index;
                }
                const auto span = [&](std::size_t at) -> Result<std::int64_t> {
                    return literal_span(KNS_TRY(binder.bind(*call->arguments[at].value)), name);
                };
                if (wanted == 3) legacy.windowing.slide = KNS_TRY(span(1));
                legacy.windowing.size = KNS_TRY(span(wanted - 1));
                if (legacy.windowing.size <= 0 || (wanted == 3 && legacy.windowing.slide <= 0))
                    return fail_at(expression.place, "a window is longer than nothing");
                if (wanted == 3 && legacy.windowing.size % legacy.windowing.slide != 0)
                    return fail_at(expression.place, "HOP: the size has to be a multiple of the slide");
                aggregation.legacy = std::move(legacy);
                return std::nullopt;
            }
        }
        Expr key = KNS_TRY(binder.bind(expression));
        if (!key.type.can_be_compared())
            return fail_at(expression.place, fmt::format("{} cannot be grouped by", text_of(or_null(key.type))));
        const auto known = std::ranges::find(aggregation.keys, key);
        const auto at = static_cast<std::size_t>(known - aggregation.keys.begin());
        if (known == aggregation.keys.end()) aggregation.keys.push_back(std::move(key));
        return at;
    };
    // Each element is a list of sets; what is grouped by is every combination of one of each.
    std::vector<std::set<std::size_t>> sets{{}};
    bool several = false;
    for (const auto& element : select.group_by) {
        std::vector<std::set<std::size_t>> here;
        std::vector<std::set<std::size_t>> parts;
        for (const auto& expressions : element.sets) {
            std::set<std::size_t> keys;
            for (const auto& expression : expressions)
                if (const auto key = KNS_TRY(key_of(*expression))) keys.insert(*key);
            parts.push_back(std::move(keys));
        }
        switch (element.kind) {
            case GroupingElement::Kind::expressions:
            case GroupingElement::Kind::sets: here = parts; break;
            case GroupingElement::Kind::rollup:
                for (std::size_t n = parts.size() + 1; n-- > 0;) {
                    std::set<std::size_t> keys;
                    for (std::size_t i = 0; i < n; ++i) keys.insert(parts[i].begin(), parts[i].end());
                    here.push_back(std::move(keys));
                }
                break;
            case GroupingElement::Kind::cube:
                if (parts.size() > 10) return fail_at(element.sets[0][0]->place, "a CUBE has at most 10 columns");
                for (std::size_t bits = std::size_t{1} << parts.size(); bits-- > 0;) {
                    std::set<std::size_t> keys;
                    for (std::size_t i = 0; i < parts.size(); ++i)
                        if ((bits >> (parts.size() - 1 - i)) & 1) keys.insert(parts[i].begin(), parts[i].end());
                    here.push_back(std::move(keys));
                }
                break;
        }
        several = several || element.kind != GroupingElement::Kind::expressions;
        std::vector<std::set<std::size_t>> all;
        for (const auto& a : sets)
            for (const auto& b : here) {
                auto both = a;
                both.insert(b.begin(), b.end());
                all.push_back(std::move(both));
            }
        sets = std::move(all);
        if (sets.size() > 1024) return fail_at(element.sets[0][0]->place, "GROUP BY has more than 1,024 sets");
    }
    if (several) aggregation.sets = std::move(sets);
    return {};
}

// Keys, [the set's number], calls, and of a legacy window start, end and time.
Result<PlanPtr> QueryBinder::aggregated(PlanPtr input, Aggregation& aggregation) {
    const Schema below = input->schema;
    const bool from_appends = input->append_only;
    ColumnsOf columns(std::move(input), false);
    AggregatePlan node;
    Schema schema;
    const bool sets = !aggregation.sets.empty();
    std::vector<std::size_t> key_columns;
    for (const auto& key : aggregation.keys) {
        key_columns.push_back(columns.add(key));
        schema.push_back(field_of(key, below, key.is_column() ? below[key.index].name : fmt::format("$k{}", schema.size())));
        if (schema.back().part == WindowPart::none) schema.back().time = TimeRole::none;
        if (sets) schema.back().type.nullable = true;
    }
    std::vector<std::size_t> argument_columns;
    const auto column_for = [&](const Expr& expression) {
        // With sets, a key that is an argument as well is another column: the argument is not made NULL.
        return columns.add(expression);
    };
    for (auto& pending : aggregation.calls) {
        AggregateCall call = pending.call;
        for (const auto& argument : pending.arguments) call.arguments.push_back(column_for(argument));
        if (pending.filter) call.filter = column_for(*pending.filter);
        for (auto [expression, key] : pending.order) {
            key.column = column_for(expression);
            call.order.push_back(key);
        }
        node.calls.push_back(std::move(call));
    }
    std::optional<AggregateWindow> window;
    if (aggregation.legacy) {
        window.emplace().windowing = aggregation.legacy->windowing;
        const Field& time = below[aggregation.legacy->time_column];
        window->time_column =
            aggregation.legacy->windowing.processing
                ? columns.add({.kind = Expr::Kind::proctime, .type = timestamp_ltz_type(), .name = std::string(kProctime)})
                : columns.add(column_of(aggregation.legacy->time_column, time.type));
    }
    PlanPtr plan = columns.finish();
    if (sets) {
        // Each row once for each set. The arguments are kept apart from the keys, which become NULL.
        std::vector<Expr> wide;
        Schema wide_schema;
        for (const auto column : key_columns) {
            wide.push_back(column_of(column, plan->schema[column].type));
            wide_schema.push_back(plan->schema[column]);
        }
        for (std::size_t i = 0; i < plan->schema.size(); ++i) {
            wide.push_back(column_in(plan->schema, i));
            wide_schema.push_back(plan->schema[i]);
        }
        const std::size_t shift = key_columns.size();
        for (auto& call : node.calls) {
            for (auto& argument : call.arguments) argument += shift;
            if (call.filter) *call.filter += shift;
            for (auto& key : call.order) key.column += shift;
        }
        if (window && window->time_column) *window->time_column += shift;
        plan = make_plan(wide_schema, ProjectPlan{std::move(wide)}, std::move(plan));
        ExpandPlan expand;
        for (const auto& set : aggregation.sets) {
            std::vector<bool> keeps(wide_schema.size(), true);
            for (std::size_t i = 0; i < key_columns.size(); ++i) keeps[i] = set.contains(i);
            expand.keeps.push_back(std::move(keeps));
        }
        for (std::size_t i = 0; i < key_columns.size(); ++i) wide_schema[i].type.nullable = true;
        wide_schema.push_back({.name = "$set", .type = not_null(bigint_type())});
        schema.push_back(wide_schema.back());
        plan = make_plan(std::move(wide_schema), std::move(expand), std::move(plan));
        for (std::size_t i = 0; i < key_columns.size(); ++i) key_columns[i] = i;
        key_columns.push_back(plan->schema.size() - 1);
    }
    node.keys = key_columns;
    for (const auto& pending : aggregation.calls) {
        std::string name = pending.call.function + (pending.call.distinct ? "(DISTINCT " : "(");
        for (std::size_t i = 0; i < pending.arguments.size(); ++i)
            name += (i == 0 ? "" : ", ") + text_of(pending.arguments[i], names_of(below));
        schema.push_back({.name = name + (pending.arguments.empty() ? "*)" : ")"), .type = pending.call.type});
    }
    if (!window) {
        // Keys that are both bounds of one window make it a window's aggregate.
        AggregateWindow attached;
        std::shared_ptr<const Windowing> which;
        for (std::size_t i = 0; i < aggregation.keys.size(); ++i) {
            const Field& key = schema[i];
            if (key.part == WindowPart::none || (which && !(*which == *key.window))) continue;
            if (key.part == WindowPart::start) attached.start_key = i, which = key.window;
            if (key.part == WindowPart::end) attached.end_key = i, which = key.window;
            if (key.part == WindowPart::time) attached.time_key = i, which = key.window;
        }
        if (attached.start_key && attached.end_key && from_appends) {
            attached.windowing = *which;
            window = attached;
        } else {
            for (auto& key : schema) key.time = TimeRole::none, key.part = WindowPart::none, key.window = nullptr;
        }
    } else {
        const bool processing = window->windowing.processing;
        const auto shared = std::make_shared<const Windowing>(window->windowing);
        const Type bound = processing ? timestamp_type() : type_of(below[aggregation.legacy->time_column].type.kind, 3);
        const Type moment = processing ? timestamp_ltz_type() : bound;
        schema.push_back({.name = "window_start", .type = not_null(bound), .part = WindowPart::start, .window = shared});
        schema.push_back({.name = "window_end", .type = not_null(bound), .part = WindowPart::end, .window = shared});
        schema.push_back({.name = "window_time",
                          .type = not_null(moment),
                          .time = processing ? TimeRole::processing : TimeRole::event,
                          .part = WindowPart::time,
                          .window = shared});
    }
    node.window = window;
    const bool windowed = window.has_value();
    PlanPtr out = make_plan(std::move(schema), std::move(node), std::move(plan));
    out->append_only = windowed;
    return out;
}

Result<PlanPtr> QueryBinder::with_overs(PlanPtr input, Overs& overs, std::vector<std::size_t>& columns) {
    columns.assign(overs.calls.size(), 0);
    std::vector<bool> done(overs.calls.size(), false);
    for (std::size_t first = 0; first < overs.calls.size(); ++first) {
        if (done[first]) continue;
        const PendingOver& window = overs.calls[first];
        const Place place = window.order_by.empty() ? Place{} : window.order_by[0].first.place;
        ColumnsOf wide(std::move(input));
        OverPlan node{.rows = window.rows, .from = window.from};
        for (const auto& key : window.partition_by) node.partition_by.push_back(wide.add(key));
        bool by_clock = false;
        for (const auto& [expression, key] : window.order_by) {
            SortKey sort = key;
            if (expression.kind == Expr::Kind::proctime) {
                by_clock = true;
                node.latest_first = key.descending;
                continue;
            }
            sort.column = wide.add(expression);
            node.order_by.push_back(sort);
        }
        node.processing = by_clock;
        std::vector<std::size_t> members;
        for (std::size_t i = first; i < overs.calls.size(); ++i) {
            if (done[i] || !overs.calls[i].same_window(window)) continue;
            done[i] = true;
            members.push_back(i);
            AggregateCall call = overs.calls[i].aggregate.call;
            for (const auto& argument : overs.calls[i].aggregate.arguments) call.arguments.push_back(wide.add(argument));
            if (overs.calls[i].aggregate.filter) call.filter = wide.add(*overs.calls[i].aggregate.filter);
            node.calls.push_back(std::move(call));
        }
        input = wide.finish();
        if (window.order_by.empty()) return fail_at(place, "OVER needs an ORDER BY");
        Schema schema = input->schema;
        for (std::size_t n = 0; n < members.size(); ++n) {
            columns[members[n]] = schema.size();
            schema.push_back({.name = fmt::format("$o{}", schema.size()), .type = node.calls[n].type});
        }
        input = make_plan(std::move(schema), std::move(node), std::move(input));
    }
    return input;
}

Result<PlanPtr> QueryBinder::select(const Select& select, Place place, const std::vector<OrderItem>& order_by,
                                    std::size_t& visible) {
    if (select.stagger) return fail_at(place, "WINDOWED BY STAGGER is KDA's: not known here yet");
    Bound from;
    if (select.from) {
        from = KNS_TRY(relation(*select.from));
    } else {
        ValuesPlan one;
        one.rows.emplace_back();
        from.plan = make_plan({}, std::move(one));
    }
    std::vector<std::pair<const Query*, Expr>> scalars;
    KNS_TRY(join_scalar_queries(from, select, scalars));
    if (select.where && scalars.empty()) {
        from.plan = KNS_TRY(filtered(from, *select.where));
    } else if (select.where) {
        Expr condition = KNS_TRY(
            ExpressionBinder(catalog_, {.scope = from.scope, .scalar_queries = &scalars}).bind_condition(*select.where, "WHERE"));
        Schema schema = from.plan->schema;
        from.plan = make_plan(std::move(schema), FilterPlan{std::move(condition)}, std::move(from.plan));
    }

    bool groups = !select.group_by.empty() || select.having != nullptr;
    for (const auto& item : select.items) groups = groups || has_aggregate(*item.expression, catalog_);
    Aggregation aggregation;
    if (groups) KNS_TRY(group(select, from, aggregation));

    Overs overs{.first_column = 1 << 20, .calls = {}, .windows = &select.windows};
    ExpressionBinder binder(
        catalog_,
        {.scope = from.scope, .aggregation = groups ? &aggregation : nullptr, .overs = &overs, .scalar_queries = &scalars});
    std::vector<Expr> expressions;
    std::vector<std::string> names;
    for (const auto& item : select.items) {
        if (const auto* star = std::get_if<Star>(&item.expression->node)) {
            const auto columns = columns_of(*star, from.scope);
            if (columns.empty())
                return fail_at(item.expression->place, star->of.empty()
                                                           ? "* has no table to stand for"
                                                           : fmt::format("there is no table `{}` in FROM", plain_name(star->of)));
            if (groups) return fail_at(item.expression->place, "with GROUP BY, SELECT names its columns");
            for (const auto column : columns) {
                expressions.push_back(column_in(from.plan->schema, column));
                names.push_back(from.plan->schema[column].name);
            }
            continue;
        }
        expressions.push_back(KNS_TRY(binder.bind(*item.expression)));
        names.push_back(name_of(item, expressions.size() - 1));
    }
    visible = expressions.size();
    for (const auto& item : order_by) {
        if (select.distinct || is_of_result(*item.expression, select, names)) continue;
        auto bound = binder.bind(*item.expression);
        if (!bound) continue;  // whoever sorts says what is wrong
        expressions.push_back(std::move(*bound));
        names.push_back(fmt::format("$s{}", names.size()));
    }
    std::optional<Expr> having;
    if (select.having) having = KNS_TRY(binder.bind_condition(*select.having, "HAVING"));

    PlanPtr plan = std::move(from.plan);
    if (groups) {
        const std::size_t bounds = aggregation.first_call() + aggregation.calls.size();
        for (auto& expression : expressions) expression = with_legacy(std::move(expression), bounds);
        if (having) having = with_legacy(std::move(*having), bounds);
        plan = KNS_TRY(aggregated(std::move(plan), aggregation));
        if (having) {
            Schema schema = plan->schema;
            plan = make_plan(std::move(schema), FilterPlan{std::move(*having)}, std::move(plan));
        }
    }
    if (!overs.calls.empty()) {
        std::vector<std::size_t> columns;
        if (groups) {
            for (auto& call : overs.calls) {
                for (auto& key : call.partition_by)
                    key = with_legacy(std::move(key), aggregation.first_call() + aggregation.calls.size());
                for (auto& [expression, key] : call.order_by)
                    expression = with_legacy(std::move(expression), aggregation.first_call() + aggregation.calls.size());
            }
        }
        plan = KNS_TRY(with_overs(std::move(plan), overs, columns));
        for (auto& expression : expressions)
            expression = with_columns(std::move(expression), [&](const Expr& column) {
                Expr out = column;
                if (column.index >= overs.first_column) out.index = columns[column.index - overs.first_column];
                return out;
            });
    }
    Schema schema;
    for (std::size_t i = 0; i < expressions.size(); ++i) schema.push_back(field_of(expressions[i], plan->schema, names[i]));
    make_unique(schema);
    plan = make_plan(std::move(schema), ProjectPlan{std::move(expressions)}, std::move(plan));
    return select.distinct ? distinct(std::move(plan)) : std::move(plan);
}

}  // namespace kns::sql
