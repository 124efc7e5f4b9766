#include "core/sql/operator/join.hpp"

namespace kns::sql {
namespace {

std::int64_t plus(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_add_overflow(a, b, &out)) return b > 0 ? INT64_MAX : INT64_MIN;
    return out;
}

}  // namespace

std::uint32_t JoinSide::add(std::string_view key, const Batch& batch, std::size_t row, std::int64_t time) {
    const auto found = keys_.find_or_add(key);
    if (found.index >= heads_.size())
        heads_.resize(found.index + 1, KeyTable::kNone), tails_.resize(found.index + 1, KeyTable::kNone);
    if (found.added) heads_[found.index] = tails_[found.index] = KeyTable::kNone;
    std::uint32_t index;
    if (free_.empty()) {
        index = static_cast<std::uint32_t>(rows_.size());
        rows_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    Row& made = rows_[index];
    made.cells.clear();
    for (const auto& column : batch.columns) write_cell(made.cells, *column, row);
    cell_bytes_ += made.cells.capacity();
    made.next = KeyTable::kNone, made.key = found.index, made.partners = 0, made.time = time, made.live = true;
    if (heads_[found.index] == KeyTable::kNone)
        heads_[found.index] = index;
    else
        rows_[tails_[found.index]].next = index;
    tails_[found.index] = index;
    return index;
}

std::uint32_t JoinSide::find(std::string_view key, const Batch& batch, std::size_t row) {
    scratch_.clear();
    for (const auto& column : batch.columns) write_cell(scratch_, *column, row);
    for (auto at = first(key); at != KeyTable::kNone; at = rows_[at].next)
        if (rows_[at].cells == scratch_) return at;
    return KeyTable::kNone;
}

void JoinSide::erase(std::uint32_t index) {
    Row& gone = rows_[index];
    std::uint32_t before = KeyTable::kNone;
    for (auto at = heads_[gone.key]; at != index; at = rows_[at].next) before = at;
    if (before == KeyTable::kNone)
        heads_[gone.key] = gone.next;
    else
        rows_[before].next = gone.next;
    if (tails_[gone.key] == index) tails_[gone.key] = before;
    if (heads_[gone.key] == KeyTable::kNone) keys_.erase(gone.key);
    cell_bytes_ -= gone.cells.capacity();
    gone.cells = {};
    gone.live = false;
    free_.push_back(index);
}

void JoinSide::append(std::uint32_t row, BatchBuilder& out, std::size_t first_column) const {
    CellReader in(rows_[row].cells);
    for (std::size_t i = 0; i < layouts_.size(); ++i) in.read_kept(out.column(first_column + i));
}

void JoinSide::save(std::string& out) const {
    std::size_t live = 0;
    each([&](std::uint32_t) { ++live; });
    write_count(out, live);
    // Key by key, so that rows of one come back in their order.
    keys_.each([&](std::uint32_t key) {
        for (auto at = heads_[key]; at != KeyTable::kNone; at = rows_[at].next) {
            write_cell(out, Value(std::string(keys_.key(key))), Layout::bytes);
            write_cell(out, Value(rows_[at].cells), Layout::bytes);
            write_cell(out, Value(std::int64_t{rows_[at].partners}), Layout::whole);
            write_cell(out, Value(rows_[at].time), Layout::whole);
        }
    });
}

void JoinSide::load(CellReader& in) {
    keys_ = {}, heads_.clear(), tails_.clear(), rows_.clear(), free_.clear(), cell_bytes_ = 0;
    const Batch nothing;
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const Value key = in.read(Layout::bytes);
        Value cells = in.read(Layout::bytes);
        const Value partners = in.read(Layout::whole), time = in.read(Layout::whole);
        if (in.failed() || is_null(key) || is_null(cells) || is_null(partners) || is_null(time)) return;
        Row& made = rows_[add(std::get<std::string>(key), nothing, 0, std::get<std::int64_t>(time))];
        made.cells = std::move(std::get<std::string>(cells));
        made.partners = static_cast<std::uint32_t>(std::get<std::int64_t>(partners));
        cell_bytes_ += made.cells.capacity();
    }
}

