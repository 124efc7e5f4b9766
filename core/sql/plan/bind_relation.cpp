// FROM: tables, views, sub-queries, functions of tables, joins.
#include <algorithm>

#include "core/sql/expression/function.hpp"
#include "core/sql/plan/query_binder.hpp"

namespace kns::sql {
namespace {

template <class Visit>
void walk_all(const std::vector<ExpressionPtr>& expressions, Visit visit) {
    for (const auto& expression : expressions) visit(expression);
}

}  // namespace

void walk(const Expression& expression, const std::function<bool(const Expression&)>& visit) {
    if (!visit(expression)) return;
    const auto into = [&](const ExpressionPtr& part) {
        if (part) walk(*part, visit);
    };
    const auto each = [&](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, Unary> || std::is_same_v<Node, Cast> || std::is_same_v<Node, FieldOf>) {
            into(node.operand);
        } else if constexpr (std::is_same_v<Node, Binary>) {
            into(node.left), into(node.right), into(node.escape);
        } else if constexpr (std::is_same_v<Node, Between>) {
            into(node.operand), into(node.low), into(node.high);
        } else if constexpr (std::is_same_v<Node, InList>) {
            into(node.operand);
            walk_all(node.list, into);
        } else if constexpr (std::is_same_v<Node, InQuery>) {
            walk_all(node.operands, into);
        } else if constexpr (std::is_same_v<Node, Case>) {
            into(node.operand), into(node.otherwise);
            for (const auto& [when, then] : node.branches) into(when), into(then);
        } else if constexpr (std::is_same_v<Node, Call>) {
            for (const auto& argument : node.arguments) into(argument.value);
            into(node.filter);
            for (const auto& item : node.within_group) into(item.expression);
            if (node.over) {
                walk_all(node.over->partition_by, into);
                for (const auto& item : node.over->order_by) into(item.expression);
            }
        } else if constexpr (std::is_same_v<Node, ArrayOf>) {
            walk_all(node.elements, into);
        } else if constexpr (std::is_same_v<Node, MapOf>) {
            walk_all(node.keys_and_values, into);
        } else if constexpr (std::is_same_v<Node, RowOf>) {
            walk_all(node.fields, into);
        } else if constexpr (std::is_same_v<Node, Element>) {
            into(node.operand), into(node.index);
        }
    };
    std::visit(each, expression.node);
}

void walk_changing(Expression& expression, const std::function<bool(Expression&)>& visit) {
    // What is inside of what is ours is ours.
    walk(static_cast<const Expression&>(expression), [&](const Expression& one) { return visit(const_cast<Expression&>(one)); });
}

std::optional<Windowing::Kind> window_kind(const std::string& name) {
    if (name == "TUMBLE") return Windowing::Kind::tumble;
    if (name == "HOP") return Windowing::Kind::hop;
    if (name == "CUMULATE") return Windowing::Kind::cumulate;
    if (name == "SESSION") return Windowing::Kind::session;
    return {};
}

Result<QueryBinder::Bound> QueryBinder::as_relation(PlanPtr plan, const Relation& relation, const std::string& name) {
    Bound out{.plan = std::move(plan), .scope = {}};
    std::string alias = name;
    if (relation.alias) {
        alias = relation.alias->name.text;
        const auto& columns = relation.alias->columns;
        if (!columns.empty() && columns.size() != out.plan->schema.size())
            return fail_at(relation.alias->name.place,
                           fmt::format("`{}` names {} columns, and there are {}", alias, columns.size(), out.plan->schema.size()));
        for (std::size_t i = 0; i < columns.size(); ++i) out.plan->schema[i].name = columns[i].text;
    }
    out.scope.add(alias, out.plan->schema);
    return out;
}

