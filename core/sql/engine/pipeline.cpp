#include "core/sql/engine/pipeline.hpp"

#include "core/sql/operator/forest.hpp"
#include "core/sql/operator/group_aggregate.hpp"
#include "core/sql/operator/join.hpp"
#include "core/sql/operator/match.hpp"
#include "core/sql/operator/over.hpp"
#include "core/sql/operator/rank.hpp"
#include "core/sql/operator/session_aggregate.hpp"
#include "core/sql/operator/sort.hpp"
#include "core/sql/operator/versioned_join.hpp"
#include "core/sql/operator/window_aggregate.hpp"

namespace kns::sql {
namespace {

class CollectOperator : public Operator {
   public:
    CollectOperator(Runtime& runtime, Collect collect) : Operator(runtime), collect_(std::move(collect)) {}
    void push(std::size_t, Batch batch) override { collect_(batch); }
    void save(std::string&) const override {}
    void load(CellReader&) override {}

   private:
    Collect collect_;
};

Failure needs_appends(std::string_view what) {
    return fail(Errc::invalid_argument, "{} takes rows that are never taken back, and its input takes some back", what)
        .hint("windows, and joins over time, give rows that stay");
}

bool is_event_time(const Schema& schema, const std::vector<SortKey>& order) {
    return !order.empty() && schema[order[0].column].time == TimeRole::event && !order[0].descending;
}

}  // namespace

void TableFeed::record(std::string_view record, const RecordMeta& meta, std::uint32_t split) {
    if (split != split_) {
        flush();
        split_ = split;
    }
    ++records_;
    if (const auto why = decoder_->append(record, meta)) {
        pipeline_.runtime().bad_row(*why, record);
        return;
    }
    if (decoder_->size() >= kBatchRows) flush();
}

void TableFeed::flush() {
    if (decoder_->size() == 0) return;
    const Batch all = decoder_->take();
    for (const auto& port : ports_) {
        Batch batch{.size = all.size, .split = split_};
        for (const auto column : port.columns) batch.columns.push_back(all.columns[column]);
        port.into->push(0, std::move(batch));
    }
}

void TableFeed::set_split(std::uint32_t split, bool active) {
    flush();
    for (const auto& port : ports_) port.into->set_split(split, active);
}

void TableFeed::end() {
    if (ended_) return;
    ended_ = true;
    flush();
    for (const auto& port : ports_) port.into->advance(0, kEndOfTime);
}

TableFeed& Pipeline::feed_of(const Table& table) {
    for (const auto& feed : feeds_)
        if (&feed->table() == &table) return *feed;
    feeds_.push_back(std::make_unique<TableFeed>(table, *this));
    return *feeds_.back();
}

Result<void> Pipeline::add(const Plan& plan, Collect collect) {
    Operator* last = KNS_TRY(build(plan, true));
    auto* end = make<CollectOperator>(std::move(collect));
    last->connect(*end, 0);
    return {};
}

Result<void> Pipeline::start() {
    for (const auto& feed : feeds_) {
        std::vector<FieldPath> all;
        for (auto& port : feed->ports_) {
            for (const auto& path : port.paths) {
                const auto known = std::ranges::find(all, path);
                port.columns.push_back(static_cast<std::size_t>(known - all.begin()));
                if (known == all.end()) all.push_back(path);
            }
        }
        feed->decoder_ = KNS_TRY(make_decoder(feed->table(), all));
    }
    for (auto& [into, batch] : values_) {
        into->push(0, std::move(batch));
        into->advance(0, kEndOfTime);
    }
    values_.clear();
    return {};
}

Result<Operator*> Pipeline::build(const Plan& plan, bool root) {
    std::vector<Operator*> inputs;
    const auto* sort = std::get_if<SortPlan>(&plan.node);
    const auto* join = std::get_if<JoinPlan>(&plan.node);
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
        const bool outer = building_lookup_;
        building_lookup_ = building_lookup_ || (i == 1 && join != nullptr && join->flavour == JoinPlan::Flavour::lookup);
        inputs.push_back(KNS_TRY(build(*plan.inputs[i], root && std::holds_alternative<ProjectPlan>(plan.node))));
        building_lookup_ = outer;
    }
    const auto below = [&](std::size_t i = 0) -> const Schema& { return plan.inputs[i]->schema; };
    const bool appends = plan.inputs.empty() || plan.inputs[0]->append_only;
    Operator* out = nullptr;
    if (const auto* scan = std::get_if<ScanPlan>(&plan.node)) {
        auto* port = make<PassOperator>();
        TableFeed& feed = feed_of(catalog_.tables().at(scan->table));
        feed.ports_.push_back({.paths = scan->paths, .into = port, .columns = {}});
        feed.lookup_ = feed.lookup_ || building_lookup_;
        return port;
    }
    if (const auto* values = std::get_if<ValuesPlan>(&plan.node)) {
        auto* port = make<PassOperator>();
        BatchBuilder rows(plan.schema);
        const Batch one{.size = 1};
        EvalContext context{.now_us = runtime_.now_us};
        for (const auto& row : values->rows) {
            for (std::size_t i = 0; i < row.size(); ++i) rows.column(i).append(evaluate(row[i], one, context)->value(0));
            rows.finish_row();
        }
        if (!context.errors.empty()) return fail(Errc::invalid_argument, "{}", context.errors.list().front().second);
        values_.emplace_back(port, rows.take(kNoWatermark));
        return port;
    }
    if (const auto* filter = std::get_if<FilterPlan>(&plan.node)) out = make<FilterOperator>(filter->condition);
    if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) out = make<ProjectOperator>(project->expressions);
    if (const auto* mark = std::get_if<WatermarkPlan>(&plan.node)) out = make<WatermarkOperator>(mark->column, mark->expression);
    if (const auto* window = std::get_if<WindowPlan>(&plan.node)) {
        if (!appends) return needs_appends("a window");
        if (window->windowing.kind == Windowing::Kind::session)
            return fail(Errc::unsupported,
                        "SESSION can be used with GROUP BY its PARTITION BY columns, window_start and window_end only");
        out = make<WindowOperator>(*window, plan.schema);
    }
    if (const auto* aggregate = std::get_if<AggregatePlan>(&plan.node)) {
        if (!aggregate->window) {
            out = make<GroupAggregateOperator>(*aggregate, plan.schema, below(), !appends);
        } else if (!appends) {
            return needs_appends("an aggregate over windows");
        } else if (aggregate->window->windowing.kind == Windowing::Kind::session && aggregate->window->time_column) {
            out = make<SessionAggregateOperator>(*aggregate, plan.schema, below());
        } else {
            out = make<WindowAggregateOperator>(*aggregate, plan.schema, below());
        }
    }
    if (join != nullptr) {
        if (join->flavour == JoinPlan::Flavour::temporal)
            out = make<TemporalJoinOperator>(*join, plan.schema, below(), below(1));
        else if (join->flavour == JoinPlan::Flavour::lookup)
            out = make<LookupJoinOperator>(*join, plan.schema, below(), below(1), !plan.inputs[1]->append_only || join->versions);
        else
            out = make<JoinOperator>(*join, plan.schema, below(), below(1));
    }
    if (const auto* rank = std::get_if<RankPlan>(&plan.node)) out = make<RankOperator>(*rank, plan.schema, below(), !appends);
    if (const auto* over = std::get_if<OverPlan>(&plan.node)) {
        if (!appends) return needs_appends("OVER");
        if (!over->processing && !is_event_time(below(), over->order_by))
            return fail(Errc::invalid_argument, "OVER has to be ordered by an attribute of time, ascending")
                .hint("ROW_NUMBER() can be ordered by anything, if the outer query keeps the first numbers only: WHERE n <= 10");
        out = make<OverOperator>(*over, plan.schema, below());
    }
    if (std::holds_alternative<UnionPlan>(plan.node)) {
        auto* both = make<PassOperator>(inputs.size());
        for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i]->connect(*both, i);
        return both;
    }
    if (const auto* set = std::get_if<SetPlan>(&plan.node)) out = make<SetOperationOperator>(*set, plan.schema);
    if (sort != nullptr) {
        if (sort->order_by.empty() && appends) {
            out = make<LimitOperator>(sort->offset, sort->limit.value_or(INT64_MAX - sort->offset), root);
        } else if (!sort->order_by.empty() && options_.bounded && root) {
            out = make<SortOperator>(*sort, below(), false);
        } else if (sort->limit) {
            RankPlan rank{
                .partition_by = {}, .order_by = sort->order_by, .from = sort->offset + 1, .to = sort->offset + *sort->limit};
            out = make<RankOperator>(rank, plan.schema, below(), !appends);
        } else if (appends && is_event_time(below(), sort->order_by)) {
            out = make<SortOperator>(*sort, below(), true);
        } else {
            return fail(Errc::invalid_argument,
                        "ORDER BY of a result that does not end needs a LIMIT, or an attribute of time to sort by")
                .hint("with --until-end the result has an end");
        }
    }
    if (const auto* expand = std::get_if<ExpandPlan>(&plan.node)) out = make<ExpandOperator>(expand->keeps);
    if (const auto* forest = std::get_if<ForestPlan>(&plan.node)) out = make<ForestOperator>(*forest, below());
    if (const auto* match = std::get_if<MatchPlan>(&plan.node)) out = make<MatchOperator>(*match, plan.schema, below());
    if (const auto* unnest = std::get_if<UnnestPlan>(&plan.node))
        out = make<UnnestOperator>(*unnest, below()[unnest->column].type, plan.schema);
    if (out == nullptr) return fail(Errc::internal, "a plan without an operator");
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i]->connect(*out, i);
    return out;
}

