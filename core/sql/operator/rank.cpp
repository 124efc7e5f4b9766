#include "core/sql/operator/rank.hpp"

#include "core/sql/operator/sort_key.hpp"

namespace kns::sql {
namespace {

constexpr std::size_t kNodeBytes = 112;  // of the map's, without what the strings hold

}  // namespace

RankOperator::RankOperator(Runtime& runtime, const RankPlan& node, const Schema& schema, const Schema& input, bool retracts)
    : Operator(runtime), node_(node), layouts_(layouts_of(input)), retracts_(retracts), encoder_(node.partition_by), out_(schema) {}

std::string RankOperator::sort_key(const Batch& batch, std::size_t row) {
    std::string out;
    append_sort_key(out, batch, row, node_.order_by);
    return out;
}

void RankOperator::tell(const std::string& cells, std::int64_t number, Change change) {
    CellReader in(cells);
    for (std::size_t i = 0; i < layouts_.size(); ++i) in.read_kept(out_.column(i));
    if (node_.with_number) out_.column(layouts_.size()).append(number);
    out_.finish_row(change);
}

void RankOperator::push(std::size_t, Batch batch) {
    if (node_.to < node_.from) return;  // LIMIT 0, or a number that nothing has
    encoder_.encode(batch, batch.rows());
    for (std::size_t row = 0; row < batch.size; ++row) {
        if (node_.window_end) {
            const std::int64_t end = batch.columns[*node_.window_end]->at<std::int64_t>(row);
            if (end - kMicrosPerMs <= batch.watermark_at(row)) {
                ++runtime_.late_rows;
                continue;
            }
        }
        const auto found = keys_.find_or_add(encoder_.key(row));
        if (found.index >= partitions_.size()) partitions_.resize(found.index + 1), window_ends_.resize(found.index + 1, 0);
        Rows& rows = partitions_[found.index];
        if (found.added) rows.clear();
        std::string cells;
        for (const auto& column : batch.columns) write_cell(cells, *column, row);
        std::string key = sort_key(batch, row);
        if (adds(batch.change(row))) {
            append_sequence(key, node_.latest_wins ? ~sequence_++ : sequence_++);
            if (node_.window_end && found.added) {
                window_ends_[found.index] = batch.columns[*node_.window_end]->at<std::int64_t>(row);
                pending_.emplace(window_ends_[found.index], found.index);
            }
            add(rows, std::move(key), std::move(cells), batch.change(row));
        } else {
            remove(rows, key, cells);
        }
        if (rows.empty()) keys_.erase(found.index);
        if (out_.size() >= kBatchRows) emit(out_.take(watermark()));
    }
    if (!out_.empty()) emit(out_.take(watermark()));
}

void RankOperator::add(Rows& rows, std::string key, std::string cells, Change) {
    const std::int64_t count_before = static_cast<std::int64_t>(rows.size());
    // Of rows that stay, what is behind the last wanted one can never come to the front.
    if (!retracts_ && count_before >= node_.to && key > rows.rbegin()->first) return;
    const auto at = rows.emplace(std::move(key), std::move(cells)).first;
    bytes_ += kNodeBytes + at->first.size() + at->second.size();
    const std::int64_t position = at == std::prev(rows.end()) ? count_before + 1 : std::distance(rows.begin(), at) + 1;
    const bool told = !node_.window_end;
    if (told && position <= node_.to) {
        if (node_.with_number) {
            // Whoever is behind it moves by one.
            auto it = at;
            for (std::int64_t n = position; it != rows.end() && n <= node_.to; ++n, ++it) {
                if (n < node_.from) continue;
                const auto next = std::next(it);
                if (next == rows.end()) {
                    tell(it->second, n, Change::insert);
                } else {
                    tell(next->second, n, Change::update_before);
                    tell(it->second, n, Change::update_after);
                }
            }
        } else {
            // One comes in, at the front or at its place; one goes out at the end.
            const std::int64_t entering = std::max(position, node_.from);
            auto in = at;
            for (std::int64_t n = position; n < entering && in != rows.end(); ++n) ++in;
            const bool overflows = count_before >= node_.to;
            auto gone = rows.end();
            if (overflows) {
                gone = at;
                for (std::int64_t n = position; n < node_.to + 1 && gone != rows.end(); ++n) ++gone;
            }
            const bool replaces = node_.to == 1;
            if (gone != rows.end()) tell(gone->second, 0, replaces ? Change::update_before : Change::remove);
            if (in != rows.end()) tell(in->second, 0, gone != rows.end() && replaces ? Change::update_after : Change::insert);
        }
    }
    if (!retracts_ && static_cast<std::int64_t>(rows.size()) > node_.to) {
        const auto last = std::prev(rows.end());
        bytes_ -= kNodeBytes + last->first.size() + last->second.size();
        rows.erase(last);
    }
}

void RankOperator::remove(Rows& rows, std::string_view key, std::string_view cells) {
    auto at = rows.lower_bound(std::string(key));
    while (at != rows.end() && at->first.starts_with(key) && at->second != cells) ++at;
    if (at == rows.end() || !at->first.starts_with(key)) return;
    const std::int64_t position = std::distance(rows.begin(), at) + 1;
    if (position <= node_.to) {
        if (node_.with_number) {
            auto it = at;
            for (std::int64_t n = position; it != rows.end() && n <= node_.to; ++n, ++it) {
                if (n < node_.from) continue;
                const auto next = std::next(it);
                if (next == rows.end()) {
                    tell(it->second, n, Change::remove);
                } else {
                    tell(it->second, n, Change::update_before);
                    tell(next->second, n, Change::update_after);
                }
            }
        } else {
            auto out = at;
            for (std::int64_t n = position; n < node_.from && out != rows.end(); ++n) ++out;
            if (out != rows.end()) tell(out->second, 0, Change::remove);
            auto in = at;
            for (std::int64_t n = position; n < node_.to + 1 && in != rows.end(); ++n) ++in;
            if (in != rows.end()) tell(in->second, 0, Change::insert);
        }
    }
    bytes_ -= kNodeBytes + at->first.size() + at->second.size();
    rows.erase(at);
}

void RankOperator::on_watermark(std::int64_t watermark) {
    while (!pending_.empty() && pending_.begin()->first - kMicrosPerMs <= watermark) {
        const auto partition = pending_.begin()->second;
        pending_.erase(pending_.begin());
        std::int64_t number = 0;
        for (const auto& [key, cells] : partitions_[partition]) {
            bytes_ -= kNodeBytes + key.size() + cells.size();
            if (++number >= node_.from && number <= node_.to) tell(cells, number, Change::insert);
        }
        partitions_[partition].clear();
        keys_.erase(partition);
        if (out_.size() >= kBatchRows) emit(out_.take(this->watermark()));
    }
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

void RankOperator::save(std::string& out) const {
    write_cell(out, Value(static_cast<std::int64_t>(sequence_)), Layout::whole);
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t partition) {
        write_cell(out, Value(std::string(keys_.key(partition))), Layout::bytes);
        write_cell(out, Value(window_ends_[partition]), Layout::whole);
        write_count(out, partitions_[partition].size());
        for (const auto& [key, cells] : partitions_[partition])
            write_cell(out, Value(key), Layout::bytes), write_cell(out, Value(cells), Layout::bytes);
    });
}

void RankOperator::load(CellReader& in) {
    const auto text = [&] {
        Value value = in.read(Layout::bytes);
        return is_null(value) ? std::string() : std::move(std::get<std::string>(value));
    };
    const auto whole = [&] {
        const Value value = in.read(Layout::whole);
        return is_null(value) ? std::int64_t{0} : std::get<std::int64_t>(value);
    };
    keys_ = {}, partitions_.clear(), window_ends_.clear(), pending_.clear(), bytes_ = 0;
    sequence_ = static_cast<std::uint64_t>(whole());
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const auto found = keys_.find_or_add(text());
        partitions_.resize(std::max<std::size_t>(partitions_.size(), found.index + 1)), window_ends_.resize(partitions_.size(), 0);
        window_ends_[found.index] = whole();
        if (node_.window_end) pending_.emplace(window_ends_[found.index], found.index);
        for (std::size_t rows = in.count(); rows > 0 && !in.failed(); --rows) {
            std::string key = text();
            std::string cells = text();
            bytes_ += kNodeBytes + key.size() + cells.size();
            partitions_[found.index].emplace(std::move(key), std::move(cells));
        }
    }
}

}  // namespace kns::sql