Result<QueryBinder::Bound> QueryBinder::relation(const Relation& relation) {
    if (const auto* name = std::get_if<TableName>(&relation.node)) return table(*name, relation);
    if (const auto* function = std::get_if<FunctionTable>(&relation.node)) return function_table(*function, relation);
    if (const auto* derived = std::get_if<DerivedTable>(&relation.node))
        return as_relation(KNS_TRY(query(*derived->query)), relation, {});
    if (const auto* join = std::get_if<Join>(&relation.node)) return this->join(*join);
    if (const auto* match = std::get_if<MatchRecognize>(&relation.node)) {
        Bound out = KNS_TRY(this->match(*match, relation.place));
        return as_relation(std::move(out.plan), relation, {});
    }
    const auto& unnest = std::get<Unnest>(relation.node);
    Bound one;
    ValuesPlan row;
    row.rows.emplace_back();
    one.plan = make_plan({}, std::move(row));
    Join join{.kind = JoinKind::cross, .left = nullptr, .right = nullptr, .on = nullptr, .using_columns = {}, .natural = false};
    Bound out = KNS_TRY(unnest_join(join, std::move(one), unnest));
    return as_relation(std::move(out.plan), relation, {});
}

Result<PlanPtr> QueryBinder::named_query(const Query& inner, const std::vector<std::string>& columns, std::string_view name,
                                         Place place) {
    PlanPtr plan = KNS_TRY(query(inner));
    if (!columns.empty() && columns.size() != plan->schema.size())
        return fail_at(place,
                       fmt::format("`{}` names {} columns, and its query has {}", name, columns.size(), plan->schema.size()));
    for (std::size_t i = 0; i < columns.size(); ++i) plan->schema[i].name = columns[i];
    return plan;
}

Result<QueryBinder::Bound> QueryBinder::table(const TableName& name, const Relation& relation) {
    if (name.as_of) return fail_at(relation.place, "FOR SYSTEM_TIME AS OF stands at the right side of a join only");
    const std::string plain = plain_name(name.name);
    // By their number: a query inside adds a level of its own meanwhile.
    for (std::size_t level = commons_.size(); level-- > 0;) {
        const auto common = commons_[level].find(plain);
        if (common == commons_[level].end() || common->second == nullptr) continue;
        const CommonTable* table = common->second;
        std::vector<std::string> columns;
        for (const auto& column : table->columns) columns.push_back(column.text);
        common->second = nullptr;  // in its own query the name means what it meant before
        auto plan = named_query(*table->query, columns, plain, relation.place);
        commons_[level][plain] = table;
        return as_relation(KNS_TRY(std::move(plan)), relation, plain);
    }
    if (const View* view = catalog_.view(plain)) {
        auto outer = std::exchange(commons_, {});
        auto plan = named_query(*view->query, view->columns, plain, relation.place);
        commons_ = std::move(outer);
        return as_relation(KNS_TRY(std::move(plan)), relation, plain);
    }
    Table with_hints;
    const Table* found = KNS_TRY(catalog_.table(name.name));
    if (!name.options.empty()) return fail_at(relation.place, "OPTIONS are not taken here: give them to CREATE TABLE");
    return as_relation(KNS_TRY(scan(*found)), relation, plain);
}

Result<PlanPtr> QueryBinder::scan(const Table& table) {
    ScanPlan node{.table = table.name, .paths = {}};
    Schema physical;
    std::vector<std::size_t> place_of(table.columns.size(), SIZE_MAX);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].computed) continue;
        place_of[i] = physical.size();
        node.paths.push_back({i});
        physical.push_back({.name = table.columns[i].name, .type = table.columns[i].type});
    }
    PlanPtr plan = make_plan(physical, std::move(node));
    if (physical.size() != table.columns.size()) {
        std::vector<Expr> expressions;
        Schema schema;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const TableColumn& column = table.columns[i];
            Expr expression =
                column.computed ? KNS_TRY(bind_over(*column.computed, physical, catalog_)) : column_of(place_of[i], column.type);
            schema.push_back(field_of(expression, physical, column.name));
            expressions.push_back(std::move(expression));
        }
        plan = make_plan(std::move(schema), ProjectPlan{std::move(expressions)}, std::move(plan));
    }
    if (table.watermark_column.empty()) return plan;
    WatermarkPlan mark{
        .column = 0, .expression = KNS_TRY(bind_over(*table.watermark, plan->schema, catalog_)), .table = table.name};
    for (std::size_t i = 0; i < plan->schema.size(); ++i)
        if (plan->schema[i].name == table.watermark_column) mark.column = i;
    Schema schema = plan->schema;
    schema[mark.column].time = TimeRole::event;
    return make_plan(std::move(schema), std::move(mark), std::move(plan));
}

