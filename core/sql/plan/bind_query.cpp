#include <algorithm>

#include "core/sql/expression/evaluator.hpp"
#include "core/sql/expression/function.hpp"
#include "core/sql/plan/query_binder.hpp"
#include "core/sql/text/print.hpp"

namespace kns::sql {
namespace {

constexpr std::uint32_t kMaxDepth = 64;

// Both sides as what they have in common, column by column.
Result<PlanPtr> with_types(PlanPtr plan, const std::vector<Type>& types) {
    std::vector<Expr> expressions;
    Schema schema;
    bool changed = false;
    for (std::size_t i = 0; i < types.size(); ++i) {
        const Field& field = plan->schema[i];
        Expr column = field.time == TimeRole::processing
                          ? Expr{.kind = Expr::Kind::proctime, .type = field.type, .name = std::string(kProctime)}
                          : column_of(i, field.type);
        Expr cast = KNS_TRY(cast_to(std::move(column), types[i]));
        Field out = field_of(cast, plan->schema, field.name);
        out.type.nullable = types[i].nullable;
        changed = changed || cast.kind == Expr::Kind::cast;
        expressions.push_back(std::move(cast));
        schema.push_back(std::move(out));
    }
    if (!changed) return plan;
    return make_plan(std::move(schema), ProjectPlan{std::move(expressions)}, std::move(plan));
}

Result<std::int64_t> row_count(const Expression& expression, Catalog& catalog, std::string_view what) {
    const Expr value = KNS_TRY(bind_over(expression, {}, catalog));
    if (!value.is_literal() || !value.type.is_whole_number() || std::get<std::int64_t>(value.value) < 0)
        return fail_at(expression.place, fmt::format("{} counts rows: a whole number", what));
    return std::get<std::int64_t>(value.value);
}

}  // namespace

Result<PlanPtr> plan_query(const Query& query, Catalog& catalog) { return QueryBinder(catalog).query(query); }

Result<SinkPlan> plan_insert(const Insert& insert, Catalog& catalog) {
    const Table table = *KNS_TRY(catalog.table(insert.table));
    const Place place = insert.table.front().place;
    SinkPlan out{.table = table.name, .options = table.options, .plan = KNS_TRY(plan_query(*insert.query, catalog))};
    for (const auto& option : insert.options) out.options[option.key] = option.value;
    std::vector<const TableColumn*> columns;
    for (const auto* column : table.physical())
        if (!column->virtual_metadata) columns.push_back(column);
    std::vector<std::optional<std::size_t>> from(columns.size());
    if (insert.columns.empty()) {
        if (out.plan->schema.size() != columns.size())
            return fail_at(place, fmt::format("\"{}\" has {} columns, and the query gives {}", table.name, columns.size(),
                                              out.plan->schema.size()));
        for (std::size_t i = 0; i < columns.size(); ++i) from[i] = i;
    } else {
        if (insert.columns.size() != out.plan->schema.size())
            return fail_at(
                place, fmt::format("{} columns are named, and the query gives {}", insert.columns.size(), out.plan->schema.size()));
        for (std::size_t i = 0; i < insert.columns.size(); ++i) {
            const auto at = std::ranges::find(columns, insert.columns[i].text, [](const auto* column) { return column->name; });
            if (at == columns.end())
                return fail_at(insert.columns[i].place,
                               fmt::format("\"{}\" has no column `{}` that could be written", table.name, insert.columns[i].text));
            from[static_cast<std::size_t>(at - columns.begin())] = i;
        }
    }
    std::vector<Expr> expressions;
    Schema schema;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Type& to = columns[i]->type;
        Expr value = literal_of(Value(), to);
        if (from[i]) {
            const Field& field = out.plan->schema[*from[i]];
            value = field.time == TimeRole::processing ? Expr{.kind = Expr::Kind::proctime, .type = field.type}
                                                       : column_of(*from[i], field.type);
            if (!converts_implicitly(field.type, to))
                return fail_at(place, fmt::format("the column `{}` of \"{}\" is {}, and the query gives {}", columns[i]->name,
                                                  table.name, text_of(or_null(to)), text_of(or_null(field.type))))
                    .hint("a CAST says how to convert it");
            value = KNS_TRY(cast_to(std::move(value), to));
        } else if (!to.nullable) {
            return fail_at(place, fmt::format("the column `{}` of \"{}\" is NOT NULL, and the query gives nothing for it",
                                              columns[i]->name, table.name));
        }
        Field field{.name = columns[i]->name, .type = value.type};
        expressions.push_back(std::move(value));
        schema.push_back(std::move(field));
    }
    out.plan = make_plan(std::move(schema), ProjectPlan{std::move(expressions)}, std::move(out.plan));
    return out;
}

