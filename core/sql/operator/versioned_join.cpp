#include "core/sql/operator/versioned_join.hpp"

namespace kns::sql {
namespace {

constexpr std::size_t kNodeBytes = 96;

std::string encoded(const Batch& batch, std::size_t row) {
    std::string out;
    for (const auto& column : batch.columns) write_cell(out, *column, row);
    return out;
}
void append_cells(const std::string& cells, const std::vector<Layout>& layouts, BatchBuilder& out, std::size_t first) {
    CellReader in(cells);
    for (std::size_t i = 0; i < layouts.size(); ++i) in.read_kept(out.column(first + i));
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

TemporalJoinOperator::TemporalJoinOperator(Runtime& runtime, const JoinPlan& node, const Schema& schema, const Schema& left,
                                           const Schema& right)
    : Operator(runtime, 2),
      node_(node),
      left_layouts_(layouts_of(left)),
      right_layouts_(layouts_of(right)),
      left_encoder_(node.left_keys),
      right_encoder_(node.right_keys),
      out_(schema) {}

void TemporalJoinOperator::push(std::size_t input, Batch batch) {
    if (input == 0) {
        for (std::size_t row = 0; row < batch.size; ++row) {
            const std::int64_t time = batch.columns[node_.left_time]->at<std::int64_t>(row);
            if (time <= batch.watermark_at(row)) {
                ++runtime_.late_rows;
                continue;
            }
            std::string cells = encoded(batch, row);
            bytes_ += kNodeBytes + cells.size();
            waiting_.emplace(std::pair(time, sequence_++), std::move(cells));
        }
        return;
    }
    right_encoder_.encode(batch, batch.rows());
    for (std::size_t row = 0; row < batch.size; ++row) {
        const auto found = keys_.find_or_add(right_encoder_.key(row));
        if (found.index >= versions_.size()) versions_.resize(found.index + 1);
        const Change change = batch.change(row);
        if (change == Change::update_before) continue;
        Version version{.cells = encoded(batch, row), .gone = change == Change::remove};
        bytes_ += kNodeBytes + version.cells.size();
        versions_[found.index].insert_or_assign(batch.columns[node_.right_time]->at<std::int64_t>(row), std::move(version));
    }
}

void TemporalJoinOperator::append(const Batch& left, const std::string* right) {
    out_.copy(left, 0);
    const std::size_t width = left_layouts_.size();
    if (right == nullptr)
        for (std::size_t i = 0; i < right_layouts_.size(); ++i) out_.column(width + i).append_null();
    else
        append_cells(*right, right_layouts_, out_, width);
    out_.finish_row();
}

void TemporalJoinOperator::on_watermark(std::int64_t watermark) {
    while (!waiting_.empty() && waiting_.begin()->first.first <= watermark) {
        const auto first = waiting_.begin();
        Batch left{.size = 1};
        CellReader in(first->second);
        for (const auto layout : left_layouts_) left.columns.push_back(Column::constant(layout, in.read(layout)));
        left_encoder_.encode(left, left.rows());
        const auto key = left_encoder_.has_null(0) ? KeyTable::kNone : keys_.find(left_encoder_.key(0));
        const std::string* right = nullptr;
        if (key != KeyTable::kNone) {
            const auto behind = versions_[key].upper_bound(first->first.first);
            if (behind != versions_[key].begin() && !std::prev(behind)->second.gone) right = &std::prev(behind)->second.cells;
        }
        if (right != nullptr && node_.residual) {
            BatchBuilder one([&] {
                auto layouts = left_layouts_;
                layouts.insert(layouts.end(), right_layouts_.begin(), right_layouts_.end());
                return layouts;
            }());
            one.copy(left, 0);
            append_cells(*right, right_layouts_, one, left_layouts_.size());
            one.finish_row();
            const Batch wide = one.take(watermark);
            std::vector<std::uint32_t> passed;
            select_rows(*node_.residual, wide, wide.rows(), context_, passed);
            context_.errors.clear();
            if (passed.empty()) right = nullptr;
        }
        if (right != nullptr || node_.kind == JoinPlan::Kind::left) append(left, right);
        bytes_ -= kNodeBytes + first->second.size();
        waiting_.erase(first);
        if (out_.size() >= kBatchRows) emit(out_.take(this->watermark()));
    }
    // Of each key's versions the last one that is not in the future stays.
    for (auto& versions : versions_) {
        const auto behind = versions.upper_bound(watermark);
        if (behind == versions.begin()) continue;
        for (auto it = versions.begin(); it != std::prev(behind);) {
            bytes_ -= kNodeBytes + it->second.cells.size();
            it = versions.erase(it);
        }
    }
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

void TemporalJoinOperator::save(std::string& out) const {
    write_cell(out, Value(static_cast<std::int64_t>(sequence_)), Layout::whole);
    write_count(out, waiting_.size());
    for (const auto& [key, cells] : waiting_) {
        write_cell(out, Value(key.first), Layout::whole);
        write_cell(out, Value(static_cast<std::int64_t>(key.second)), Layout::whole);
        write_cell(out, Value(cells), Layout::bytes);
    }
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t key) {
        write_cell(out, Value(std::string(keys_.key(key))), Layout::bytes);
        write_count(out, versions_[key].size());
        for (const auto& [time, version] : versions_[key]) {
            write_cell(out, Value(time), Layout::whole);
            write_cell(out, Value(version.cells), Layout::bytes);
            write_cell(out, Value(std::int64_t{version.gone}), Layout::whole);
        }
    });
}

void TemporalJoinOperator::load(CellReader& in) {
    waiting_.clear(), keys_ = {}, versions_.clear(), bytes_ = 0;
    sequence_ = static_cast<std::uint64_t>(read_whole(in));
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const std::int64_t time = read_whole(in), sequence = read_whole(in);
        std::string cells = read_text(in);
        bytes_ += kNodeBytes + cells.size();
        waiting_.emplace(std::pair(time, static_cast<std::uint64_t>(sequence)), std::move(cells));
    }
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const auto found = keys_.find_or_add(read_text(in));
        versions_.resize(std::max<std::size_t>(versions_.size(), found.index + 1));
        for (std::size_t rows = in.count(); rows > 0 && !in.failed(); --rows) {
            const std::int64_t time = read_whole(in);
            Version version{.cells = read_text(in)};
            version.gone = read_whole(in) != 0;
            bytes_ += kNodeBytes + version.cells.size();
            versions_[found.index].emplace(time, std::move(version));
        }
    }
}

