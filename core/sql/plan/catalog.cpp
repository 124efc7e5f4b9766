#include "core/sql/plan/catalog.hpp"

#include <algorithm>
#include <array>

#include "core/base/edit_distance.hpp"
#include "core/sql/expression/function.hpp"
#include "core/sql/plan/binder.hpp"

namespace kns::sql {
namespace {

// Classes of Java whose functions are here by another name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 1> kKnownClasses = {
    {{"com.github.nexmark.flink.udf.CountChar", "COUNT_CHAR"}}};

std::string in_capitals(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

Schema fields_of(const Table& table) {
    Schema out;
    for (const auto& column : table.columns) out.push_back({.name = column.name, .type = column.type});
    return out;
}

// Types of computed columns, which see those that are not.
Result<void> type_computed(Table& table, Catalog& catalog) {
    for (auto& column : table.columns) {
        if (!column.computed) continue;
        column.type =
            KNS_TRY(context(bind_over(*column.computed, fields_of(table), catalog), fmt::format("column `{}`", column.name))).type;
    }
    return {};
}

Result<void> check_watermark(Table& table, Place place, Catalog& catalog) {
    const auto column = std::ranges::find(table.columns, table.watermark_column, &TableColumn::name);
    if (column == table.columns.end())
        return fail_at(place, fmt::format("WATERMARK FOR `{}`: the table has no such column", table.watermark_column));
    if (!column->type.is_timestamp() || column->type.precision > 3)
        return fail_at(place, fmt::format("WATERMARK FOR `{}`: the column has to be TIMESTAMP(3) or TIMESTAMP_LTZ(3), and is {}",
                                          table.watermark_column, text_of(or_null(column->type))));
    const Expr expression = KNS_TRY(context(bind_over(*table.watermark, fields_of(table), catalog), "the watermark"));
    if (!expression.type.is_timestamp())
        return fail_at(place, fmt::format("the watermark has to be a time, and is {}", text_of(or_null(expression.type))));
    return {};
}

}  // namespace

std::string plain_name(const Name& name) { return name.empty() ? std::string() : name.back().text; }

std::vector<const TableColumn*> Table::physical() const {
    std::vector<const TableColumn*> out;
    for (const auto& column : columns)
        if (!column.computed) out.push_back(&column);
    return out;
}

Result<const Table*> Catalog::table(const Name& name) {
    const std::string plain = plain_name(name);
    if (const auto known = tables_.find(plain); known != tables_.end()) return &known->second;
    if (finder_) {
        auto found = finder_(plain);
        if (!found) {
            Error error = std::move(found.error());
            error.message =
                fmt::format("line {}, column {}: {}", name.front().place.line, name.front().place.column, error.message);
            return std::unexpected(std::move(error));
        }
        if (*found) {
            Table& made = tables_.emplace(plain, std::move(**found)).first->second;
            made.name = plain;
            KNS_TRY(type_computed(made, *this));
            return &made;
        }
    }
    Failure error = fail_at(name.front().place, fmt::format("there is no table \"{}\"", plain));
    if (const auto near = nearest(plain, names())) return std::move(error).hint(fmt::format("did you mean {}?", *near));
    return std::move(error).hint("CREATE TABLE says what its columns are; kns stream list shows the streams");
}

const View* Catalog::view(const std::string& name) const {
    const auto found = views_.find(name);
    return found == views_.end() ? nullptr : &found->second;
}

std::vector<std::string> Catalog::names() const {
    std::vector<std::string> out;
    for (const auto& [name, table] : tables_) out.push_back(name);
    for (const auto& [name, view] : views_) out.push_back(name);
    return out;
}

Result<void> Catalog::create(CreateTable statement) {
    Table table{.name = plain_name(statement.name), .columns = {}, .watermark_column = {}, .place = statement.name.front().place};
    if (tables_.contains(table.name) || views_.contains(table.name)) {
        if (statement.if_not_exists) return {};
        return fail_at(table.place, fmt::format("there is a table \"{}\" already", table.name));
    }
    if (statement.as) return fail_at(table.place, "CREATE TABLE ... AS: write CREATE TABLE with its columns, and INSERT INTO");
    if (statement.like) {
        const Table& like = *KNS_TRY(this->table(*statement.like));
        table.columns = like.columns, table.options = like.options, table.watermark = like.watermark;
        table.watermark_column = like.watermark_column, table.primary_key = like.primary_key,
        table.partitioned_by = like.partitioned_by;
    }
    for (auto& column : statement.columns) {
        if (std::ranges::find(table.columns, column.name.text, &TableColumn::name) != table.columns.end())
            return fail_at(column.name.place, fmt::format("the column `{}` is there twice", column.name.text));
        TableColumn made{.name = column.name.text, .type = {}};
        if (column.type) made.type = KNS_TRY(resolve(*column.type));
        made.computed = std::move(column.computed);
        if (column.metadata) made.metadata = column.metadata->empty() ? column.name.text : *column.metadata;
        made.virtual_metadata = column.metadata_virtual;
        if (column.primary_key) table.primary_key.push_back(made.name);
        table.columns.push_back(std::move(made));
    }
    for (const auto& key : statement.primary_key) table.primary_key.push_back(key.text);
    for (const auto& key : statement.partitioned_by) table.partitioned_by.push_back(key.text);
    for (const auto* keys : {&table.primary_key, &table.partitioned_by})
        for (const auto& key : *keys)
            if (std::ranges::find(table.columns, key, &TableColumn::name) == table.columns.end())
                return fail_at(table.place, fmt::format("the table has no column `{}`", key));
    for (auto& option : statement.options) table.options[option.key] = std::move(option.value);
    KNS_TRY(type_computed(table, *this));
    if (statement.watermark) {
        table.watermark_column = text_of(statement.watermark->column);
        const Place place = statement.watermark->column.front().place;
        table.watermark = std::move(statement.watermark->expression);
        KNS_TRY(check_watermark(table, place, *this));
    }
    std::string name = table.name;
    tables_.emplace(std::move(name), std::move(table));
    return {};
}

Result<void> Catalog::create(CreateView statement) {
    const std::string name = plain_name(statement.name);
    if (tables_.contains(name) || views_.contains(name)) {
        if (statement.if_not_exists) return {};
        return fail_at(statement.name.front().place, fmt::format("there is a table or view \"{}\" already", name));
    }
    View view{.columns = {}, .query = std::move(statement.query)};
    for (const auto& column : statement.columns) view.columns.push_back(column.text);
    const PlanPtr plan = KNS_TRY(plan_query(*view.query, *this));  // so that what is wrong in it is said here
    if (!view.columns.empty() && view.columns.size() != plan->schema.size())
        return fail_at(statement.name.front().place,
                       fmt::format("the view names {} columns, and its query has {}", view.columns.size(), plan->schema.size()));
    views_.emplace(name, std::move(view));
    return {};
}

Result<void> Catalog::create(const CreateFunction& statement) {
    const std::string name = in_capitals(plain_name(statement.name));
    const auto known =
        std::ranges::find(kKnownClasses, statement.implementation, &std::pair<std::string_view, std::string_view>::first);
    if (known == kKnownClasses.end())
        return fail_at(statement.name.front().place,
                       fmt::format("the function's implementation '{}' is not known here", statement.implementation))
            .hint("classes of Java run on Flink only");
    functions_[name] = known->second;
    return {};
}

Result<void> Catalog::drop(const Drop& statement) {
    const std::string name = plain_name(statement.name);
    const bool dropped = statement.what == "VIEW"       ? views_.erase(name) > 0
                         : statement.what == "FUNCTION" ? functions_.erase(in_capitals(name)) > 0
                                                        : tables_.erase(name) > 0;
    if (dropped || statement.if_exists) return {};
    return fail_at(statement.name.front().place, fmt::format("there is no {} \"{}\"", statement.what, name));
}

void Catalog::reset(const std::optional<std::string>& key) {
    if (key)
        settings_.erase(*key);
    else
        settings_.clear();
}

std::optional<std::string> Catalog::setting(const std::string& key) const {
    const auto found = settings_.find(key);
    return found == settings_.end() ? std::nullopt : std::optional(found->second);
}

std::string Catalog::function(const std::string& name) const {
    const auto found = functions_.find(name);
    return found == functions_.end() ? name : found->second;
}

}  // namespace kns::sql