Result<QueryBinder::Bound> QueryBinder::function_table(const FunctionTable& function, const Relation& relation) {
    const std::string name = capitals_of(function.call.name);
    if (name == "RANDOM_CUT_FOREST" || name == "RANDOM_CUT_FOREST_WITH_EXPLANATION")
        return forest(function, relation, name.ends_with("EXPLANATION"));
    const auto kind = window_kind(name);
    if (!kind)
        return fail_at(relation.place, fmt::format("{} is no function that gives a table", name))
            .hint("TUMBLE, HOP, CUMULATE and SESSION are");
    // Arguments by name, or in their order.
    std::vector<std::string> order{"DATA", "TIMECOL"};
    if (*kind == Windowing::Kind::hop)
        order.insert(order.end(), {"SLIDE", "SIZE", "OFFSET"});
    else if (*kind == Windowing::Kind::cumulate)
        order.insert(order.end(), {"STEP", "SIZE", "OFFSET"});
    else if (*kind == Windowing::Kind::session)
        order.emplace_back("GAP");
    else
        order.insert(order.end(), {"SIZE", "OFFSET"});
    std::map<std::string, const Expression*> given;
    for (std::size_t i = 0; i < function.call.arguments.size(); ++i) {
        const auto& argument = function.call.arguments[i];
        std::string key = argument.name ? capitals_of({*argument.name}) : i < order.size() ? order[i] : std::string();
        if (std::ranges::find(order, key) == order.end())
            return fail_at(argument.value->place, fmt::format("{} takes {} and no more", name, fmt::join(order, ", ")));
        given[key] = argument.value.get();
    }
    const std::size_t needed = order.size() - (*kind == Windowing::Kind::session ? 0 : 1);
    for (std::size_t i = 0; i < needed; ++i)
        if (!given.contains(order[i]))
            return fail_at(relation.place, fmt::format("{} takes {}: {} is missing", name, fmt::join(order, ", "), order[i]));
    const auto* data = std::get_if<TableArgument>(&given["DATA"]->node);
    if (data == nullptr)
        return fail_at(given["DATA"]->place, fmt::format("{} takes a table first: TABLE name, or a query in brackets", name));
    const auto* descriptor = std::get_if<Descriptor>(&given["TIMECOL"]->node);
    if (descriptor == nullptr || descriptor->columns.size() != 1)
        return fail_at(given["TIMECOL"]->place, fmt::format("{} takes the column of time as DESCRIPTOR(column)", name));
    Bound input = KNS_TRY(this->relation(*data->table));

    ExpressionBinder binder(catalog_, {.scope = input.scope});
    WindowPlan node{.windowing = {.kind = *kind}};
    const auto span = [&](const std::string& key) -> Result<std::int64_t> {
        const std::int64_t out = KNS_TRY(literal_span(KNS_TRY(binder.bind(*given[key])), key));
        if (out <= 0 && key != "OFFSET") return fail_at(given[key]->place, fmt::format("{} has to be longer than nothing", key));
        return out;
    };
    node.windowing.size = KNS_TRY(span(*kind == Windowing::Kind::session ? "GAP" : "SIZE"));
    if (*kind == Windowing::Kind::hop) node.windowing.slide = KNS_TRY(span("SLIDE"));
    if (*kind == Windowing::Kind::cumulate) node.windowing.slide = KNS_TRY(span("STEP"));
    if (node.windowing.slide != 0 && node.windowing.size % node.windowing.slide != 0)
        return fail_at(relation.place, fmt::format("{}: the size has to be a multiple of the {}", name,
                                                   *kind == Windowing::Kind::hop ? "slide" : "step"));
    if (given.contains("OFFSET")) node.windowing.offset = KNS_TRY(span("OFFSET"));

    const Identifier& column = descriptor->columns[0];
    const auto at = std::ranges::find(input.plan->schema, column.text, &Field::name);
    if (at == input.plan->schema.end()) return fail_at(column.place, fmt::format("there is no column `{}`", column.text));
    node.time_column = static_cast<std::size_t>(at - input.plan->schema.begin());
    if (at->time == TimeRole::none)
        return fail_at(column.place, fmt::format("`{}` is no attribute of time", column.text))
            .hint("a column with a WATERMARK is one, as long as it is passed on as it is, or PROCTIME()");
    node.windowing.processing = at->time == TimeRole::processing;
    if (!input.plan->append_only)
        return fail_at(relation.place,
                       fmt::format("{} takes rows that are never taken back, and this query takes some back", name));
    for (const auto& key : data->partition_by) {
        const Expr bound = KNS_TRY(binder.bind(*key));
        if (!bound.is_column()) return fail_at(key->place, "PARTITION BY takes columns here");
        node.partition_by.push_back(bound.index);
    }
    const auto windowing = std::make_shared<const Windowing>(node.windowing);
    Schema schema = input.plan->schema;
    const Type time = schema[node.time_column].type;
    const Type bound = node.windowing.processing ? timestamp_type() : type_of(time.kind, 3);
    if (!node.windowing.processing) schema[node.time_column].time = TimeRole::none;
    schema.push_back({.name = "window_start", .type = not_null(bound), .part = WindowPart::start, .window = windowing});
    schema.push_back({.name = "window_end", .type = not_null(bound), .part = WindowPart::end, .window = windowing});
    schema.push_back({.name = "window_time",
                      .type = not_null(node.windowing.processing ? time : bound),
                      .time = node.windowing.processing ? TimeRole::processing : TimeRole::event,
                      .part = WindowPart::time,
                      .window = windowing});
    PlanPtr plan = make_plan(std::move(schema), std::move(node), std::move(input.plan));
    const std::string alias = input.scope.parts.empty() ? std::string() : input.scope.parts.front().alias;
    return as_relation(std::move(plan), relation, alias);
}