JoinOperator::JoinOperator(Runtime& runtime, const JoinPlan& node, const Schema& schema, const Schema& left, const Schema& right)
    : Operator(runtime, 2),
      node_(node),
      semi_(node.kind == JoinPlan::Kind::semi || node.kind == JoinPlan::Kind::anti),
      sides_{JoinSide(node.left_keys, layouts_of(left)), JoinSide(node.right_keys, layouts_of(right))},
      out_(schema),
      candidates_([&] {
          auto layouts = layouts_of(left);
          const auto more = layouts_of(right);
          layouts.insert(layouts.end(), more.begin(), more.end());
          return layouts;
      }()) {
    if (node.flavour == JoinPlan::Flavour::interval) time_columns_ = {node.left_time, node.right_time};
    if (node.flavour == JoinPlan::Flavour::window) time_columns_ = {node.left_window, node.right_window};
}

bool JoinOperator::keeps(std::size_t side) const {
    switch (node_.kind) {
        case JoinPlan::Kind::left: return side == 0;
        case JoinPlan::Kind::right: return side == 1;
        case JoinPlan::Kind::full: return true;
        default: return false;
    }
}

// From when on no row can come that goes with this one.
std::int64_t JoinOperator::expires(std::size_t side, std::int64_t time) const {
    if (node_.flavour == JoinPlan::Flavour::window) return time - kMicrosPerMs;
    // left - right lies in [lower, upper]: a left row's last partner is at left - lower, a right row's at right + upper.
    return side == 0 ? plus(time, -node_.lower) : plus(time, node_.upper);
}

bool JoinOperator::is_late(std::size_t side, std::int64_t time, std::int64_t watermark) const {
    if (node_.flavour == JoinPlan::Flavour::window) return time - kMicrosPerMs <= watermark;
    return time <= watermark && expires(side, time) < watermark;
}

void JoinOperator::find_partners(std::size_t side, const Batch& batch,
                                 std::vector<std::pair<std::uint32_t, std::uint32_t>>& pairs) {
    JoinSide& own = sides_[side];
    JoinSide& other = sides_[1 - side];
    own.encoder.encode(batch, batch.rows());
    for (std::uint32_t row = 0; row < batch.size; ++row) {
        if (own.encoder.has_null(row)) continue;
        const std::int64_t time = time_columns_[side] ? batch.columns[*time_columns_[side]]->at<std::int64_t>(row) : 0;
        for (auto at = other.first(own.encoder.key(row)); at != KeyTable::kNone; at = other.row(at).next) {
            if (node_.flavour == JoinPlan::Flavour::interval) {
                const std::int64_t apart = side == 0 ? time - other.row(at).time : other.row(at).time - time;
                if (apart < node_.lower || apart > node_.upper) continue;
            }
            pairs.emplace_back(row, at);
        }
    }
    if (!node_.residual || pairs.empty()) return;
    // All candidates, judged piece by piece.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> good;
    for (std::size_t from = 0; from < pairs.size(); from += kBatchRows) {
        const std::size_t to = std::min(pairs.size(), from + kBatchRows);
        const std::size_t left_width = sides_[0].width();
        for (std::size_t n = from; n < to; ++n) {
            candidates_.copy(batch, pairs[n].first, side == 0 ? 0 : left_width);
            other.append(pairs[n].second, candidates_, side == 0 ? left_width : 0);
            candidates_.finish_row();
        }
        const Batch wide = candidates_.take(watermark());
        std::vector<std::uint32_t> passed;
        context_.now_us = runtime_.now_us;
        select_rows(*node_.residual, wide, wide.rows(), context_, passed);
        for (const auto& [row, reason] : context_.errors.list()) runtime_.bad_row(reason);
        context_.errors.clear();
        for (const auto n : passed) good.push_back(pairs[from + n]);
    }
    pairs = std::move(good);
}

void JoinOperator::append_pair(std::size_t side, const Batch& batch, std::size_t row, std::uint32_t partner, Change change) {
    const std::size_t left_width = sides_[0].width();
    out_.copy(batch, row, side == 0 ? 0 : left_width);
    sides_[1 - side].append(partner, out_, side == 0 ? left_width : 0);
    out_.finish_row(change);
    flush_if_full();
}

void JoinOperator::append_alone(std::size_t side, const Batch& batch, std::size_t row, Change change) {
    const std::size_t left_width = sides_[0].width();
    out_.copy(batch, row, side == 0 ? 0 : left_width);
    if (!semi_)
        for (std::size_t i = 0; i < sides_[1 - side].width(); ++i) out_.column((side == 0 ? left_width : 0) + i).append_null();
    out_.finish_row(change);
    flush_if_full();
}

