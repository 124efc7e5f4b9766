#include "core/sql/operator/sort.hpp"

#include "core/sql/operator/sort_key.hpp"

namespace kns::sql {
namespace {

constexpr std::size_t kNodeBytes = 112;

std::vector<std::size_t> all_columns(const Schema& schema) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < schema.size(); ++i) out.push_back(i);
    return out;
}
std::int64_t read_whole(CellReader& in) {
    const Value value = in.read(Layout::whole);
    return is_null(value) ? 0 : std::get<std::int64_t>(value);
}
std::string read_text(CellReader& in) {
    Value value = in.read(Layout::bytes);
    return is_null(value) ? std::string() : std::move(std::get<std::string>(value));
}

}  // namespace

SortOperator::SortOperator(Runtime& runtime, const SortPlan& node, const Schema& input, bool by_time)
    : Operator(runtime), node_(node), layouts_(layouts_of(input)), by_time_(by_time), out_(input) {}

void SortOperator::push(std::size_t, Batch batch) {
    for (std::size_t row = 0; row < batch.size; ++row) {
        std::string key, cells;
        append_sort_key(key, batch, row, node_.order_by);
        for (const auto& column : batch.columns) write_cell(cells, *column, row);
        if (!adds(batch.change(row))) {
            auto at = rows_.lower_bound(key);
            while (at != rows_.end() && at->first.starts_with(key) && at->second != cells) ++at;
            if (at == rows_.end() || !at->first.starts_with(key)) continue;
            bytes_ -= kNodeBytes + at->first.size() + at->second.size();
            rows_.erase(at);
            continue;
        }
        append_sequence(key, sequence_++);
        bytes_ += kNodeBytes + key.size() + cells.size();
        rows_.emplace(std::move(key), std::move(cells));
    }
}

void SortOperator::on_watermark(std::int64_t watermark) {
    if (!by_time_ && watermark != kEndOfTime) return;
    while (!rows_.empty()) {
        const auto first = rows_.begin();
        CellReader in(first->second);
        for (std::size_t i = 0; i < layouts_.size(); ++i) in.read_kept(out_.column(i));
        const bool early = by_time_ && out_.column(node_.order_by[0].column).at<std::int64_t>(out_.size()) > watermark;
        out_.finish_row();
        if (early) {
            out_.drop_last(1);
            break;
        }
        const std::int64_t number = ++told_;
        if (number <= node_.offset || (node_.limit && number > node_.offset + *node_.limit)) out_.drop_last(1);
        bytes_ -= kNodeBytes + first->first.size() + first->second.size();
        rows_.erase(first);
        if (out_.size() >= kBatchRows) emit(out_.take(this->watermark()));
    }
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

void SortOperator::save(std::string& out) const {
    write_cell(out, Value(static_cast<std::int64_t>(sequence_)), Layout::whole);
    write_cell(out, Value(told_), Layout::whole);
    write_count(out, rows_.size());
    for (const auto& [key, cells] : rows_) write_cell(out, Value(key), Layout::bytes), write_cell(out, Value(cells), Layout::bytes);
}

void SortOperator::load(CellReader& in) {
    rows_.clear(), bytes_ = 0;
    sequence_ = static_cast<std::uint64_t>(read_whole(in));
    told_ = read_whole(in);
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        std::string key = read_text(in);
        std::string cells = read_text(in);
        bytes_ += kNodeBytes + key.size() + cells.size();
        rows_.emplace(std::move(key), std::move(cells));
    }
}

void LimitOperator::push(std::size_t, Batch batch) {
    const std::int64_t first = std::max<std::int64_t>(0, offset_ - seen_);
    const std::int64_t last = std::min<std::int64_t>(static_cast<std::int64_t>(batch.size), offset_ + limit_ - seen_);
    seen_ += static_cast<std::int64_t>(batch.size);
    const bool over = seen_ >= offset_ + limit_;
    if (first < last) {
        std::vector<std::uint32_t> rows;
        for (std::int64_t row = first; row < last; ++row) rows.push_back(static_cast<std::uint32_t>(row));
        emit(batch.gather({rows.data(), rows.size()}));
    }
    if (over && ends_) runtime_.done = true;
}

void LimitOperator::save(std::string& out) const { write_cell(out, Value(seen_), Layout::whole); }
void LimitOperator::load(CellReader& in) { seen_ = read_whole(in); }

SetOperationOperator::SetOperationOperator(Runtime& runtime, const SetPlan& node, const Schema& schema)
    : Operator(runtime, 2), node_(node), encoder_(all_columns(schema)), out_(schema) {}

std::int64_t SetOperationOperator::copies(const std::array<std::int64_t, 2>& counts) const {
    const std::int64_t left = std::max<std::int64_t>(0, counts[0]), right = std::max<std::int64_t>(0, counts[1]);
    if (node_.kind == SetPlan::Kind::intersect) return node_.all ? std::min(left, right) : (left > 0 && right > 0 ? 1 : 0);
    return node_.all ? std::max<std::int64_t>(0, left - right) : (left > 0 && right == 0 ? 1 : 0);
}

void SetOperationOperator::push(std::size_t input, Batch batch) {
    encoder_.encode(batch, batch.rows());
    for (std::size_t row = 0; row < batch.size; ++row) {
        const auto found = keys_.find_or_add(encoder_.key(row));
        if (found.index >= counts_.size()) counts_.resize(found.index + 1);
        if (found.added) counts_[found.index] = {};
        auto& counts = counts_[found.index];
        const std::int64_t before = copies(counts);
        counts[input] += adds(batch.change(row)) ? 1 : -1;
        const std::int64_t after = copies(counts);
        for (std::int64_t n = before; n < after; ++n) out_.copy(batch, row), out_.finish_row(Change::insert);
        for (std::int64_t n = after; n < before; ++n) out_.copy(batch, row), out_.finish_row(Change::remove);
        if (counts[0] == 0 && counts[1] == 0) keys_.erase(found.index);
    }
    if (!out_.empty()) emit(out_.take(watermark()));
}

void SetOperationOperator::save(std::string& out) const {
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t key) {
        write_cell(out, Value(std::string(keys_.key(key))), Layout::bytes);
        for (const auto count : counts_[key]) write_cell(out, Value(count), Layout::whole);
    });
}

void SetOperationOperator::load(CellReader& in) {
    keys_ = {}, counts_.clear();
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const auto found = keys_.find_or_add(read_text(in));
        counts_.resize(std::max<std::size_t>(counts_.size(), found.index + 1));
        for (auto& count : counts_[found.index]) count = read_whole(in);
    }
}

}  // namespace kns::sql