Result<QueryBinder::Bound> QueryBinder::join(const Join& join) {
    Bound left = KNS_TRY(relation(*join.left));
    if (const auto* name = std::get_if<TableName>(&join.right->node); name != nullptr && name->as_of)
        return temporal_join(join, std::move(left), *name);
    if (const auto* unnest = std::get_if<Unnest>(&join.right->node)) return unnest_join(join, std::move(left), *unnest);
    Bound right = KNS_TRY(relation(*join.right));
    Bound out;
    const std::size_t width = left.plan->schema.size();
    out.scope = left.scope;
    for (auto part : right.scope.parts) {
        part.first += width;
        out.scope.parts.push_back(std::move(part));
    }
    out.scope.schema.insert(out.scope.schema.end(), right.scope.schema.begin(), right.scope.schema.end());
    std::vector<Expr> conditions;
    if (join.on) conditions.push_back(KNS_TRY(ExpressionBinder(catalog_, {.scope = out.scope}).bind_condition(*join.on, "ON")));
    std::vector<std::string> shared;
    for (const auto& column : join.using_columns) shared.push_back(column.text);
    if (join.natural)
        for (const auto& field : left.plan->schema)
            if (std::ranges::find(right.plan->schema, field.name, &Field::name) != right.plan->schema.end())
                shared.push_back(field.name);
    for (const auto& name : shared) {
        const auto l = std::ranges::find(left.plan->schema, name, &Field::name),
                   r = std::ranges::find(right.plan->schema, name, &Field::name);
        const Place place = join.using_columns.empty() ? join.left->place : join.using_columns[0].place;
        if (l == left.plan->schema.end() || r == right.plan->schema.end())
            return fail_at(place, fmt::format("both sides have to have the column `{}`", name));
        conditions.push_back(
            KNS_TRY(bind_binary("=", column_of(static_cast<std::size_t>(l - left.plan->schema.begin()), l->type),
                                column_of(width + static_cast<std::size_t>(r - right.plan->schema.begin()), r->type), place)));
    }
    JoinPlan node;
    switch (join.kind) {
        case JoinKind::left: node.kind = JoinPlan::Kind::left; break;
        case JoinKind::right: node.kind = JoinPlan::Kind::right; break;
        case JoinKind::full: node.kind = JoinPlan::Kind::full; break;
        default: break;
    }
    node.residual = all_of(std::move(conditions));
    const bool inner = node.kind == JoinPlan::Kind::inner;
    for (std::size_t i = 0; i < out.scope.schema.size(); ++i) {
        const bool on_left = i < width;
        if ((on_left && (node.kind == JoinPlan::Kind::right || node.kind == JoinPlan::Kind::full)) ||
            (!on_left && (node.kind == JoinPlan::Kind::left || node.kind == JoinPlan::Kind::full)))
            out.scope.schema[i].type.nullable = true;
    }
    std::vector<PlanPtr> inputs;
    inputs.push_back(std::move(left.plan));
    inputs.push_back(std::move(right.plan));
    out.plan = make_plan(out.scope.schema, std::move(node), std::move(inputs));
    out.plan->append_only = out.plan->append_only && inner;
    if (!shared.empty()) {  // each shared column once, first
        std::vector<Expr> expressions;
        Schema schema;
        std::vector<std::size_t> order;
        for (const auto& name : shared)
            order.push_back(
                static_cast<std::size_t>(std::ranges::find(out.plan->schema, name, &Field::name) - out.plan->schema.begin()));
        for (std::size_t i = 0; i < out.plan->schema.size(); ++i)
            if (std::ranges::find(shared, out.plan->schema[i].name) == shared.end()) order.push_back(i);
        for (const auto column : order) {
            expressions.push_back(column_of(column, out.plan->schema[column].type));
            schema.push_back(out.plan->schema[column]);
        }
        out.plan = make_plan(schema, ProjectPlan{std::move(expressions)}, std::move(out.plan));
        out.scope = {};
        out.scope.add({}, schema);
    }
    return out;
}

