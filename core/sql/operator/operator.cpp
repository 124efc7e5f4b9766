#include "core/sql/operator/operator.hpp"

namespace kns::sql {

void Operator::advance(std::size_t input, std::int64_t watermark) {
    if (watermark <= marks_[input]) return;
    marks_[input] = watermark;
    const std::int64_t oldest = *std::ranges::min_element(marks_);
    if (oldest <= combined_) return;
    on_watermark(oldest);
    emit_watermark(oldest);
}

void Operator::emit_watermark(std::int64_t watermark) {
    if (watermark <= combined_) return;
    combined_ = watermark;
    for (const auto& target : next_) target.next->advance(target.input, watermark);
}

void Operator::emit(Batch batch) {
    if (batch.size == 0) return;
    for (std::size_t i = 0; i + 1 < next_.size(); ++i) next_[i].next->push(next_[i].input, batch);
    if (!next_.empty()) next_.back().next->push(next_.back().input, std::move(batch));
}

void Operator::save_all(std::string& out) const {
    for (const auto mark : marks_) write_cell(out, Value(mark), Layout::whole);
    write_cell(out, Value(combined_), Layout::whole);
    save(out);
}

void Operator::load_all(CellReader& in) {
    const auto read = [&] {
        const Value value = in.read(Layout::whole);
        return is_null(value) ? kNoWatermark : std::get<std::int64_t>(value);
    };
    for (auto& mark : marks_) mark = read();
    combined_ = read();
    load(in);
}

void Operator::drop_bad_rows(Batch& batch, RowErrors& errors) {
    if (errors.empty()) return;
    std::vector<bool> bad(batch.size, false);
    for (const auto& [row, reason] : errors.list()) {
        if (!bad[row]) runtime_.bad_row(reason);
        bad[row] = true;
    }
    errors.clear();
    std::vector<std::uint32_t> good;
    for (std::size_t row = 0; row < batch.size; ++row)
        if (!bad[row]) good.push_back(static_cast<std::uint32_t>(row));
    batch = batch.gather({good.data(), good.size()});
}

std::vector<Layout> layouts_of(const Schema& schema) {
    std::vector<Layout> out;
    for (const auto& field : schema) out.push_back(field.type.layout());
    return out;
}

BatchBuilder::BatchBuilder(const Schema& schema) : BatchBuilder(layouts_of(schema)) {}

BatchBuilder::BatchBuilder(std::vector<Layout> layouts) : layouts_(std::move(layouts)) {
    for (const auto layout : layouts_) columns_.push_back(std::make_shared<Column>(layout));
}

void BatchBuilder::drop_last(std::size_t count) {
    size_ -= count;
    for (const auto& column : columns_) column->resize(size_);
    if (updates_) changes_.resize(size_);
}

bool BatchBuilder::last_two_are_equal() const {
    for (const auto& column : columns_) {
        const std::size_t a = size_ - 2, b = size_ - 1;
        if (column->is_null(a) != column->is_null(b)) return false;
        if (column->is_null(a)) continue;
        bool same = true;
        switch (column->layout()) {
            case Layout::whole: same = column->at<std::int64_t>(a) == column->at<std::int64_t>(b); break;
            case Layout::floating: same = column->at<double>(a) == column->at<double>(b); break;
            case Layout::exact: same = column->at<Decimal>(a) == column->at<Decimal>(b); break;
            case Layout::bytes: same = column->at<std::string_view>(a) == column->at<std::string_view>(b); break;
        }
        if (!same) return false;
    }
    return true;
}

void BatchBuilder::copy(const Batch& batch, std::size_t row, std::size_t first_column) {
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
        Column& to = *columns_[first_column + i];
        const Column& from = *batch.columns[i];
        if (to.layout() == Layout::bytes && !from.is_null(row))
            to.append(to.arena().keep(from.at<std::string_view>(row)));
        else
            to.append_from(from, row);
    }
}

Batch BatchBuilder::take(std::int64_t watermark) {
    Batch out{.size = size_, .columns = {}, .changes = std::move(changes_), .watermarks = nullptr, .watermark = watermark};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        out.columns.push_back(std::move(columns_[i]));
        columns_[i] = std::make_shared<Column>(layouts_[i]);
    }
    changes_.clear();
    updates_ = false;
    size_ = 0;
    return out;
}

}  // namespace kns::sql
