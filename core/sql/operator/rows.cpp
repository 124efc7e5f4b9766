#include "core/sql/operator/rows.hpp"

#include "core/sql/expression/calendar.hpp"

namespace kns::sql {

void FilterOperator::push(std::size_t, Batch batch) {
    context_.now_us = runtime_.now_us;
    std::vector<std::uint32_t> rows;
    rows.reserve(batch.size);
    select_rows(condition_, batch, batch.rows(), context_, rows);
    for (const auto& [row, reason] : context_.errors.list()) runtime_.bad_row(reason);
    context_.errors.clear();
    if (rows.empty()) return;
    if (rows.size() == batch.size) return emit(std::move(batch));
    emit(batch.gather({rows.data(), rows.size()}));
}

void ProjectOperator::push(std::size_t, Batch batch) {
    context_.now_us = runtime_.now_us;
    Batch out{.size = batch.size,
              .columns = {},
              .changes = std::move(batch.changes),
              .watermarks = batch.watermarks,
              .watermark = batch.watermark,
              .split = batch.split};
    out.columns.reserve(expressions_.size());
    for (const auto& expression : expressions_) out.columns.push_back(evaluate(expression, batch, context_));
    drop_bad_rows(out, context_.errors);
    emit(std::move(out));
}

std::int64_t WatermarkOperator::oldest_other(std::uint32_t split) const {
    std::int64_t out = kEndOfTime;
    for (const auto& [other, mark] : marks_)
        if (other != split) out = std::min(out, mark);
    return out;
}

void WatermarkOperator::set_split(std::uint32_t split, bool active) {
    if (active) {
        const auto known = left_.find(split);
        marks_.try_emplace(split, known == left_.end() ? kNoWatermark : known->second);
        if (known != left_.end()) left_.erase(known);
    } else if (const auto known = marks_.find(split); known != marks_.end()) {
        left_[split] = known->second;
        marks_.erase(known);
        // Others need not wait for it any more; if there are none, time stands still.
        if (!marks_.empty()) emit_watermark(oldest_other(split));
    }
    Operator::set_split(split, active);
}

void WatermarkOperator::push(std::size_t, Batch batch) {
    context_.now_us = runtime_.now_us;
    const ColumnPtr& times = batch.columns[column_];
    if (times->may_be_null()) {
        for (std::size_t row = 0; row < batch.size; ++row)
            if (times->is_null(row)) context_.errors.add(row, "the row has no time, for its column is NULL");
        drop_bad_rows(batch, context_.errors);
        if (batch.size == 0) return;
    }
    const ColumnPtr marks = evaluate(expression_, batch, context_);
    if (!context_.errors.empty()) {
        drop_bad_rows(batch, context_.errors);
        return push(0, std::move(batch));
    }
    set_split(batch.split, true);
    std::int64_t& mark = marks_[batch.split];
    const std::int64_t others = oldest_other(batch.split);
    auto before = std::make_shared<Cells<std::int64_t>>(batch.size);
    std::int64_t now = watermark();
    const CellView<std::int64_t> view(*marks);
    for (std::size_t row = 0; row < batch.size; ++row) {
        (*before)[row] = now;
        if (view.is_null(row)) continue;
        mark = std::max(mark, floor_div(view[row], kMicrosPerMs) * kMicrosPerMs);
        now = std::max(now, std::min(mark, others));
    }
    batch.watermark = watermark();
    batch.watermarks = std::move(before);
    emit(std::move(batch));
    emit_watermark(now);
}

void WatermarkOperator::save(std::string& out) const {
    for (const auto* marks : {&marks_, &left_}) {
        write_count(out, marks->size());
        for (const auto& [split, mark] : *marks) {
            write_cell(out, Value(std::int64_t{split}), Layout::whole);
            write_cell(out, Value(mark), Layout::whole);
        }
    }
}

void WatermarkOperator::load(CellReader& in) {
    for (auto* marks : {&marks_, &left_}) {
        marks->clear();
        for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
            const Value split = in.read(Layout::whole), mark = in.read(Layout::whole);
            if (!is_null(split) && !is_null(mark))
                (*marks)[static_cast<std::uint32_t>(std::get<std::int64_t>(split))] = std::get<std::int64_t>(mark);
        }
    }
}

void ExpandOperator::push(std::size_t, Batch batch) {
    for (std::size_t set = 0; set < keeps_.size(); ++set) {
        Batch out = batch;
        for (std::size_t i = 0; i < out.columns.size(); ++i)
            if (!keeps_[set][i]) out.columns[i] = Column::constant(out.columns[i]->layout(), Value());
        out.columns.push_back(Column::constant(Layout::whole, Value(static_cast<std::int64_t>(set))));
        emit(std::move(out));
    }
}