// JOIN t FOR SYSTEM_TIME AS OF left.time ON keys.
Result<QueryBinder::Bound> QueryBinder::temporal_join(const Join& join, Bound left, const TableName& right) {
    if (join.kind != JoinKind::inner && join.kind != JoinKind::left)
        return fail_at(join.right->place, "a join FOR SYSTEM_TIME AS OF is JOIN or LEFT JOIN");
    const Expr time = KNS_TRY(ExpressionBinder(catalog_, {.scope = left.scope}).bind(*right.as_of));
    Relation plain{.place = join.right->place, .node = TableName{.name = right.name, .options = {}, .as_of = nullptr}, .alias = {}};
    if (join.right->alias) plain.alias = Alias{.name = join.right->alias->name, .columns = join.right->alias->columns};
    Bound bound = KNS_TRY(relation(plain));
    JoinPlan node{.kind = join.kind == JoinKind::left ? JoinPlan::Kind::left : JoinPlan::Kind::inner};
    if (time.kind == Expr::Kind::proctime) {
        node.flavour = JoinPlan::Flavour::lookup;
        node.processing = true;
        node.versions =
            catalog_.view(plain_name(right.name)) == nullptr && !KNS_TRY(catalog_.table(right.name))->primary_key.empty();
    } else if (time.is_column() && left.plan->schema[time.index].time == TimeRole::event) {
        node.flavour = JoinPlan::Flavour::temporal;
        node.left_time = time.index;
        const auto at = std::ranges::find(bound.plan->schema, TimeRole::event, &Field::time);
        if (at == bound.plan->schema.end())
            return fail_at(join.right->place,
                           "the right side of a join over time needs a WATERMARK, and a PRIMARY KEY NOT ENFORCED");
        node.right_time = static_cast<std::size_t>(at - bound.plan->schema.begin());
        if (catalog_.view(plain_name(right.name)) == nullptr && KNS_TRY(catalog_.table(right.name))->primary_key.empty())
            return fail_at(join.right->place, "the right side of a join over time needs a PRIMARY KEY NOT ENFORCED");
    } else {
        return fail_at(right.as_of->place, "FOR SYSTEM_TIME AS OF takes an attribute of the left side's time");
    }
    Bound out;
    const std::size_t width = left.plan->schema.size();
    out.scope = left.scope;
    for (auto part : bound.scope.parts) {
        part.first += width;
        out.scope.parts.push_back(std::move(part));
    }
    for (auto field : bound.scope.schema) {
        field.time = TimeRole::none;
        if (node.kind == JoinPlan::Kind::left) field.type.nullable = true;
        out.scope.schema.push_back(std::move(field));
    }
    if (!join.on) return fail_at(join.right->place, "a join FOR SYSTEM_TIME AS OF needs ON, with the right side's key");
    node.residual = KNS_TRY(ExpressionBinder(catalog_, {.scope = out.scope}).bind_condition(*join.on, "ON"));
    std::vector<PlanPtr> inputs;
    inputs.push_back(std::move(left.plan));
    inputs.push_back(std::move(bound.plan));
    const bool append_only = inputs[0]->append_only;
    out.plan = make_plan(out.scope.schema, std::move(node), std::move(inputs));
    out.plan->append_only = append_only;
    return out;
}