ColumnsOf::ColumnsOf(PlanPtr plan, bool keep_all) : plan_(std::move(plan)), changed_(!keep_all) {
    if (!keep_all) return;
    schema_ = plan_->schema;
    for (std::size_t i = 0; i < schema_.size(); ++i) {
        const bool clock = schema_[i].time == TimeRole::processing;
        expressions_.push_back(clock ? Expr{.kind = Expr::Kind::proctime, .type = schema_[i].type, .name = std::string(kProctime)}
                                     : column_of(i, schema_[i].type));
    }
}

std::size_t ColumnsOf::add(const Expr& expression) {
    const auto known = std::ranges::find(expressions_, expression);
    if (known != expressions_.end()) return static_cast<std::size_t>(known - expressions_.begin());
    std::string name = expression.is_column() ? plan_->schema[expression.index].name : fmt::format("$f{}", expressions_.size());
    schema_.push_back(field_of(expression, plan_->schema, std::move(name)));
    expressions_.push_back(expression);
    changed_ = true;
    return expressions_.size() - 1;
}

PlanPtr ColumnsOf::finish() {
    if (!changed_) return std::move(plan_);
    return make_plan(std::move(schema_), ProjectPlan{std::move(expressions_)}, std::move(plan_));
}

Field field_of(const Expr& expression, const Schema& input, std::string name) {
    Field out{.name = {}, .type = expression.type};
    if (expression.is_column()) out = input[expression.index];
    out.name = std::move(name);
    if (expression.kind == Expr::Kind::proctime && expression.name == kProctime) out.time = TimeRole::processing;
    return out;
}

Result<PlanPtr> QueryBinder::query(const Query& query) {
    if (++depth_ > kMaxDepth) return fail_at(query.place, "queries lie too deep in each other");
    commons_.emplace_back();
    for (const auto& common : query.with) commons_.back()[common.name.text] = &common;
    std::size_t visible = 0;
    auto out = body(query, visible);
    if (out) out = sorted(std::move(*out), query, visible);
    commons_.pop_back();
    --depth_;
    return out;
}

Result<PlanPtr> QueryBinder::body(const Query& query, std::size_t& visible) {
    if (const auto* one = std::get_if<Select>(&query.body)) return select(*one, query.place, query.order_by, visible);
    const auto* operation = std::get_if<SetOperation>(&query.body);
    PlanPtr out = KNS_TRY(operation != nullptr ? set_operation(*operation, query.place) : values(std::get<Values>(query.body)));
    visible = out->schema.size();
    return out;
}

Result<PlanPtr> QueryBinder::values(const Values& values) {
    const Scope nothing;
    ExpressionBinder binder(catalog_, {.scope = nothing});
    ValuesPlan out;
    std::vector<Type> types;
    for (const auto& row : values.rows) {
        std::vector<Expr> cells = KNS_TRY(binder.bind_all(row));
        if (!out.rows.empty() && cells.size() != types.size())
            return fail_at(row.front()->place, "the rows of VALUES have different numbers of columns");
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (out.rows.empty()) {
                types.push_back(cells[i].type);
                continue;
            }
            const auto common = common_type(types[i], cells[i].type);
            if (!common)
                return fail_at(cells[i].place, fmt::format("{} and {} have no type in common", text_of(or_null(types[i])),
                                                           text_of(or_null(cells[i].type))));
            types[i] = *common;
        }
        out.rows.push_back(std::move(cells));
    }
    Schema schema;
    for (auto& row : out.rows)
        for (std::size_t i = 0; i < row.size(); ++i) row[i] = KNS_TRY(cast_to(std::move(row[i]), types[i]));
    for (std::size_t i = 0; i < types.size(); ++i) schema.push_back({.name = fmt::format("EXPR${}", i), .type = types[i]});
    return make_plan(std::move(schema), std::move(out));
}