void Pipeline::tick(std::int64_t now_us) {
    runtime_.now_us = std::max(runtime_.now_us, now_us);
    for (const auto& one : operators_) one->tick();
}

std::optional<std::int64_t> Pipeline::next_tick() const {
    std::optional<std::int64_t> out;
    for (const auto& one : operators_)
        if (const auto next = one->next_tick(); next && (!out || *next < *out)) out = next;
    return out;
}

std::size_t Pipeline::state_bytes() const {
    std::size_t out = 0;
    for (const auto& one : operators_) out += one->state_bytes();
    return out;
}

std::string Pipeline::save() const {
    std::string out;
    write_count(out, operators_.size());
    for (const auto& one : operators_) {
        std::string state;
        one->save_all(state);
        write_cell(out, Value(std::move(state)), Layout::bytes);
    }
    return out;
}

Result<void> Pipeline::load(std::string_view bytes) {
    CellReader in(bytes);
    if (in.count() != operators_.size()) return fail(Errc::conflict, "the state belongs to another query");
    for (const auto& one : operators_) {
        const Value state = in.read(Layout::bytes);
        if (is_null(state)) return fail(Errc::corrupt, "the state is not whole");
        CellReader own(std::get<std::string>(state));
        one->load_all(own);
        if (own.failed() || !own.at_end())
            return fail(Errc::corrupt, "the state of an operator is not whole, or belongs to another query");
    }
    return {};
}

}  // namespace kns::sql