Result<QueryBinder::Bound> QueryBinder::unnest_join(const Join& join, Bound left, const Unnest& unnest) {
    const Place place = join.right ? join.right->place : Place{};
    if (unnest.lists.size() != 1) return fail_at(place, "UNNEST takes one array, map or multiset");
    const Expr list = KNS_TRY(ExpressionBinder(catalog_, {.scope = left.scope}).bind(*unnest.lists[0]));
    if (list.type.kind != Kind::array && list.type.kind != Kind::map && list.type.kind != Kind::multiset)
        return fail_at(unnest.lists[0]->place,
                       fmt::format("UNNEST takes an array, a map or a multiset, and not {}", text_of(or_null(list.type))));
    Bound out;
    const std::size_t width = left.plan->schema.size();
    ColumnsOf columns(std::move(left.plan));
    UnnestPlan node{.column = columns.add(list), .outer = join.kind == JoinKind::left, .ordinality = unnest.with_ordinality};
    PlanPtr input = columns.finish();
    Schema wide = input->schema;
    Schema made;
    const Type& element = list.type.elements[0];
    if (list.type.kind == Kind::map) {
        made.push_back({.name = "KEY", .type = element});
        made.push_back({.name = "VALUE", .type = list.type.elements[1]});
    } else if (element.kind == Kind::row) {
        for (std::size_t i = 0; i < element.elements.size(); ++i)
            made.push_back({.name = element.fields[i], .type = element.elements[i]});
    } else {
        made.push_back({.name = "EXPR$0", .type = element});
    }
    if (node.ordinality) made.push_back({.name = "ORDINALITY", .type = not_null(integer_type())});
    for (auto& field : made)
        if (node.outer) field.type.nullable = true;
    const auto* alias = join.right && join.right->alias ? &*join.right->alias : nullptr;
    if (alias != nullptr && !alias->columns.empty()) {
        if (alias->columns.size() != made.size())
            return fail_at(alias->name.place, fmt::format("`{}` names {} columns, and there are {}", alias->name.text,
                                                          alias->columns.size(), made.size()));
        for (std::size_t i = 0; i < made.size(); ++i) made[i].name = alias->columns[i].text;
    }
    wide.insert(wide.end(), made.begin(), made.end());
    const std::size_t first = input->schema.size();
    PlanPtr plan = make_plan(wide, node, std::move(input));
    // The list that was put there for this is of no more use.
    std::vector<Expr> expressions;
    Schema schema;
    for (std::size_t i = 0; i < wide.size(); ++i) {
        if (i >= width && i < first) continue;
        expressions.push_back(wide[i].time == TimeRole::processing
                                  ? Expr{.kind = Expr::Kind::proctime, .type = wide[i].type, .name = std::string(kProctime)}
                                  : column_of(i, wide[i].type));
        schema.push_back(wide[i]);
    }
    out.scope = left.scope;
    out.scope.add(alias != nullptr ? alias->name.text : std::string(), made);
    out.plan = make_plan(std::move(schema), ProjectPlan{std::move(expressions)}, std::move(plan));
    return out;
}

}  // namespace kns::sql
