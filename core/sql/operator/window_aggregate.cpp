#include "core/sql/operator/window_aggregate.hpp"

#include <unordered_map>

#include "core/sql/expression/calendar.hpp"

namespace kns::sql {
namespace {

bool is_over(std::int64_t end, std::int64_t watermark) { return end - kMicrosPerMs <= watermark; }

}  // namespace

WindowAggregateOperator::WindowAggregateOperator(Runtime& runtime, const AggregatePlan& node, const Schema& schema,
                                                 const Schema& input)
    : Operator(runtime),
      calls_(node.calls),
      windowing_(node.window->windowing),
      time_column_(node.window->time_column),
      key_columns_(node.keys),
      encoder_(node.keys),
      out_(schema) {
    for (const auto key : node.keys) key_layouts_.push_back(input[key].type.layout());
    if (time_column_) return;
    start_column_ = node.keys[*node.window->start_key];
    end_column_ = node.keys[*node.window->end_key];
}

// In windows that rows bring, each is a slice of its own.
std::int64_t WindowAggregateOperator::slice_end(std::int64_t time) const {
    const std::int64_t width = windowing_.kind == Windowing::Kind::tumble ? windowing_.size : windowing_.slide;
    return time - floor_mod(time - windowing_.offset, width) + width;
}

std::int64_t WindowAggregateOperator::last_window_end(std::int64_t end) const {
    if (!time_column_ || windowing_.kind == Windowing::Kind::tumble) return end;
    if (windowing_.kind == Windowing::Kind::hop) return end - windowing_.slide + windowing_.size;
    const std::int64_t inside = end - windowing_.slide;
    return inside - floor_mod(inside - windowing_.offset, windowing_.size) + windowing_.size;
}

std::int64_t WindowAggregateOperator::window_start(std::int64_t end) const {
    if (windowing_.kind != Windowing::Kind::cumulate) return end - windowing_.size;
    const std::int64_t inside = end - windowing_.slide;
    return inside - floor_mod(inside - windowing_.offset, windowing_.size);
}

void WindowAggregateOperator::push(std::size_t, Batch batch) {
    const bool processing = windowing_.processing;
    const std::int64_t now = runtime_.now_us / kMicrosPerMs * kMicrosPerMs;
    std::vector<std::uint32_t> rows;
    std::int64_t current = 0, current_start = 0;
    std::unordered_map<std::int64_t, std::size_t> seen;
    struct Part {
        std::int64_t end, start;
        std::vector<std::uint32_t> rows;
    };
    std::vector<Part> parts;
    std::size_t last = SIZE_MAX;
    const auto flush = [&] {
        for (const auto& part : parts) count(batch, part.end, part.start, part.rows);
        parts.clear(), seen.clear();
        last = SIZE_MAX;
    };
    for (std::size_t row = 0; row < batch.size; ++row) {
        if (time_column_) {
            current = slice_end(processing ? now : batch.columns[*time_column_]->at<std::int64_t>(row));
        } else {
            current = batch.columns[*end_column_]->at<std::int64_t>(row);
            current_start = batch.columns[*start_column_]->at<std::int64_t>(row);
        }
        const std::int64_t mark = processing ? kNoWatermark : batch.watermark_at(row);
        if (is_over(last_window_end(current), mark)) {
            ++runtime_.late_rows;
            continue;
        }
        if (is_over(current, mark) && current != last_window_end(current)) {
            // Some of its windows are over already: they go out before it is counted.
            flush();
            fire(mark);
        }
        if (last == SIZE_MAX || parts[last].end != current || parts[last].start != current_start) {
            const auto key = current * 31 + current_start;
            const auto [at, added] = seen.try_emplace(key, parts.size());
            if (added) parts.push_back({.end = current, .start = current_start, .rows = {}});
            last = at->second;
        }
        parts[last].rows.push_back(static_cast<std::uint32_t>(row));
    }
    flush();
}

void WindowAggregateOperator::count(const Batch& batch, std::int64_t end, std::int64_t start,
                                    const std::vector<std::uint32_t>& rows) {
    auto at = slices_.find(end);
    if (at == slices_.end()) {
        at = slices_.emplace(end, Slice{.keys = {}, .accumulators = Accumulators(calls_, false), .start = start}).first;
        if (time_column_ && windowing_.kind != Windowing::Kind::tumble) {
            for (std::int64_t one = end; one <= last_window_end(end); one += windowing_.slide)
                if (!is_over(one, fired_)) pending_.insert(one);
        } else {
            pending_.insert(end);
        }
    }
    Slice& slice = at->second;
    const Rows which{rows.data(), rows.size()};
    encoder_.encode(batch, which);
    groups_.resize(rows.size());
    for (std::size_t n = 0; n < rows.size(); ++n) groups_[n] = slice.keys.find_or_add(encoder_.key(n)).index;
    slice.accumulators.resize(slice.keys.bound());
    slice.accumulators.add_all(groups_.data(), batch, which);
}

void WindowAggregateOperator::fire(std::int64_t watermark) {
    fired_ = std::max(fired_, watermark);
    while (!pending_.empty() && is_over(*pending_.begin(), watermark)) {
        const std::int64_t end = *pending_.begin();
        pending_.erase(pending_.begin());
        fire_window(end);
    }
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

void WindowAggregateOperator::fire_window(std::int64_t end) {
    if (!time_column_ || windowing_.kind == Windowing::Kind::tumble) {
        const auto at = slices_.find(end);
        const std::int64_t start = time_column_ ? window_start(end) : at->second.start;
        emit_groups(at->second.keys, at->second.accumulators, start, end);
        slices_.erase(at);
        return;
    }
    const std::int64_t start = window_start(end);
    const auto first = slices_.upper_bound(start), behind = slices_.upper_bound(end);
    if (std::next(first) == behind) {
        emit_groups(first->second.keys, first->second.accumulators, start, end);
    } else {
        KeyTable keys;
        Accumulators merged(calls_, false);
        for (auto at = first; at != behind; ++at) {
            at->second.keys.each([&](std::uint32_t group) {
                const auto found = keys.find_or_add(at->second.keys.key(group));
                merged.resize(keys.bound());
                merged.merge(found.index, at->second.accumulators, group);
            });
        }
        emit_groups(keys, merged, start, end);
    }
    while (!slices_.empty() && last_window_end(slices_.begin()->first) <= end) slices_.erase(slices_.begin());
}

void WindowAggregateOperator::emit_groups(const KeyTable& keys, const Accumulators& accumulators, std::int64_t start,
                                          std::int64_t end) {
    keys.each([&](std::uint32_t group) {
        CellReader in(keys.key(group));
        for (std::size_t i = 0; i < key_layouts_.size(); ++i) out_.column(i).append(in.read(key_layouts_[i]));
        accumulators.result(group, out_, key_layouts_.size());
        if (time_column_) {
            const std::size_t at = key_layouts_.size() + accumulators.size();
            out_.column(at).append(windowing_.processing ? to_local(start) : start);
            out_.column(at + 1).append(windowing_.processing ? to_local(end) : end);
            out_.column(at + 2).append(end - kMicrosPerMs);
        }
        out_.finish_row();
        if (out_.size() >= kBatchRows) emit(out_.take(watermark()));
    });
}

void WindowAggregateOperator::tick() {
    if (windowing_.processing) fire(runtime_.now_us);
}

std::optional<std::int64_t> WindowAggregateOperator::next_tick() const {
    if (!windowing_.processing || pending_.empty()) return {};
    return *pending_.begin() - kMicrosPerMs;
}

void WindowAggregateOperator::save(std::string& out) const {
    write_count(out, pending_.size());
    for (const auto end : pending_) write_cell(out, Value(end), Layout::whole);
    write_count(out, slices_.size());
    for (const auto& [end, slice] : slices_) {
        write_cell(out, Value(end), Layout::whole);
        write_cell(out, Value(slice.start), Layout::whole);
        write_count(out, slice.keys.size());
        slice.keys.each([&](std::uint32_t group) {
            write_cell(out, Value(std::string(slice.keys.key(group))), Layout::bytes);
            slice.accumulators.save(group, out);
        });
    }
}

void WindowAggregateOperator::load(CellReader& in) {
    const auto whole = [&] {
        const Value value = in.read(Layout::whole);
        return is_null(value) ? std::int64_t{0} : std::get<std::int64_t>(value);
    };
    pending_.clear(), slices_.clear();
    fired_ = windowing_.processing ? kNoWatermark : watermark();
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) pending_.insert(whole());
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const std::int64_t end = whole();
        Slice slice{.keys = {}, .accumulators = Accumulators(calls_, false), .start = whole()};
        for (std::size_t groups = in.count(); groups > 0 && !in.failed(); --groups) {
            const Value key = in.read(Layout::bytes);
            const auto found =
                slice.keys.find_or_add(is_null(key) ? std::string_view() : std::string_view(std::get<std::string>(key)));
            slice.accumulators.resize(slice.keys.bound());
            slice.accumulators.load(found.index, in);
        }
        slices_.emplace(end, std::move(slice));
    }
}

std::size_t WindowAggregateOperator::state_bytes() const {
    std::size_t out = 0;
    for (const auto& [end, slice] : slices_) out += slice.keys.bytes() + slice.accumulators.bytes();
    return out;
}

}  // namespace kns::sql
