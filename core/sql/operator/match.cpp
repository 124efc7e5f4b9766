#include "core/sql/operator/match.hpp"

#include <algorithm>

#include "core/sql/operator/sort_key.hpp"

namespace kns::sql {
namespace {

constexpr std::size_t kNodeBytes = 112;
constexpr std::size_t kMaxRuns = 100'000;  // of one partition: a pattern that lets so many begin and none end

std::set<std::size_t> parts_in(const Expr& expression) {
    std::set<std::size_t> out;
    collect_columns(expression, out);
    return out;
}

void append_cell(Column& to, const Column& from, std::size_t row) {
    if (to.layout() == Layout::bytes && !from.is_null(row))
        to.append(to.arena().keep(from.at<std::string_view>(row)));
    else
        to.append_from(from, row);
}

}  // namespace

MatchOperator::MatchOperator(Runtime& runtime, const MatchPlan& node, const Schema& schema, const Schema& input)
    : Operator(runtime), node_(node), layouts_(layouts_of(input)), encoder_(node.partition_by), out_(schema), ready_(input) {
    for (const auto key : node.partition_by) key_layouts_.push_back(input[key].type.layout());
    std::size_t next = input.size();
    for (std::size_t i = 0; i < node_.parts.size(); ++i) {
        MatchPart& part = node_.parts[i];
        part_columns_.push_back(next);
        accumulator_.emplace_back();
        if (part.kind == MatchPart::Kind::aggregate) {
            part.call.arguments.clear();
            for (std::size_t a = 0; a < part.arguments.size(); ++a) part.call.arguments.push_back(next + a);
            accumulator_.back() = accumulators_.size();
            accumulators_.push_back(make_accumulator(part.call, false));
            accumulator_part_.push_back(i);
        }
        next += part.arguments.size();
    }
    for (const auto& variable : node_.pattern)
        condition_parts_.push_back(variable.condition ? parts_in(*variable.condition) : std::set<std::size_t>());
    for (const auto& measure : node_.measures) measure_parts_.merge(parts_in(measure));
}

std::shared_ptr<const Batch> MatchOperator::extended(Batch batch) {
    context_.now_us = runtime_.now_us;
    std::vector<ColumnPtr> more;
    for (const auto& part : node_.parts)
        for (const auto& argument : part.arguments) more.push_back(evaluate(argument, batch, context_));
    for (const auto& [row, reason] : context_.errors.list()) runtime_.bad_row(reason);
    context_.errors.clear();
    batch.columns.insert(batch.columns.end(), more.begin(), more.end());
    return std::make_shared<const Batch>(std::move(batch));
}

void MatchOperator::push(std::size_t, Batch batch) {
    if (node_.processing) {
        encoder_.encode(batch, batch.rows());
        std::vector<std::uint32_t> partitions;
        for (std::size_t row = 0; row < batch.size; ++row) partitions.push_back(keys_.find_or_add(encoder_.key(row)).index);
        partitions_.resize(std::max(partitions_.size(), keys_.bound()));
        const auto rows = extended(std::move(batch));
        for (std::uint32_t row = 0; row < rows->size; ++row) process(rows, row, partitions[row], runtime_.now_us);
        if (!out_.empty()) emit(out_.take(watermark()));
        return;
    }
    for (std::size_t row = 0; row < batch.size; ++row) {
        if (batch.columns[node_.time_column]->at<std::int64_t>(row) <= batch.watermark_at(row)) {
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

void MatchOperator::on_watermark(std::int64_t watermark) {
    const auto flush = [&] {
        if (ready_.empty()) return;
        Batch batch = ready_.take(this->watermark());
        encoder_.encode(batch, batch.rows());
        std::vector<std::uint32_t> partitions;
        for (std::size_t row = 0; row < batch.size; ++row) partitions.push_back(keys_.find_or_add(encoder_.key(row)).index);
        partitions_.resize(std::max(partitions_.size(), keys_.bound()));
        const auto rows = extended(std::move(batch));
        for (std::uint32_t row = 0; row < rows->size; ++row)
            process(rows, row, partitions[row], rows->columns[node_.time_column]->at<std::int64_t>(row));
    };
    while (!waiting_.empty()) {
        const auto first = waiting_.begin();
        CellReader in(first->second);
        for (std::size_t i = 0; i < layouts_.size(); ++i) in.read_kept(ready_.column(i));
        const bool early = ready_.column(node_.time_column).at<std::int64_t>(ready_.size()) > watermark;
        ready_.finish_row();
        if (early) {
            ready_.drop_last(1);
            break;
        }
        bytes_ -= kNodeBytes + first->first.size() + first->second.size();
        waiting_.erase(first);
        if (ready_.size() >= kBatchRows) flush();
    }
    flush();
    if (node_.within) {
        const auto holding = holding_;
        for (const auto key : holding) {
            drop_timed_out(partitions_[key], watermark);
            release(partitions_[key], key);
            forget_rows(partitions_[key]);
        }
    }
    if (!out_.empty()) emit(out_.take(this->watermark()));
}

std::uint32_t MatchOperator::new_group() {
    if (accumulators_.empty()) return KeyTable::kNone;
    if (!free_groups_.empty()) {
        const auto group = free_groups_.back();
        free_groups_.pop_back();
        for (auto& one : accumulators_) one->clear(group);
        return group;
    }
    ++groups_;
    for (auto& one : accumulators_) one->resize(std::max<std::size_t>(groups_, 16) * 2);
    return static_cast<std::uint32_t>(groups_ - 1);
}

void MatchOperator::free_group(Run& run) {
    if (run.group != KeyTable::kNone) free_groups_.push_back(run.group);
    run.group = KeyTable::kNone;
}

std::uint32_t MatchOperator::copy_group(std::uint32_t group) {
    const auto made = new_group();
    if (made != KeyTable::kNone && group != KeyTable::kNone)
        for (auto& one : accumulators_) one->merge(made, *one, group);
    return made;
}

Batch MatchOperator::values_of(const Partition& partition, const Run& run, const std::set<std::size_t>& wanted,
                               std::optional<std::size_t> variable, std::uint64_t row) {
    Batch out{.size = 1};
    out.columns.resize(node_.parts.size());
    for (const auto index : wanted) {
        const MatchPart& part = node_.parts[index];
        auto column = std::make_shared<Column>(part.type.layout());
        if (part.kind == MatchPart::Kind::aggregate) {
            const std::size_t which = *accumulator_[index];
            const bool counts = variable && (!part.variable || *part.variable == *variable);
            if (!counts && run.group != KeyTable::kNone) {
                accumulators_[which]->result(run.group, *column);
            } else {
                const auto scratch = copy_group(run.group);
                if (counts) accumulators_[which]->add(scratch, *partition.row(row).batch, partition.row(row).index);
                accumulators_[which]->result(scratch, *column);
                free_groups_.push_back(scratch);
            }
        } else {
            // Rows of the variable, or of all; the tested one is the last of them.
            std::optional<std::uint64_t> found;
            const bool with = variable && (!part.variable || *part.variable == *variable);
            if (part.variable) {
                const auto& rows = run.rows[*part.variable];
                const std::size_t size = rows.size() + (with ? 1 : 0);
                if (part.distance < size) {
                    const std::size_t at = part.kind == MatchPart::Kind::first ? part.distance : size - 1 - part.distance;
                    found = at < rows.size() ? rows[at] : row;
                }
            } else {
                // A match's rows follow each other without a gap.
                std::uint64_t behind = run.start;
                for (const auto& rows : run.rows) behind += rows.size();
                const std::uint64_t size = behind - run.start + (with ? 1 : 0);
                if (part.distance < size)
                    found = part.kind == MatchPart::Kind::first ? run.start + part.distance : run.start + size - 1 - part.distance;
            }
            if (found)
                append_cell(*column, *partition.row(*found).batch->columns[part_columns_[index]], partition.row(*found).index);
            else
                column->append_null();
        }
        out.columns[index] = std::move(column);
    }
    return out;
}

bool MatchOperator::passes(const Partition& partition, const Run& run, std::size_t variable, std::uint64_t row) {
    const auto& condition = node_.pattern[variable].condition;
    if (!condition) return true;
    const Batch values = values_of(partition, run, condition_parts_[variable], variable, row);
    const ColumnPtr result = evaluate(*condition, values, context_);
    if (!context_.errors.empty()) {
        runtime_.bad_row(context_.errors.list().front().second);
        context_.errors.clear();
        return false;
    }
    return !result->is_null(0) && result->at<std::int64_t>(0) != 0;
}

void MatchOperator::take(const Partition& partition, Run& run, std::size_t variable, std::uint64_t row) {
    if (run.rows.empty()) run.rows.resize(node_.pattern.size());
    run.rows[variable].push_back(row);
    if (run.group == KeyTable::kNone) run.group = new_group();
    const Row& taken = partition.row(row);
    for (std::size_t i = 0; i < accumulators_.size(); ++i) {
        const auto& part = node_.parts[accumulator_part_[i]];
        if (!part.variable || *part.variable == variable) accumulators_[i]->add(run.group, *taken.batch, taken.index);
    }
}

void MatchOperator::advance(Partition& partition, Run run, std::uint64_t row, std::vector<Run>& next, std::vector<Run>& whole) {
    if (run.rows.empty()) run.rows.resize(node_.pattern.size());
    struct Choice {
        std::size_t step;
        std::uint32_t count;
    };
    std::vector<Choice> choices;
    // One more row of this step's variable, or the first of a later one's.
    for (std::size_t step = run.step; step < node_.pattern.size(); ++step) {
        const auto& variable = node_.pattern[step];
        const std::uint32_t count = step == run.step ? run.count : 0;
        const bool taken = (!variable.most || count < *variable.most) && passes(partition, run, step, row);
        if (taken) choices.push_back({.step = step, .count = count + 1});
        if (count < variable.least) break;  // what follows has to wait
        if (taken && !variable.reluctant && variable.most != std::optional<std::uint32_t>(variable.least)) break;  // greedy
    }
    const auto finish = [&](Run made, const Choice& choice) {
        made.step = choice.step, made.count = choice.count;
        take(partition, made, made.step, row);
        bool complete = made.count >= node_.pattern[made.step].least;
        for (std::size_t step = made.step + 1; step < node_.pattern.size(); ++step)
            complete = complete && node_.pattern[step].least == 0;
        (complete ? whole : next).push_back(std::move(made));
    };
    if (choices.empty()) return free_group(run);
    for (std::size_t i = 0; i + 1 < choices.size(); ++i) {
        Run copy = run;
        copy.group = copy_group(run.group);
        finish(std::move(copy), choices[i]);
    }
    finish(std::move(run), choices.back());
}

// Where the next match may begin; nothing: the row that is skipped to is not there, or is the match's own first.
std::optional<std::uint64_t> MatchOperator::skip_target(const Run& run) const {
    if (node_.skip == SkipTo::past_last_row) {
        std::uint64_t behind = run.start;
        for (const auto& rows : run.rows) behind += rows.size();
        return behind;
    }
    if (node_.skip == SkipTo::next_row) return run.start + 1;
    const auto& rows = run.rows[*node_.skip_variable];
    if (rows.empty()) return std::nullopt;
    const std::uint64_t target = node_.skip == SkipTo::first ? rows.front() : rows.back();
    return target == run.start ? std::nullopt : std::optional(target);
}

void MatchOperator::drop_timed_out(Partition& partition, std::int64_t time) {
    if (!node_.within) return;
    std::erase_if(partition.runs, [&](Run& run) {
        const bool over = time == kEndOfTime || time - partition.row(run.start).time >= *node_.within;
        if (over) free_group(run);
        return over;
    });
}

void MatchOperator::release(Partition& partition, std::uint32_t key) {
    while (!partition.whole.empty()) {
        if (!partition.runs.empty() && partition.runs.front().start < partition.whole.front().start) break;
        Run match = std::move(partition.whole.front());
        partition.whole.erase(partition.whole.begin());
        tell(partition, match, key);
        auto from = skip_target(match);
        if (!from) {
            runtime_.bad_row("AFTER MATCH SKIP leads nowhere: the variable has no row, or its row is the match's first");
            from = match.start + 1;
        }
        free_group(match);
        for (auto* runs : {&partition.runs, &partition.whole})
            std::erase_if(*runs, [&](Run& run) {
                if (run.start < *from) free_group(run);
                return run.start < *from;
            });
    }
    partition.whole.empty() ? holding_.erase(key) : holding_.insert(key).second;
}

void MatchOperator::process(const std::shared_ptr<const Batch>& batch, std::uint32_t index, std::uint32_t key, std::int64_t time) {
    Partition& partition = partitions_[key];
    if (node_.within) {
        drop_timed_out(partition, time);
        release(partition, key);
    }
    partition.rows.push_back({.batch = batch, .index = index, .time = time});
    const std::uint64_t row = partition.first_row + partition.rows.size() - 1;
    std::vector<Run> runs = std::move(partition.runs), next, whole;
    partition.runs.clear();
    for (auto& run : runs) advance(partition, std::move(run), row, next, whole);
    advance(partition, Run{.start = row}, row, next, whole);
    partition.runs = std::move(next);
    for (auto& run : whole) {
        const auto behind = std::ranges::upper_bound(partition.whole, run.start, {}, &Run::start);
        partition.whole.insert(behind, std::move(run));
    }
    release(partition, key);
    if (partition.runs.size() > kMaxRuns) {
        runtime_.bad_row(
            "a pattern has more than 100,000 matches that have begun and do not end; they were dropped: WITHIN bounds them");
        for (auto& run : partition.runs) free_group(run);
        partition.runs.clear();
        release(partition, key);
    }
    forget_rows(partition);
    if (out_.size() >= kBatchRows) emit(out_.take(watermark()));
}

void MatchOperator::forget_rows(Partition& partition) {
    std::uint64_t oldest = partition.first_row + partition.rows.size();
    for (const auto* runs : {&partition.runs, &partition.whole})
        for (const auto& run : *runs) oldest = std::min(oldest, run.start);
    while (partition.first_row < oldest) {
        partition.rows.pop_front();
        ++partition.first_row;
    }
    if (partition.rows.empty()) partition.rows.shrink_to_fit();
}

void MatchOperator::tell(const Partition& partition, const Run& run, std::uint32_t key) {
    CellReader in(keys_.key(key));
    for (std::size_t i = 0; i < key_layouts_.size(); ++i) out_.column(i).append(in.read(key_layouts_[i]));
    const Batch values = values_of(partition, run, measure_parts_, {}, 0);
    for (std::size_t i = 0; i < node_.measures.size(); ++i)
        append_cell(out_.column(key_layouts_.size() + i), *evaluate(node_.measures[i], values, context_), 0);
    for (const auto& [row, reason] : context_.errors.list()) runtime_.bad_row(reason);
    context_.errors.clear();
    out_.finish_row();
}

void MatchOperator::save(std::string& out) const {
    const auto whole = [&](std::uint64_t value) { write_cell(out, Value(static_cast<std::int64_t>(value)), Layout::whole); };
    whole(sequence_);
    write_count(out, waiting_.size());
    for (const auto& [key, cells] : waiting_)
        write_cell(out, Value(key), Layout::bytes), write_cell(out, Value(cells), Layout::bytes);
    write_count(out, keys_.size());
    keys_.each([&](std::uint32_t key) {
        const Partition& partition = partitions_[key];
        write_cell(out, Value(std::string(keys_.key(key))), Layout::bytes);
        whole(partition.first_row);
        write_count(out, partition.rows.size());
        for (const auto& row : partition.rows) {
            whole(static_cast<std::uint64_t>(row.time));
            for (std::size_t i = 0; i < layouts_.size(); ++i) write_cell(out, *row.batch->columns[i], row.index);
        }
        for (const auto* runs : {&partition.runs, &partition.whole}) {
            write_count(out, runs->size());
            for (const auto& run : *runs) {
                whole(run.start), whole(run.step), whole(run.count);
                for (const auto& rows : run.rows) {
                    write_count(out, rows.size());
                    for (const auto row : rows) whole(row);
                }
                for (const auto& one : accumulators_) one->save(run.group, out);
            }
        }
    });
}

void MatchOperator::load(CellReader& in) {
    const auto whole = [&] {
        const Value value = in.read(Layout::whole);
        return is_null(value) ? std::uint64_t{0} : static_cast<std::uint64_t>(std::get<std::int64_t>(value));
    };
    const auto text = [&] {
        Value value = in.read(Layout::bytes);
        return is_null(value) ? std::string() : std::move(std::get<std::string>(value));
    };
    waiting_.clear(), keys_ = {}, partitions_.clear(), holding_.clear(), bytes_ = 0;
    sequence_ = whole();
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        std::string key = text();
        std::string cells = text();
        bytes_ += kNodeBytes + key.size() + cells.size();
        waiting_.emplace(std::move(key), std::move(cells));
    }
    for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
        const auto key = keys_.find_or_add(text()).index;
        partitions_.resize(std::max<std::size_t>(partitions_.size(), key + 1));
        Partition& partition = partitions_[key];
        partition.first_row = whole();
        BatchBuilder rows(layouts_);
        std::vector<std::int64_t> times;
        for (std::size_t r = in.count(); r > 0 && !in.failed(); --r) {
            times.push_back(static_cast<std::int64_t>(whole()));
            for (std::size_t i = 0; i < layouts_.size(); ++i) in.read_kept(rows.column(i));
            rows.finish_row();
        }
        const auto batch = extended(rows.take(watermark()));
        for (std::uint32_t i = 0; i < times.size(); ++i) partition.rows.push_back({.batch = batch, .index = i, .time = times[i]});
        for (auto* runs : {&partition.runs, &partition.whole}) {
            for (std::size_t r = in.count(); r > 0 && !in.failed(); --r) {
                Run run{.start = whole(), .step = static_cast<std::size_t>(whole()), .count = static_cast<std::uint32_t>(whole())};
                for (std::size_t v = 0; v < node_.pattern.size(); ++v) {
                    run.rows.emplace_back();
                    for (std::size_t count = in.count(); count > 0 && !in.failed(); --count) run.rows.back().push_back(whole());
                }
                run.group = new_group();
                for (auto& one : accumulators_) one->load(run.group, in);
                runs->push_back(std::move(run));
            }
        }
        if (!partition.whole.empty()) holding_.insert(key);
    }
}

}  // namespace kns::sql
