#include "core/sql/engine/script.hpp"

#include "core/sql/expression/cast.hpp"
#include "core/sql/kda/translate.hpp"
#include "core/sql/text/parse.hpp"

namespace kns::sql {
namespace {

class Planner {
   public:
    Planner(Catalog& catalog, Script& script) : catalog_(catalog), script_(script) {}

    Result<void> run(Statement& statement) {
        return std::visit([&](auto& node) { return one(node, statement.place); }, statement.node);
    }

   private:
    Result<void> one(CreateTable& node, Place) { return catalog_.create(std::move(node)); }
    Result<void> one(CreateView& node, Place) { return catalog_.create(std::move(node)); }
    Result<void> one(CreateFunction& node, Place) { return catalog_.create(node); }
    Result<void> one(Drop& node, Place) { return catalog_.drop(node); }
    Result<void> one(Insert& node, Place) {
        SinkPlan made = KNS_TRY(plan_insert(node, catalog_));
        script_.queries.push_back(
            {.sink = std::move(made.table), .options = std::move(made.options), .plan = KNS_TRY(optimize(std::move(made.plan)))});
        return {};
    }
    Result<void> one(StatementSet& node, Place place) {
        for (auto& insert : node.inserts) KNS_TRY(one(insert, place));
        return {};
    }
    Result<void> one(SetOption& node, Place) {
        if (node.option) catalog_.set(node.option->key, node.option->value);
        return {};
    }
    Result<void> one(ResetOption& node, Place) {
        catalog_.reset(node.key);
        return {};
    }
    Result<void> one(QueryStatement& node, Place place) {
        for (const auto& query : script_.queries)
            if (query.sink.empty())
                return fail_at(place, "a text has one SELECT whose rows are its result")
                    .hint("INSERT INTO says where rows of others go");
        script_.queries.push_back({.plan = KNS_TRY(optimize(KNS_TRY(plan_query(*node.query, catalog_))))});
        return {};
    }
    Result<void> one(CreateStream&, Place place) { return fail_at(place, "CREATE STREAM was not translated"); }
    Result<void> one(CreatePump&, Place place) { return fail_at(place, "CREATE PUMP was not translated"); }
    Result<void> one(Explain& node, Place) {
        script_.explain = true;
        return run(*node.statement);
    }

    Catalog& catalog_;
    Script& script_;
};

}  // namespace

Result<Script> plan_script(std::string_view text, Catalog& catalog) {
    Script out;
    auto statements = KNS_TRY(parse_statements(text));
    if (is_kda(statements)) return plan_script(KNS_TRY(translate_kda(text)), catalog);
    for (auto& statement : statements) KNS_TRY(Planner(catalog, out).run(statement));
    return out;
}

void append_changes(std::string& out, const Batch& batch, const Schema& schema) {
    for (std::size_t row = 0; row < batch.size; ++row) {
        out += sign_of(batch.change(row));
        out += '[';
        for (std::size_t i = 0; i < schema.size(); ++i) {
            if (i > 0) out += ", ";
            append_text(out, *batch.columns[i], row, schema[i].type);
        }
        out += "]\n";
    }
}

}  // namespace kns::sql
