#include "core/sql/operator/group_aggregate.hpp"

namespace kns::sql {

GroupAggregateOperator::GroupAggregateOperator(Runtime& runtime, const AggregatePlan& node, const Schema& schema,
                                               const Schema& input, bool retracts)
    : Operator(runtime), key_columns_(node.keys), encoder_(node.keys), accumulators_(node.calls, retracts), out_(schema) {
    for (const auto key : node.keys) key_layouts_.push_back(input[key].type.layout());
}

void GroupAggregateOperator::append(std::uint32_t group, const Batch& batch, std::size_t row, Change change) {
    for (std::size_t i = 0; i < key_columns_.size(); ++i) {
        Column& to = out_.column(i);
        const Column& from = *batch.columns[key_columns_[i]];
        if (to.layout() == Layout::bytes && !from.is_null(row))
            to.append(to.arena().keep(from.at<std::string_view>(row)));
        else
            to.append_from(from, row);
    }
    accumulators_.result(group, out_, key_layouts_.size());
    out_.finish_row(change);
}

void GroupAggregateOperator::append(std::uint32_t group, Change change) {
    CellReader in(keys_.key(group));
    for (std::size_t i = 0; i < key_layouts_.size(); ++i) out_.column(i).append(in.read(key_layouts_[i]));
    accumulators_.result(group, out_, key_layouts_.size());
    out_.finish_row(change);
}

bool GroupAggregateOperator::change(std::uint32_t group, const Batch& batch, std::size_t row) {
    if (adds(batch.change(row))) {
        accumulators_.add(group, batch, row);
        ++counts_[group];
    } else {
        accumulators_.retract(group, batch, row);
        --counts_[group];
    }
    return counts_[group] > 0;
}

void GroupAggregateOperator::push(std::size_t, Batch batch) {
    encoder_.encode(batch, batch.rows());
    runtime_.mini_batch ? once_a_batch(batch) : row_by_row(batch);
    if (!out_.empty()) emit(out_.take(watermark()));
}

void GroupAggregateOperator::row_by_row(const Batch& batch) {
    for (std::size_t row = 0; row < batch.size; ++row) {
        const auto found = keys_.find_or_add(encoder_.key(row));
        accumulators_.resize(keys_.bound());
        if (found.index >= counts_.size()) counts_.resize(keys_.bound(), 0);
        const std::uint32_t group = found.index;
        if (found.added) {
            counts_[group] = 0;
            accumulators_.clear(group);
            if (!adds(batch.change(row))) {  // of a row that was never there
                keys_.erase(group);
                continue;
            }
            change(group, batch, row);
            append(group, batch, row, Change::insert);
        } else {
            append(group, batch, row, Change::update_before);
            if (change(group, batch, row)) {
                append(group, batch, row, Change::update_after);
                if (out_.last_two_are_equal()) out_.drop_last(2);
            } else {
                out_.drop_last(1);
                // What it was before, once more, as what is gone.
                if (adds(batch.change(row)))
                    accumulators_.retract(group, batch, row);
                else
                    accumulators_.add(group, batch, row);
                append(group, batch, row, Change::remove);
                accumulators_.clear(group);
                keys_.erase(group);
            }
        }
        if (out_.size() >= kBatchRows) emit(out_.take(watermark()));
    }
}

void GroupAggregateOperator::once_a_batch(const Batch& batch) {
    // Old results first, then the rows, then new results.
    std::vector<std::uint32_t> groups(batch.size), touched;
    std::vector<bool> is_new;
    std::vector<std::uint8_t> seen(keys_.bound() + batch.size, 0);
    for (std::size_t row = 0; row < batch.size; ++row) {
        const auto found = keys_.find_or_add(encoder_.key(row));
        groups[row] = found.index;
        accumulators_.resize(keys_.bound());
        if (found.index >= counts_.size()) counts_.resize(keys_.bound(), 0);
        if (found.added) counts_[found.index] = 0, accumulators_.clear(found.index);
        if (seen[found.index] != 0) continue;
        seen[found.index] = 1;
        touched.push_back(found.index);
        is_new.push_back(found.added);
        append(found.index, Change::update_before);
    }
    const Batch old = out_.take(watermark());
    for (std::size_t row = 0; row < batch.size; ++row) change(groups[row], batch, row);
    for (std::size_t n = 0; n < touched.size(); ++n) {
        const std::uint32_t group = touched[n];
        const bool lives = counts_[group] > 0;
        if (!is_new[n]) {
            out_.copy(old, n);
            out_.finish_row(lives ? Change::update_before : Change::remove);
        }
        if (lives) {
            append(group, is_new[n] ? Change::insert : Change::update_after);
            if (!is_new[n] && out_.last_two_are_equal()) out_.drop_last(2);
        } else {
            accumulators_.clear(group);
            keys_.erase(group);
        }
    }
}

void GroupAggregateOperator::save(std::string& out) const {
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t group) {
        write_cell(out, Value(std::string(keys_.key(group))), Layout::bytes);
        write_cell(out, Value(counts_[group]), Layout::whole);
        accumulators_.save(group, out);
    });
}

void GroupAggregateOperator::load(CellReader& in) {
    keys_ = {}, counts_.clear();
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const Value key = in.read(Layout::bytes), count = in.read(Layout::whole);
        const auto found = keys_.find_or_add(is_null(key) ? std::string_view() : std::string_view(std::get<std::string>(key)));
        counts_.resize(keys_.bound(), 0);
        counts_[found.index] = is_null(count) ? 0 : std::get<std::int64_t>(count);
        accumulators_.resize(keys_.bound());
        accumulators_.load(found.index, in);
    }
}

}  // namespace kns::sql
