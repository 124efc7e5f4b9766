#include "core/sql/operator/over.hpp"

#include "core/sql/operator/sort_key.hpp"

namespace kns::sql {
namespace {

constexpr std::size_t kNodeBytes = 112;

// ROW_NUMBER counts.
std::vector<AggregateCall> with_counts(std::vector<AggregateCall> calls) {
    for (auto& call : calls)
        if (call.function == "ROW_NUMBER") call.function = "COUNT";
    return calls;
}

}  // namespace

OverOperator::OverOperator(Runtime& runtime, const OverPlan& node, const Schema& schema, const Schema& input)
    : Operator(runtime),
      node_(node),
      layouts_(layouts_of(input)),
      encoder_(node.partition_by),
      accumulators_(with_counts(node.calls), node.from.kind != FrameEdge::Kind::unbounded),
      out_(schema),
      ready_(input) {}

Batch OverOperator::one_row(const std::string& cells) const {
    Batch out{.size = 1};
    CellReader in(cells);
    for (const auto layout : layouts_) out.columns.push_back(Column::constant(layout, in.read(layout)));
    return out;
}

void OverOperator::push(std::size_t, Batch batch) {
    if (node_.processing) {
        process(batch, batch.rows(), std::vector<std::int64_t>(batch.size, runtime_.now_us));
        if (!out_.empty()) emit(out_.take(watermark()));
        return;
    }
    const Column& times = *batch.columns[node_.order_by[0].column];
    for (std::size_t row = 0; row < batch.size; ++row) {
        if (times.at<std::int64_t>(row) <= batch.watermark_at(row)) {
            ++runtime_.late_rows;
            continue;
        }
        std::string key, cells;
        append_sort_key(key, batch, row, node_.order_by);
        append_sequence(key, sequence_++);
        for (const auto& column : batch.columns) write_cell(cells, *column, row);
        bytes_ += kNodeBytes + key.size() + cells.size();
        waiting_.emplace(std::move(key), std::move(cells));
    }
}

void OverOperator::on_watermark(std::int64_t watermark) {
    const std::size_t time_column = node_.order_by.empty() ? 0 : node_.order_by[0].column;
    std::vector<std::int64_t> times;
    const auto flush = [&] {
        if (ready_.empty()) return;
        const Batch batch = ready_.take(this->watermark());
        process(batch, batch.rows(), times);
        times.clear();
    };
    while (!waiting_.empty()) {
        const auto first = waiting_.begin();
        CellReader in(first->second);
        for (std::size_t i = 0; i < layouts_.size(); ++i) in.read_kept(ready_.column(i));
        const std::int64_t time = ready_.column(time_column).at<std::int64_t>(ready_.size());
        ready_.finish_row();
        if (time > watermark) {
            ready_.drop_last(1);
            break;
        }
        // Rows of one time stay together: they are peers.
        if (ready_.size() > kBatchRows && !times.empty() && times.back() != time) {
            ready_.drop_last(1);
            flush();
            continue;
        }
        times.push_back(time);
        bytes_ -= kNodeBytes + first->first.size() + first->second.size();
        waiting_.erase(first);
    }
    flush();
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

void OverOperator::enter(std::uint32_t partition, const Batch& batch, std::size_t row, std::int64_t time) {
    accumulators_.add(partition, batch, row);
    if (node_.from.kind == FrameEdge::Kind::unbounded) return;
    std::string cells;
    for (const auto& column : batch.columns) write_cell(cells, *column, row);
    bytes_ += sizeof(Framed) + cells.size();
    frames_[partition].push_back({.time = time, .cells = std::move(cells)});
}

void OverOperator::leave(std::uint32_t partition, std::int64_t time) {
    if (node_.from.kind == FrameEdge::Kind::unbounded) return;
    auto& frame = frames_[partition];
    const std::int64_t distance = node_.from.kind == FrameEdge::Kind::current ? 0 : node_.from.distance;
    const auto outside = [&] {
        return node_.rows ? static_cast<std::int64_t>(frame.size()) > distance + 1 : frame.front().time < time - distance;
    };
    while (!frame.empty() && outside()) {
        accumulators_.retract(partition, one_row(frame.front().cells), 0);
        bytes_ -= sizeof(Framed) + frame.front().cells.size();
        frame.pop_front();
    }
}

void OverOperator::append(std::uint32_t partition, const Batch& batch, std::size_t row) {
    out_.copy(batch, row);
    accumulators_.result(partition, out_, layouts_.size());
    out_.finish_row();
    if (out_.size() >= kBatchRows) emit(out_.take(watermark()));
}

void OverOperator::process(const Batch& batch, Rows rows, const std::vector<std::int64_t>& times) {
    encoder_.encode(batch, rows);
    std::vector<std::uint32_t> partitions(batch.size);
    for (std::size_t row = 0; row < batch.size; ++row) {
        const auto found = keys_.find_or_add(encoder_.key(row));
        partitions[row] = found.index;
        accumulators_.resize(keys_.bound());
        if (found.added) accumulators_.clear(found.index);
        if (found.index >= frames_.size()) frames_.resize(found.index + 1);
    }
    for (std::size_t from = 0; from < batch.size;) {
        std::size_t to = from + 1;
        if (!node_.rows && !node_.processing)
            while (to < batch.size && times[to] == times[from]) ++to;
        for (std::size_t row = from; row < to; ++row) enter(partitions[row], batch, row, times[row]);
        for (std::size_t row = from; row < to; ++row) leave(partitions[row], times[row]);
        for (std::size_t row = from; row < to; ++row) append(partitions[row], batch, row);
        from = to;
    }
}

void OverOperator::save(std::string& out) const {
    write_cell(out, Value(static_cast<std::int64_t>(sequence_)), Layout::whole);
    write_count(out, waiting_.size());
    for (const auto& [key, cells] : waiting_)
        write_cell(out, Value(key), Layout::bytes), write_cell(out, Value(cells), Layout::bytes);
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t partition) {
        write_cell(out, Value(std::string(keys_.key(partition))), Layout::bytes);
        accumulators_.save(partition, out);
        write_count(out, frames_[partition].size());
        for (const auto& row : frames_[partition])
            write_cell(out, Value(row.time), Layout::whole), write_cell(out, Value(row.cells), Layout::bytes);
    });
}

void OverOperator::load(CellReader& in) {
    const auto text = [&] {
        Value value = in.read(Layout::bytes);
        return is_null(value) ? std::string() : std::move(std::get<std::string>(value));
    };
    const auto whole = [&] {
        const Value value = in.read(Layout::whole);
        return is_null(value) ? std::int64_t{0} : std::get<std::int64_t>(value);
    };
    waiting_.clear(), keys_ = {}, frames_.clear(), bytes_ = 0;
    sequence_ = static_cast<std::uint64_t>(whole());
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        std::string key = text();
        std::string cells = text();
        bytes_ += kNodeBytes + key.size() + cells.size();
        waiting_.emplace(std::move(key), std::move(cells));
    }
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const auto found = keys_.find_or_add(text());
        accumulators_.resize(keys_.bound());
        accumulators_.load(found.index, in);
        frames_.resize(std::max<std::size_t>(frames_.size(), found.index + 1));
        for (std::size_t rows = in.count(); rows > 0 && !in.failed(); --rows) {
            const std::int64_t time = whole();
            std::string cells = text();
            bytes_ += sizeof(Framed) + cells.size();
            frames_[found.index].push_back({.time = time, .cells = std::move(cells)});
        }
    }
}

}  // namespace kns::sql
