#include "core/sql/operator/session_aggregate.hpp"

#include "core/sql/expression/calendar.hpp"

namespace kns::sql {

SessionAggregateOperator::SessionAggregateOperator(Runtime& runtime, const AggregatePlan& node, const Schema& schema,
                                                   const Schema& input)
    : Operator(runtime),
      gap_(node.window->windowing.size),
      processing_(node.window->windowing.processing),
      time_column_(*node.window->time_column),
      encoder_(node.keys),
      accumulators_(node.calls, false),
      out_(schema) {
    for (const auto key : node.keys) key_layouts_.push_back(input[key].type.layout());
}

std::uint32_t SessionAggregateOperator::new_group() {
    if (!free_groups_.empty()) {
        const auto group = free_groups_.back();
        free_groups_.pop_back();
        return group;
    }
    accumulators_.resize(++groups_);
    return static_cast<std::uint32_t>(groups_ - 1);
}

void SessionAggregateOperator::push(std::size_t, Batch batch) {
    encoder_.encode(batch, batch.rows());
    const std::int64_t now = runtime_.now_us / kMicrosPerMs * kMicrosPerMs;
    for (std::size_t row = 0; row < batch.size; ++row) {
        const std::int64_t time = processing_ ? now : batch.columns[time_column_]->at<std::int64_t>(row);
        const std::int64_t mark = processing_ ? kNoWatermark : batch.watermark_at(row);
        const auto found = keys_.find_or_add(encoder_.key(row));
        if (found.index >= sessions_.size()) sessions_.resize(found.index + 1);
        count(batch, row, found.index, time, mark);
        if (sessions_[found.index].empty()) keys_.erase(found.index);
    }
    if (!out_.empty()) emit(out_.take(watermark()));
}

void SessionAggregateOperator::count(const Batch& batch, std::size_t row, std::uint32_t key, std::int64_t time, std::int64_t mark) {
    auto& sessions = sessions_[key];
    Session grown{.start = time, .end = time + gap_, .group = 0};
    std::vector<std::size_t> met;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        const Session& other = sessions[i];
        if (other.end - kMicrosPerMs <= mark) continue;  // over before this row came, though it has not gone out yet
        if (other.start > time + gap_ || other.end < time) continue;
        grown.start = std::min(grown.start, other.start);
        grown.end = std::max(grown.end, other.end);
        met.push_back(i);
    }
    if (grown.end - kMicrosPerMs <= mark) {
        ++runtime_.late_rows;
        return;
    }
    if (met.empty()) {
        grown.group = new_group();
        sessions.push_back(grown);
        ends_.emplace(grown.end, key);
    } else {
        Session& kept = sessions[met[0]];
        ends_.erase({kept.end, key});
        for (std::size_t n = 1; n < met.size(); ++n) {
            const Session& other = sessions[met[n]];
            accumulators_.merge(kept.group, accumulators_, other.group);
            accumulators_.clear(other.group);
            free_groups_.push_back(other.group);
            ends_.erase({other.end, key});
        }
        kept.start = grown.start, kept.end = grown.end;
        grown = kept;
        for (std::size_t n = met.size(); n-- > 1;) sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(met[n]));
        ends_.emplace(grown.end, key);
        // Another one that is over may have ended at the same time.
        for (const auto& other : sessions) ends_.emplace(other.end, key);
    }
    accumulators_.add(grown.group, batch, row);
}

void SessionAggregateOperator::fire(std::int64_t watermark) {
    while (!ends_.empty() && ends_.begin()->first - kMicrosPerMs <= watermark) {
        const auto [end, key] = *ends_.begin();
        ends_.erase(ends_.begin());
        auto& sessions = sessions_[key];
        for (std::size_t i = 0; i < sessions.size();) {
            if (sessions[i].end != end) {
                ++i;
                continue;
            }
            const Session session = sessions[i];
            CellReader in(keys_.key(key));
            for (std::size_t k = 0; k < key_layouts_.size(); ++k) out_.column(k).append(in.read(key_layouts_[k]));
            accumulators_.result(session.group, out_, key_layouts_.size());
            const std::size_t at = key_layouts_.size() + accumulators_.size();
            out_.column(at).append(processing_ ? to_local(session.start) : session.start);
            out_.column(at + 1).append(processing_ ? to_local(session.end) : session.end);
            out_.column(at + 2).append(session.end - kMicrosPerMs);
            out_.finish_row();
            accumulators_.clear(session.group);
            free_groups_.push_back(session.group);
            sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (sessions.empty()) {
            sessions.shrink_to_fit();
            keys_.erase(key);
        }
        if (out_.size() >= kBatchRows) emit(out_.take(this->watermark()));
    }
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

void SessionAggregateOperator::tick() {
    if (processing_) fire(runtime_.now_us);
}

std::optional<std::int64_t> SessionAggregateOperator::next_tick() const {
    if (!processing_ || ends_.empty()) return {};
    return ends_.begin()->first - kMicrosPerMs;
}

void SessionAggregateOperator::save(std::string& out) const {
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t key) {
        write_cell(out, Value(std::string(keys_.key(key))), Layout::bytes);
        write_count(out, sessions_[key].size());
        for (const auto& session : sessions_[key]) {
            write_cell(out, Value(session.start), Layout::whole);
            write_cell(out, Value(session.end), Layout::whole);
            accumulators_.save(session.group, out);
        }
    });
}

void SessionAggregateOperator::load(CellReader& in) {
    const auto whole = [&] {
        const Value value = in.read(Layout::whole);
        return is_null(value) ? std::int64_t{0} : std::get<std::int64_t>(value);
    };
    keys_ = {}, sessions_.clear(), ends_.clear();
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const Value key = in.read(Layout::bytes);
        const auto found = keys_.find_or_add(is_null(key) ? std::string_view() : std::string_view(std::get<std::string>(key)));
        if (found.index >= sessions_.size()) sessions_.resize(found.index + 1);
        for (std::size_t s = in.count(); s > 0 && !in.failed(); --s) {
            Session session{.start = whole(), .end = whole(), .group = new_group()};
            accumulators_.load(session.group, in);
            ends_.emplace(session.end, found.index);
            sessions_[found.index].push_back(session);
        }
    }
}

std::size_t SessionAggregateOperator::state_bytes() const {
    return keys_.bytes() + accumulators_.bytes() + ends_.size() * 64 + sessions_.capacity() * sizeof(sessions_[0]);
}

}  // namespace kns::sql