LookupJoinOperator::LookupJoinOperator(Runtime& runtime, const JoinPlan& node, const Schema& schema, const Schema& left,
                                       const Schema& right, bool versions)
    : Operator(runtime, 2),
      node_(node),
      left_layouts_(layouts_of(left)),
      right_layouts_(layouts_of(right)),
      versions_(versions),
      left_encoder_(node.left_keys),
      right_encoder_(node.right_keys),
      out_(schema),
      candidates_([&] {
          auto layouts = layouts_of(left);
          const auto more = layouts_of(right);
          layouts.insert(layouts.end(), more.begin(), more.end());
          return layouts;
      }()) {}

void LookupJoinOperator::remember(const Batch& batch) {
    right_encoder_.encode(batch, batch.rows());
    for (std::size_t row = 0; row < batch.size; ++row) {
        const auto found = keys_.find_or_add(right_encoder_.key(row));
        if (found.index >= rows_.size()) rows_.resize(found.index + 1);
        auto& rows = rows_[found.index];
        std::string cells = encoded(batch, row);
        if (!adds(batch.change(row))) {
            const auto at = std::ranges::find(rows, cells);
            if (at != rows.end()) rows.erase(at);
            continue;
        }
        if (versions_) rows.clear();
        bytes_ += sizeof(std::string) + cells.size();
        rows.push_back(std::move(cells));
    }
}

void LookupJoinOperator::push(std::size_t input, Batch batch) {
    if (input == 1) return remember(batch);
    left_encoder_.encode(batch, batch.rows());
    const std::size_t width = left_layouts_.size();
    std::vector<std::uint32_t> from;  // the left row of each candidate
    for (std::uint32_t row = 0; row < batch.size; ++row) {
        const auto key = left_encoder_.has_null(row) ? KeyTable::kNone : keys_.find(left_encoder_.key(row));
        if (key == KeyTable::kNone) continue;
        for (const auto& cells : rows_[key]) {
            candidates_.copy(batch, row);
            append_cells(cells, right_layouts_, candidates_, width);
            candidates_.finish_row();
            from.push_back(row);
        }
    }
    const Batch wide = candidates_.take(watermark());
    std::vector<std::uint32_t> passed;
    if (node_.residual) {
        context_.now_us = runtime_.now_us;
        select_rows(*node_.residual, wide, wide.rows(), context_, passed);
        context_.errors.clear();
    } else {
        for (std::uint32_t n = 0; n < wide.size; ++n) passed.push_back(n);
    }
    std::size_t at = 0;
    for (std::uint32_t row = 0; row < batch.size; ++row) {
        bool any = false;
        for (; at < passed.size() && from[passed[at]] == row; ++at) {
            out_.copy(wide, passed[at]);
            out_.finish_row(batch.change(row));
            any = true;
        }
        if (any || node_.kind != JoinPlan::Kind::left) continue;
        out_.copy(batch, row);
        for (std::size_t i = 0; i < right_layouts_.size(); ++i) out_.column(width + i).append_null();
        out_.finish_row(batch.change(row));
    }
    Batch out = out_.take(batch.watermark);
    out.split = batch.split;
    if (out.size > 0) emit(std::move(out));
}

void LookupJoinOperator::save(std::string& out) const {
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t key) {
        write_cell(out, Value(std::string(keys_.key(key))), Layout::bytes);
        write_count(out, rows_[key].size());
        for (const auto& cells : rows_[key]) write_cell(out, Value(cells), Layout::bytes);
    });
}

void LookupJoinOperator::load(CellReader& in) {
    keys_ = {}, rows_.clear(), bytes_ = 0;
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const auto found = keys_.find_or_add(read_text(in));
        rows_.resize(std::max<std::size_t>(rows_.size(), found.index + 1));
        for (std::size_t rows = in.count(); rows > 0 && !in.failed(); --rows) rows_[found.index].push_back(read_text(in));
    }
}

}  // namespace kns::sql