void JoinOperator::append_stored_alone(std::size_t side, std::uint32_t stored, Change change) {
    const std::size_t left_width = sides_[0].width();
    sides_[side].append(stored, out_, side == 0 ? 0 : left_width);
    if (!semi_)
        for (std::size_t i = 0; i < sides_[1 - side].width(); ++i) out_.column((side == 0 ? left_width : 0) + i).append_null();
    out_.finish_row(change);
    flush_if_full();
}

void JoinOperator::push(std::size_t side, Batch batch) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    find_partners(side, batch, pairs);
    std::size_t at = 0;
    for (std::size_t row = 0; row < batch.size; ++row) {
        std::size_t end = at;
        while (end < pairs.size() && pairs[end].first == row) ++end;
        one_row(side, batch, row, std::span(pairs).subspan(at, end - at));
        at = end;
    }
    if (!out_.empty()) emit(out_.take(watermark()));
}

void JoinOperator::one_row(std::size_t side, const Batch& batch, std::size_t row,
                           std::span<const std::pair<std::uint32_t, std::uint32_t>> partners) {
    JoinSide& own = sides_[side];
    JoinSide& other = sides_[1 - side];
    const Change change = batch.change(row);
    const bool add = adds(change);
    const bool timed = time_columns_[side].has_value();
    const std::int64_t time = timed ? batch.columns[*time_columns_[side]]->at<std::int64_t>(row) : 0;
    if (timed && is_late(side, time, std::max(batch.watermark_at(row), kNoWatermark))) {
        ++runtime_.late_rows;
        return;
    }
    const bool outer_in_time = timed && (keeps(0) || keeps(1));  // what stays alone is told when it is over
    const std::string_view key = own.encoder.key(row);
    const auto stored_count = static_cast<std::uint32_t>(partners.size());
    const Change sign = add ? Change::insert : Change::remove;

    if (semi_) {
        const bool semi = node_.kind == JoinPlan::Kind::semi;
        if (side == 0) {
            if (semi == !partners.empty()) append_alone(0, batch, row, change);
        } else {
            for (const auto& [_, partner] : partners) {
                auto& count = other.row(partner).partners;
                add ? ++count : --count;
                const bool came = add && count == 1, went = !add && count == 0;
                if (came || went) append_stored_alone(0, partner, came == semi ? Change::insert : Change::remove);
            }
        }
    } else {
        if (partners.empty() && keeps(side) && !outer_in_time) append_alone(side, batch, row, sign);
        for (const auto& [_, partner] : partners) {
            auto& count = other.row(partner).partners;
            if (add && count == 0 && keeps(1 - side) && !outer_in_time) append_stored_alone(1 - side, partner, Change::remove);
            append_pair(side, batch, row, partner, (keeps(0) || keeps(1)) ? sign : change);
            add ? ++count : --count;
            if (!add && count == 0 && keeps(1 - side) && !outer_in_time) append_stored_alone(1 - side, partner, Change::insert);
        }
    }
    if (add) {
        const auto made = own.add(key, batch, row, time);
        own.row(made).partners = stored_count;
        if (timed) expiry_[side].emplace(expires(side, time), made);
    } else {
        const auto gone = own.find(key, batch, row);
        if (gone != KeyTable::kNone) own.erase(gone);
    }
}

void JoinOperator::on_watermark(std::int64_t watermark) {
    for (std::size_t side = 0; side < 2; ++side) {
        auto& expiry = expiry_[side];
        const bool windows = node_.flavour == JoinPlan::Flavour::window;
        while (!expiry.empty() && (windows ? expiry.begin()->first <= watermark : expiry.begin()->first < watermark)) {
            const auto stored = expiry.begin()->second;
            expiry.erase(expiry.begin());
            if (keeps(side) && sides_[side].row(stored).partners == 0) append_stored_alone(side, stored, Change::insert);
            sides_[side].erase(stored);
        }
    }
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

void JoinOperator::save(std::string& out) const {
    for (const auto& side : sides_) side.save(out);
}

void JoinOperator::load(CellReader& in) {
    for (std::size_t side = 0; side < 2; ++side) {
        sides_[side].load(in);
        expiry_[side].clear();
        if (time_columns_[side])
            sides_[side].each([&](std::uint32_t row) { expiry_[side].emplace(expires(side, sides_[side].row(row).time), row); });
    }
}

}  // namespace kns::sql