Result<PlanPtr> QueryBinder::set_operation(const SetOperation& operation, Place place) {
    PlanPtr left = KNS_TRY(query(*operation.left)), right = KNS_TRY(query(*operation.right));
    if (left->schema.size() != right->schema.size())
        return fail_at(place, fmt::format("one query has {} columns, and the other {}", left->schema.size(), right->schema.size()));
    std::vector<Type> types;
    for (std::size_t i = 0; i < left->schema.size(); ++i) {
        const auto common = common_type(left->schema[i].type, right->schema[i].type);
        if (!common)
            return fail_at(place, fmt::format("column {} is {} in one query, and {} in the other", i + 1,
                                              text_of(or_null(left->schema[i].type)), text_of(or_null(right->schema[i].type))));
        types.push_back(*common);
    }
    left = KNS_TRY(with_types(std::move(left), types));
    right = KNS_TRY(with_types(std::move(right), types));
    Schema schema = left->schema;
    for (std::size_t i = 0; i < schema.size(); ++i) {
        schema[i].type = types[i];
        if (schema[i].time != right->schema[i].time) schema[i].time = TimeRole::none;
        if (schema[i].part != right->schema[i].part || !schema[i].window || !right->schema[i].window ||
            *schema[i].window != *right->schema[i].window)
            schema[i].part = WindowPart::none, schema[i].window = nullptr;
    }
    std::vector<PlanPtr> inputs;
    inputs.push_back(std::move(left));
    inputs.push_back(std::move(right));
    if (operation.operation == SetOperator::unite) {
        PlanPtr out = make_plan(schema, UnionPlan{}, std::move(inputs));
        return operation.all ? std::move(out) : distinct(std::move(out));
    }
    for (auto& field : schema) field.time = TimeRole::none;
    const auto kind = operation.operation == SetOperator::intersect ? SetPlan::Kind::intersect : SetPlan::Kind::except;
    PlanPtr out = make_plan(std::move(schema), SetPlan{.kind = kind, .all = operation.all}, std::move(inputs));
    out->append_only = false;
    return out;
}

PlanPtr QueryBinder::distinct(PlanPtr input) {
    AggregatePlan node;
    Schema schema = input->schema;
    for (std::size_t i = 0; i < schema.size(); ++i) node.keys.push_back(i);
    const bool append_only = input->append_only;
    PlanPtr out = make_plan(std::move(schema), std::move(node), std::move(input));
    out->append_only = append_only;  // a row that is there once is never taken back
    return out;
}

Result<PlanPtr> QueryBinder::sorted(PlanPtr plan, const Query& query, std::size_t visible) {
    if (query.order_by.empty() && !query.limit && !query.offset) return plan;
    SortPlan sort;
    Scope scope;
    scope.add({}, plan->schema);
    const auto* one = std::get_if<Select>(&query.body);
    std::size_t hidden = visible;
    for (const auto& item : query.order_by) {
        SortKey key{.descending = item.descending, .nulls_first = item.nulls_first.value_or(!item.descending)};
        std::optional<std::size_t> column;
        // By its number, by the same expression as in SELECT, by its name.
        if (const auto* number = std::get_if<NumberLiteral>(&item.expression->node)) {
            const auto value = parse_decimal(number->text, 9, 0);
            if (!value || *value < 1 || *value > static_cast<Decimal>(visible))
                return fail_at(item.expression->place, "there is no such column to sort by");
            column = static_cast<std::size_t>(*value) - 1;
        } else if (one != nullptr) {
            const std::string text = print(*item.expression);
            for (std::size_t i = 0; i < one->items.size() && !column; ++i)
                if (one->items.size() == visible && print(*one->items[i].expression) == text) column = i;
        }
        if (!column) {
            auto bound = ExpressionBinder(catalog_, {.scope = scope}).bind(*item.expression);
            const bool known = bound && bound->is_column() && bound->index < visible;
            if (known)
                column = bound->index;
            else if (hidden < plan->schema.size())
                column = hidden++;
            else if (!bound)
                return std::unexpected(std::move(bound).error());
            else
                return fail_at(item.expression->place,
                               "ORDER BY sorts by columns of the result: give the expression a name in SELECT");
        }
        key.column = *column;
        if (!plan->schema[*column].type.can_be_ordered())
            return fail_at(item.expression->place,
                           fmt::format("{} cannot be sorted", text_of(or_null(plan->schema[*column].type))));
        sort.order_by.push_back(key);
    }
    if (query.offset) sort.offset = KNS_TRY(row_count(*query.offset, catalog_, "OFFSET"));
    if (query.limit) sort.limit = KNS_TRY(row_count(*query.limit, catalog_, "LIMIT"));
    Schema schema = plan->schema;
    const bool append_only = plan->append_only && (sort.order_by.empty() || !sort.limit);
    PlanPtr out = make_plan(std::move(schema), std::move(sort), std::move(plan));
    out->append_only = append_only;
    if (visible == out->schema.size()) return out;
    std::vector<Expr> shown;
    for (std::size_t i = 0; i < visible; ++i) shown.push_back(column_of(i, out->schema[i].type));
    schema.assign(out->schema.begin(), out->schema.begin() + static_cast<std::ptrdiff_t>(visible));
    return make_plan(std::move(schema), ProjectPlan{std::move(shown)}, std::move(out));
}

}  // namespace kns::sql
