#include "core/sql/data/column.hpp"

#include <algorithm>

namespace kns::sql {

std::shared_ptr<Column> Column::constant(Layout layout, const Value& value) {
    auto out = std::make_shared<Column>(layout);
    out->append(value);
    out->stride_ = 0;
    return out;
}

void Column::append_null() {
    std::visit([](auto& cells) { cells.emplace_back(typename std::decay_t<decltype(cells)>::value_type{}); }, cells_);
    if (nulls_.empty())
        nulls_.assign(size(), 0);
    else
        nulls_.push_back(0);
    nulls_.back() = 1;
}

void Column::append(const Value& value) {
    switch (value.index()) {
        case 0: append_null(); break;
        case 1: append(std::get<std::int64_t>(value)); break;
        case 2: append(std::get<double>(value)); break;
        case 3: append(std::get<Decimal>(value)); break;
        default: append(arena().keep(std::get<std::string>(value))); break;
    }
}

void Column::append_from(const Column& from, std::size_t row) {
    if (from.is_null(row)) return append_null();
    std::visit(
        [&](auto& cells) {
            using Cell = typename std::decay_t<decltype(cells)>::value_type;
            cells.push_back(from.at<Cell>(row));
        },
        cells_);
    if (!nulls_.empty()) nulls_.push_back(0);
}

void Column::borrow(const Column& from) {
    if (layout() != Layout::bytes) return;
    for (const auto& keep : from.keeps_)
        if (std::ranges::find(keeps_, keep) == keeps_.end()) keeps_.push_back(keep);
}

Value Column::value(std::size_t row) const {
    if (is_null(row)) return {};
    switch (layout()) {
        case Layout::whole: return at<std::int64_t>(row);
        case Layout::floating: return at<double>(row);
        case Layout::exact: return at<Decimal>(row);
        case Layout::bytes: return std::string(at<std::string_view>(row));
    }
    return {};
}

ColumnPtr Column::gather(Rows rows) const {
    auto out = std::make_shared<Column>(layout(), rows.count);
    std::visit(
        [&](const auto& cells) {
            using Cell = typename std::decay_t<decltype(cells)>::value_type;
            Cell* to = out->cells<Cell>();
            std::size_t n = 0;
            rows.each([&](std::size_t row) { to[n++] = cells[row * stride_]; });
        },
        cells_);
    if (!nulls_.empty()) {
        std::uint8_t* to = out->make_nulls();
        std::size_t n = 0;
        rows.each([&](std::size_t row) { to[n++] = nulls_[row * stride_]; });
    }
    out->borrow(*this);
    return out;
}

Batch Batch::gather(Rows rows) const {
    Batch out{.size = rows.count, .watermark = watermark, .split = split};
    out.columns.reserve(columns.size());
    for (const auto& column : columns) out.columns.push_back(column->is_constant() ? column : column->gather(rows));
    if (!changes.empty()) {
        out.changes.reserve(rows.count);
        rows.each([&](std::size_t row) { out.changes.push_back(changes[row]); });
    }
    if (watermarks) {
        auto marks = std::make_shared<Cells<std::int64_t>>();
        marks->reserve(rows.count);
        rows.each([&](std::size_t row) { marks->push_back((*watermarks)[row]); });
        out.watermarks = std::move(marks);
    }
    return out;
}

}  // namespace kns::sql