void UnnestOperator::push(std::size_t, Batch batch) {
    const std::size_t width = batch.columns.size();
    const bool map = type_.kind == Kind::map, bag = type_.kind == Kind::multiset;
    const Type& element = type_.elements[0];
    const bool fields = !map && element.kind == Kind::row;
    const std::size_t made = map ? 2 : fields ? element.elements.size() : 1;
    const auto keep = [&](Column& to, CellReader& in, Layout layout) {
        const Value value = in.read(layout);
        to.append(value);
    };
    for (std::size_t row = 0; row < batch.size; ++row) {
        const Column& lists = *batch.columns[node_.column];
        std::size_t count = 0;
        CellReader in(lists.is_null(row) ? std::string_view() : lists.at<std::string_view>(row));
        if (!lists.is_null(row)) count = in.count();
        std::int64_t number = 0;
        for (std::size_t i = 0; i < count && !in.failed(); ++i) {
            const std::string_view before = in.rest();
            if (map)
                in.skip(type_.elements[0].layout()), in.skip(type_.elements[1].layout());
            else
                in.skip(element.layout());
            std::int64_t times = 1;
            CellReader cell(before);
            if (bag) {
                const Value n = in.read(Layout::whole);
                times = is_null(n) ? 0 : std::get<std::int64_t>(n);
            }
            for (std::int64_t n = 0; n < times; ++n) {
                CellReader one(before);
                out_.copy(batch, row);
                if (fields) {
                    const Value value = one.read(Layout::bytes);
                    CellReader parts(is_null(value) ? std::string_view() : std::string_view(std::get<std::string>(value)));
                    for (std::size_t f = 0; f < made; ++f) {
                        if (is_null(value))
                            out_.column(width + f).append_null();
                        else
                            keep(out_.column(width + f), parts, element.elements[f].layout());
                    }
                } else {
                    keep(out_.column(width), one, element.layout());
                    if (map) keep(out_.column(width + 1), one, type_.elements[1].layout());
                }
                if (node_.ordinality) out_.column(width + made).append(++number);
                out_.finish_row(batch.change(row));
            }
        }
        if (count == 0 && node_.outer) {
            out_.copy(batch, row);
            for (std::size_t f = 0; f < made + (node_.ordinality ? 1 : 0); ++f) out_.column(width + f).append_null();
            out_.finish_row(batch.change(row));
        }
    }
    Batch out = out_.take(batch.watermark);
    out.split = batch.split;
    emit(std::move(out));
}

void windows_of(const Windowing& windowing, std::int64_t time, std::vector<WindowBounds>& out) {
    out.clear();
    switch (windowing.kind) {
        case Windowing::Kind::tumble: {
            const std::int64_t start = time - floor_mod(time - windowing.offset, windowing.size);
            out.push_back({start, start + windowing.size});
            return;
        }
        case Windowing::Kind::hop: {
            const std::int64_t last = time - floor_mod(time - windowing.offset, windowing.slide);
            for (std::int64_t start = last - windowing.size + windowing.slide; start <= last; start += windowing.slide)
                out.push_back({start, start + windowing.size});
            return;
        }
        case Windowing::Kind::cumulate: {
            const std::int64_t start = time - floor_mod(time - windowing.offset, windowing.size);
            for (std::int64_t end = start + windowing.slide; end <= start + windowing.size; end += windowing.slide)
                if (end > time) out.push_back({start, end});
            return;
        }
        case Windowing::Kind::session: out.push_back({time, time + windowing.size}); return;
    }
}

void WindowOperator::push(std::size_t, Batch batch) {
    const std::size_t width = batch.columns.size();
    std::vector<WindowBounds> windows;
    auto marks = batch.watermarks ? std::make_shared<Cells<std::int64_t>>() : nullptr;
    const Column& times = *batch.columns[node_.time_column];
    for (std::size_t row = 0; row < batch.size; ++row) {
        const std::int64_t time =
            node_.windowing.processing ? runtime_.now_us / kMicrosPerMs * kMicrosPerMs : times.at<std::int64_t>(row);
        windows_of(node_.windowing, time, windows);
        for (const auto& window : windows) {
            out_.copy(batch, row);
            out_.column(width).append(window.start);
            out_.column(width + 1).append(window.end);
            out_.column(width + 2).append(window.end - kMicrosPerMs);
            out_.finish_row();
            if (marks) marks->push_back((*batch.watermarks)[row]);
        }
    }
    Batch out = out_.take(batch.watermark);
    out.watermarks = std::move(marks);
    out.split = batch.split;
    emit(std::move(out));
}

}  // namespace kns::sql
