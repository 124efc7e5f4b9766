#include "core/sql/operator/forest.hpp"

#include <cmath>

#include "core/base/json.hpp"

namespace kns::sql {

ForestOperator::ForestOperator(Runtime& runtime, ForestPlan node, const Schema& input)
    : Operator(runtime), node_(std::move(node)), forest_(node_.features.size(), node_.settings) {
    for (const auto column : node_.features) names_.push_back(input[column].name);
}

// {"VALUE":{"DIRECTION":"HIGH","STRENGTH":"0.7312","ATTRIBUTION_SCORE":"1.2245"}}
std::string ForestOperator::explanation(double score, const std::vector<double>& parts) const {
    JsonWriter out;
    out.begin_object();
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const double high = parts[2 * i], low = parts[2 * i + 1], all = high + low;
        out.key(names_[i]).begin_object();
        if (node_.direction) {
            out.member("DIRECTION", high >= low ? "HIGH" : "LOW");
            out.member("STRENGTH", fmt::format("{:.4f}", all > 0 ? std::abs(high - low) / all : 0.0));
        }
        out.member("ATTRIBUTION_SCORE", fmt::format("{:.4f}", score > 0 ? all : 0.0));
        out.end_object();
    }
    out.end_object();
    return out.take();
}

void ForestOperator::push(std::size_t, Batch batch) {
    auto scores = std::make_shared<Column>(Layout::floating);
    auto texts = std::make_shared<Column>(Layout::bytes);
    std::vector<double> record(node_.features.size()), parts;
    for (std::size_t row = 0; row < batch.size; ++row) {
        bool known = true;
        for (std::size_t i = 0; i < record.size(); ++i) {
            const Column& column = *batch.columns[node_.features[i]];
            known = known && !column.is_null(row);
            record[i] =
                column.layout() == Layout::floating ? column.at<double>(row) : static_cast<double>(column.at<std::int64_t>(row));
        }
        // A row without a value has no score, and teaches nothing.
        if (!known || !std::ranges::all_of(record, [](double x) { return std::isfinite(x); })) {
            scores->append_null();
            texts->append_null();
            continue;
        }
        const double score = forest_.add(record, node_.explains ? &parts : nullptr);
        scores->append(score);
        if (node_.explains) texts->append(texts->arena().keep(explanation(score, parts)));
    }
    batch.columns.push_back(std::move(scores));
    if (node_.explains) batch.columns.push_back(std::move(texts));
    emit(std::move(batch));
}

void ForestOperator::save(std::string& out) const {
    std::string state;
    forest_.save(state);
    write_cell(out, Value(std::move(state)), Layout::bytes);
}

void ForestOperator::load(CellReader& in) {
    const Value state = in.read(Layout::bytes);
    RandomCutForest loaded(node_.features.size(), node_.settings);
    if (!is_null(state) && loaded.load(std::get<std::string>(state))) forest_ = std::move(loaded);
}

}  // namespace kns::sql
