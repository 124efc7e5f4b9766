#include "core/sql/operator/accumulator.hpp"

#include <cmath>
#include <deque>
#include <map>

#include "core/sql/expression/cast.hpp"
#include "core/sql/expression/json_text.hpp"
#include "core/sql/operator/key_table.hpp"

namespace kns::sql {
namespace {

using I = std::int64_t;
using S = std::string_view;

template <class T>
void save_value(std::string& out, const T& value) {
    if constexpr (std::is_same_v<T, double>)
        write_cell(out, Value(value), Layout::floating);
    else if constexpr (std::is_same_v<T, Decimal>)
        write_cell(out, Value(value), Layout::exact);
    else if constexpr (std::is_same_v<T, std::string>)
        write_cell(out, Value(value), Layout::bytes);
    else
        write_cell(out, Value(static_cast<I>(value)), Layout::whole);
}
template <class T>
T load_value(CellReader& in) {
    if constexpr (std::is_same_v<T, double>) {
        const Value v = in.read(Layout::floating);
        return is_null(v) ? T{} : std::get<double>(v);
    } else if constexpr (std::is_same_v<T, Decimal>) {
        const Value v = in.read(Layout::exact);
        return is_null(v) ? T{} : std::get<Decimal>(v);
    } else if constexpr (std::is_same_v<T, std::string>) {
        Value v = in.read(Layout::bytes);
        return is_null(v) ? T{} : std::move(std::get<std::string>(v));
    } else {
        const Value v = in.read(Layout::whole);
        return is_null(v) ? T{} : static_cast<T>(std::get<I>(v));
    }
}

// The common shape: State has add, retract, merge, result, save and load; Derived says what a row's argument is.
template <class State>
class Stateful : public Accumulator {
   public:
    void resize(std::size_t count) override { states_.resize(count); }
    void clear(std::size_t group) override { states_[group] = State{}; }
    void merge(std::size_t group, const Accumulator& from, std::size_t from_group) override {
        states_[group].merge(static_cast<const Stateful&>(from).states_[from_group]);
    }
    void save(std::size_t group, std::string& out) const override { states_[group].save(out); }
    void load(std::size_t group, CellReader& in) override { states_[group].load(in); }
    std::size_t bytes() const override {
        std::size_t out = states_.capacity() * sizeof(State);
        if constexpr (requires(const State& s) { s.bytes(); })
            for (const auto& state : states_) out += state.bytes();
        return out;
    }

   protected:
    std::vector<State> states_;
};

// COUNT(*), COUNT(x).
struct CountState {
    I count = 0;
    void merge(const CountState& other) { count += other.count; }
    void save(std::string& out) const { save_value(out, count); }
    void load(CellReader& in) { count = load_value<I>(in); }
};
class Count : public Stateful<CountState> {
   public:
    explicit Count(std::optional<std::size_t> argument) : argument_(argument) {}
    void add(std::size_t group, const Batch& batch, std::size_t row) override { states_[group].count += counts(batch, row); }
    void retract(std::size_t group, const Batch& batch, std::size_t row) override { states_[group].count -= counts(batch, row); }
    void add_all(const std::uint32_t* groups, const Batch& batch, Rows rows) override {
        if (argument_ && batch.columns[*argument_]->may_be_null()) return Accumulator::add_all(groups, batch, rows);
        for (std::size_t n = 0; n < rows.count; ++n) ++states_[groups[n]].count;
    }
    void result(std::size_t group, Column& out) const override { out.append(states_[group].count); }

   private:
    I counts(const Batch& batch, std::size_t row) const { return argument_ && batch.columns[*argument_]->is_null(row) ? 0 : 1; }
    std::optional<std::size_t> argument_;
};

// SUM and AVG. The sum of whole numbers wraps as Java's does.
template <class T>
struct SumState {
    T sum{};
    I count = 0;
    bool overflow = false;
    void add(T value) {
        if constexpr (std::is_same_v<T, I>)
            sum = static_cast<I>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(value));
        else if constexpr (std::is_same_v<T, Decimal>) {
            const auto next = kns::sql::add(sum, value);
            overflow = overflow || !next;
            sum = next.value_or(sum);
        } else
            sum += value;
    }
    void merge(const SumState& other) {
        add(other.sum);
        count += other.count;
        overflow = overflow || other.overflow;
    }
    void save(std::string& out) const { save_value(out, sum), save_value(out, count), save_value(out, I{overflow}); }
    void load(CellReader& in) { sum = load_value<T>(in), count = load_value<I>(in), overflow = load_value<I>(in) != 0; }
};
enum class SumKind { sum, sum0, average };
template <class T>
class Sum : public Stateful<SumState<T>> {
   public:
    Sum(std::size_t argument, SumKind kind, const Type& from, const Type& to)
        : argument_(argument), kind_(kind), from_(from), to_(to) {}
    void add(std::size_t group, const Batch& batch, std::size_t row) override { change(group, batch, row, false); }
    void retract(std::size_t group, const Batch& batch, std::size_t row) override { change(group, batch, row, true); }
    void add_all(const std::uint32_t* groups, const Batch& batch, Rows rows) override {
        const Column& column = *batch.columns[argument_];
        if (column.may_be_null()) return Accumulator::add_all(groups, batch, rows);
        std::size_t n = 0;
        rows.each([&](std::size_t row) {
            auto& state = this->states_[groups[n++]];
            state.add(column.at<T>(row));
            ++state.count;
        });
    }
    void result(std::size_t group, Column& out) const override {
        const auto& state = this->states_[group];
        if ((state.count == 0 && kind_ != SumKind::sum0) || state.overflow) return out.append_null();
        if (kind_ != SumKind::average) return put(out, state.sum);
        if constexpr (std::is_same_v<T, I>)
            put(out, state.sum / state.count);
        else if constexpr (std::is_same_v<T, double>)
            put(out, state.sum / static_cast<double>(state.count));
        else {
            const auto value = divide(state.sum, from_.scale, state.count, 0, to_.scale);
            value ? out.append(*value) : out.append_null();
        }
    }

   private:
    void put(Column& out, T value) const {
        if constexpr (std::is_same_v<T, I>) {
            switch (to_.kind) {
                case Kind::tinyint: value = static_cast<std::int8_t>(value); break;
                case Kind::smallint: value = static_cast<std::int16_t>(value); break;
                case Kind::integer: value = static_cast<std::int32_t>(value); break;
                default: break;
            }
        }
        if constexpr (std::is_same_v<T, double>)
            if (to_.kind == Kind::real) value = static_cast<double>(static_cast<float>(value));
        out.append(value);
    }
    void change(std::size_t group, const Batch& batch, std::size_t row, bool minus) {
        const Column& column = *batch.columns[argument_];
        if (column.is_null(row)) return;
        auto& state = this->states_[group];
        const T value = column.at<T>(row);
        if constexpr (std::is_same_v<T, I>)
            state.add(minus ? static_cast<I>(0 - static_cast<std::uint64_t>(value)) : value);
        else
            state.add(minus ? -value : value);
        state.count += minus ? -1 : 1;
    }
    std::size_t argument_;
    SumKind kind_;
    Type from_, to_;
};

// MIN and MAX of rows that stay: the best so far.
template <class T>
struct BestState {
    T value{};
    bool any = false;
    void save(std::string& out) const { save_value(out, I{any}), save_value(out, value); }
    void load(CellReader& in) { any = load_value<I>(in) != 0, value = load_value<T>(in); }
    std::size_t bytes() const {
        if constexpr (std::is_same_v<T, std::string>) return value.capacity();
        return 0;
    }
};
template <class T, bool kLeast>
class Best : public Accumulator {
    using Cell = std::conditional_t<std::is_same_v<T, std::string>, S, T>;

   public:
    explicit Best(std::size_t argument) : argument_(argument) {}
    void resize(std::size_t count) override { states_.resize(count); }
    void clear(std::size_t group) override { states_[group] = {}; }
    void add(std::size_t group, const Batch& batch, std::size_t row) override {
        const Column& column = *batch.columns[argument_];
        if (!column.is_null(row)) take(states_[group], column.at<Cell>(row));
    }
    void retract(std::size_t, const Batch&, std::size_t) override {}
    void merge(std::size_t group, const Accumulator& from, std::size_t from_group) override {
        const auto& other = static_cast<const Best&>(from).states_[from_group];
        if (other.any) take(states_[group], Cell(other.value));
    }
    void result(std::size_t group, Column& out) const override {
        const auto& state = states_[group];
        if (!state.any) return out.append_null();
        if constexpr (std::is_same_v<T, std::string>)
            out.append(out.arena().keep(state.value));
        else
            out.append(state.value);
    }
    void save(std::size_t group, std::string& out) const override { states_[group].save(out); }
    void load(std::size_t group, CellReader& in) override { states_[group].load(in); }
    std::size_t bytes() const override {
        std::size_t out = states_.capacity() * sizeof(BestState<T>);
        if constexpr (std::is_same_v<T, std::string>)
            for (const auto& state : states_) out += state.bytes();
        return out;
    }

   private:
    static void take(BestState<T>& state, const Cell& value) {
        if (state.any && (kLeast ? !(value < Cell(state.value)) : !(Cell(state.value) < value))) return;
        state.value = T(value);
        state.any = true;
    }
    std::size_t argument_;
    std::vector<BestState<T>> states_;
};

// What has to remember every value: how often each is there, in their order.
struct ValueOrder {
    bool operator()(const Value& a, const Value& b) const { return a < b; }
};
struct CountedState {
    std::map<Value, I, ValueOrder> values;
    void change(const Value& value, I by) {
        const auto [at, added] = values.try_emplace(value, 0);
        at->second += by;
        if (at->second == 0) values.erase(at);
    }
    void merge(const CountedState& other) {
        for (const auto& [value, count] : other.values) change(value, count);
    }
    std::size_t bytes() const { return values.size() * 96; }
    void save_as(std::string& out, Layout layout) const {
        write_count(out, values.size());
        for (const auto& [value, count] : values) write_cell(out, value, layout), save_value(out, count);
    }
    void load_as(CellReader& in, Layout layout) {
        values.clear();
        for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
            Value value = in.read(layout);
            values[std::move(value)] = load_value<I>(in);
        }
    }
};
class Counted : public Accumulator {
   public:
    explicit Counted(const AggregateCall& call) : argument_(call.arguments[0]), layout_(call.argument_types[0].layout()) {}
    void resize(std::size_t count) override { states_.resize(count); }
    void clear(std::size_t group) override { states_[group].values.clear(); }
    void add(std::size_t group, const Batch& batch, std::size_t row) override { change(group, batch, row, 1); }
    void retract(std::size_t group, const Batch& batch, std::size_t row) override { change(group, batch, row, -1); }
    void merge(std::size_t group, const Accumulator& from, std::size_t from_group) override {
        states_[group].merge(static_cast<const Counted&>(from).states_[from_group]);
    }
    void save(std::size_t group, std::string& out) const override { states_[group].save_as(out, layout_); }
    void load(std::size_t group, CellReader& in) override { states_[group].load_as(in, layout_); }
    std::size_t bytes() const override {
        std::size_t out = 0;
        for (const auto& state : states_) out += sizeof state + state.bytes();
        return out;
    }

   protected:
    void change(std::size_t group, const Batch& batch, std::size_t row, I by) {
        const Column& column = *batch.columns[argument_];
        if (!column.is_null(row)) states_[group].change(column.value(row), by);
    }
    std::size_t argument_;
    Layout layout_;
    std::vector<CountedState> states_;
};
class RetractableBest : public Counted {
   public:
    RetractableBest(const AggregateCall& call, bool least) : Counted(call), least_(least) {}
    void result(std::size_t group, Column& out) const override {
        const auto& values = states_[group].values;
        // Retractions that overtook their rows leave negative counts, which are no values.
        if (least_) {
            for (auto it = values.begin(); it != values.end(); ++it)
                if (it->second > 0) return out.append(it->first);
        } else {
            for (auto it = values.rbegin(); it != values.rend(); ++it)
                if (it->second > 0) return out.append(it->first);
        }
        out.append_null();
    }

   private:
    bool least_;
};
// PERCENTILE: between the two nearest values, in proportion.
class Percentile : public Counted {
   public:
    explicit Percentile(const AggregateCall& call) : Counted(call), part_(std::get<double>(call.parameters[0])) {}
    void result(std::size_t group, Column& out) const override {
        I total = 0;
        for (const auto& [value, count] : states_[group].values) total += std::max<I>(count, 0);
        if (total == 0) return out.append_null();
        const double at = part_ * static_cast<double>(total - 1);
        const auto below = static_cast<I>(std::floor(at));
        I seen = 0;
        std::optional<double> low;
        for (const auto& [value, count] : states_[group].values) {
            if (count <= 0) continue;
            const double number = std::get<double>(value);
            seen += count;
            if (low) return out.append(*low + (number - *low) * (at - static_cast<double>(below)));
            if (seen <= below) continue;
            if (seen > below + 1 || at == static_cast<double>(below)) return out.append(number);
            low = number;
        }
        out.append(low.value_or(0.0));
    }

   private:
    double part_;
};

// Spreads, by Welford's way of merging counts, means and squares.
struct SpreadState {
    I count = 0;
    double mean = 0, squares = 0;
    void add(double x) {
        ++count;
        const double delta = x - mean;
        mean += delta / static_cast<double>(count);
        squares += delta * (x - mean);
    }
    void retract(double x) {
        if (--count <= 0) {
            *this = {};
            return;
        }
        const double delta = x - mean;
        mean -= delta / static_cast<double>(count);
        squares -= delta * (x - mean);
    }
    void merge(const SpreadState& other) {
        if (other.count == 0) return;
        const auto a = static_cast<double>(count), b = static_cast<double>(other.count);
        const double delta = other.mean - mean;
        mean += delta * b / (a + b);
        squares += other.squares + delta * delta * a * b / (a + b);
        count += other.count;
    }
    void save(std::string& out) const { save_value(out, count), save_value(out, mean), save_value(out, squares); }
    void load(CellReader& in) { count = load_value<I>(in), mean = load_value<double>(in), squares = load_value<double>(in); }
};
class Spread : public Stateful<SpreadState> {
   public:
    explicit Spread(const AggregateCall& call)
        : argument_(call.arguments[0]),
          sample_(call.function.ends_with("SAMP")),
          root_(call.function.starts_with("STDDEV")),
          type_(call.type) {}
    void add(std::size_t group, const Batch& batch, std::size_t row) override {
        const Column& column = *batch.columns[argument_];
        if (!column.is_null(row)) states_[group].add(column.at<double>(row));
    }
    void retract(std::size_t group, const Batch& batch, std::size_t row) override {
        const Column& column = *batch.columns[argument_];
        if (!column.is_null(row)) states_[group].retract(column.at<double>(row));
    }
    void result(std::size_t group, Column& out) const override {
        const auto& state = states_[group];
        const I divisor = state.count - (sample_ ? 1 : 0);
        if (divisor <= 0) return out.append_null();
        const double variance = std::max(0.0, state.squares) / static_cast<double>(divisor);
        const double value = root_ ? std::sqrt(variance) : variance;
        if (type_.layout() == Layout::whole) return out.append(static_cast<I>(value));
        if (type_.layout() == Layout::floating) return out.append(value);
        const auto exact = from_double(value, type_.precision, type_.scale);
        exact ? out.append(*exact) : out.append_null();
    }

   private:
    std::size_t argument_;
    bool sample_, root_;
    Type type_;
};

// Values in the order in which they came: FIRST_VALUE, LAST_VALUE, LISTAGG, COLLECT and the like.
struct ListState {
    std::vector<std::string> cells;  // encoded
    void merge(const ListState& other) { cells.insert(cells.end(), other.cells.begin(), other.cells.end()); }
    void save(std::string& out) const {
        write_count(out, cells.size());
        for (const auto& cell : cells) save_value(out, cell);
    }
    void load(CellReader& in) {
        cells.clear();
        for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) cells.push_back(load_value<std::string>(in));
    }
    std::size_t bytes() const {
        std::size_t out = cells.capacity() * sizeof(std::string);
        for (const auto& cell : cells) out += cell.capacity();
        return out;
    }
};
class List : public Stateful<ListState> {
   public:
    List(const AggregateCall& call, bool retracts) : call_(call), retracts_(retracts) {}
    void add(std::size_t group, const Batch& batch, std::size_t row) override {
        const Column& column = *batch.columns[call_.arguments[0]];
        auto& cells = states_[group].cells;
        if (column.is_null(row) && call_.function != "ARRAY_AGG") return;
        if (!retracts_ && call_.function == "FIRST_VALUE" && !cells.empty()) return;
        if (!retracts_ && call_.function == "LAST_VALUE") cells.clear();
        std::string cell;
        write_cell(cell, column, row);
        cells.push_back(std::move(cell));
    }
    void retract(std::size_t group, const Batch& batch, std::size_t row) override {
        std::string cell;
        write_cell(cell, *batch.columns[call_.arguments[0]], row);
        auto& cells = states_[group].cells;
        const auto at = std::ranges::find(cells, cell);
        if (at != cells.end()) cells.erase(at);
    }
    void merge(std::size_t group, const Accumulator& from, std::size_t from_group) override {
        Stateful::merge(group, from, from_group);
        auto& cells = states_[group].cells;
        if (retracts_ || cells.size() < 2) return;
        if (call_.function == "FIRST_VALUE") cells.resize(1);
        if (call_.function == "LAST_VALUE") cells.erase(cells.begin(), cells.end() - 1);
    }
    void result(std::size_t group, Column& out) const override {
        const auto& cells = states_[group].cells;
        if (cells.empty()) return out.append_null();
        if (call_.function == "FIRST_VALUE" || call_.function == "LAST_VALUE") {
            const auto& cell = call_.function == "FIRST_VALUE" ? cells.front() : cells.back();
            return out.append(CellReader(cell).read(out.layout()));
        }
        out.append(out.arena().keep(whole(cells)));
    }

   private:
    std::string whole(const std::vector<std::string>& cells) const {
        const Type& type = call_.argument_types[0];
        std::string text;
        if (call_.function == "COLLECT") {
            std::map<std::string, I> counts;
            for (const auto& cell : cells) ++counts[cell];
            write_count(text, counts.size());
            for (const auto& [cell, count] : counts) text += cell, save_value(text, count);
        } else if (call_.function == "ARRAY_AGG") {
            write_count(text, cells.size());
            for (const auto& cell : cells) text += cell;
        } else if (call_.function == "LISTAGG") {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                if (i > 0) text += std::get<std::string>(call_.parameters[0]);
                text += std::get<std::string>(CellReader(cells[i]).read(Layout::bytes));
            }
        } else {
            text = "[";
            for (std::size_t i = 0; i < cells.size(); ++i) {
                if (i > 0) text += ',';
                append_json(text, *Column::constant(type.layout(), CellReader(cells[i]).read(type.layout())), 0, type);
            }
            text += ']';
        }
        return text;
    }
    AggregateCall call_;
    bool retracts_;
};

// The weighted average in which each value counts so much, and what was before the rest.
struct SmoothedState {
    double value = 0;
    bool any = false;
    void merge(const SmoothedState& other) {
        if (other.any) *this = other;
    }
    void save(std::string& out) const { save_value(out, I{any}), save_value(out, value); }
    void load(CellReader& in) { any = load_value<I>(in) != 0, value = load_value<double>(in); }
};
class Smoothed : public Stateful<SmoothedState> {
   public:
    explicit Smoothed(const AggregateCall& call) : argument_(call.arguments[0]), weight_(std::get<double>(call.parameters[0])) {}
    void add(std::size_t group, const Batch& batch, std::size_t row) override {
        const Column& column = *batch.columns[argument_];
        if (column.is_null(row)) return;
        auto& state = states_[group];
        const double x = column.at<double>(row);
        state.value = state.any ? weight_ * x + (1 - weight_) * state.value : x;
        state.any = true;
    }
    void retract(std::size_t, const Batch&, std::size_t) override {}
    void result(std::size_t group, Column& out) const override {
        states_[group].any ? out.append(states_[group].value) : out.append_null();
    }

   private:
    std::size_t argument_;
    double weight_;
};

// LAG(x, n): the value n rows before.
struct ShiftedState {
    std::deque<std::string> cells;
    void merge(const ShiftedState&) {}
    void save(std::string& out) const {
        write_count(out, cells.size());
        for (const auto& cell : cells) save_value(out, cell);
    }
    void load(CellReader& in) {
        cells.clear();
        for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) cells.push_back(load_value<std::string>(in));
    }
};
class Shifted : public Stateful<ShiftedState> {
   public:
    explicit Shifted(const AggregateCall& call)
        : argument_(call.arguments[0]), distance_(static_cast<std::size_t>(std::get<I>(call.parameters[0]))) {}
    void add(std::size_t group, const Batch& batch, std::size_t row) override {
        auto& cells = states_[group].cells;
        std::string cell;
        write_cell(cell, *batch.columns[argument_], row);
        cells.push_back(std::move(cell));
        if (cells.size() > distance_ + 1) cells.pop_front();
    }
    void retract(std::size_t, const Batch&, std::size_t) override {}
    void result(std::size_t group, Column& out) const override {
        const auto& cells = states_[group].cells;
        if (cells.size() <= distance_) return out.append_null();
        out.append(CellReader(cells.front()).read(out.layout()));
    }

   private:
    std::size_t argument_, distance_;
};

// DISTINCT: a value counts when it is there for the first time, until it is gone for the last.
class Distinct : public Accumulator {
   public:
    Distinct(const AggregateCall& call, std::unique_ptr<Accumulator> inner)
        : encoder_(call.arguments), layouts_(), inner_(std::move(inner)) {
        for (const auto& type : call.argument_types) layouts_.push_back(type.layout());
        columns_ = call.arguments;
    }
    void resize(std::size_t count) override { sets_.resize(count), inner_->resize(count); }
    void clear(std::size_t group) override { sets_[group].reset(), inner_->clear(group); }
    void add(std::size_t group, const Batch& batch, std::size_t row) override {
        if (has_null(batch, row)) return;
        Set& set = of(group);
        const auto found = set.keys.find_or_add(key(batch, row));
        if (found.index >= set.counts.size()) set.counts.resize(found.index + 1, 0);
        if (found.added) set.counts[found.index] = 0;
        if (set.counts[found.index]++ == 0) inner_->add(group, batch, row);
    }
    void retract(std::size_t group, const Batch& batch, std::size_t row) override {
        if (has_null(batch, row)) return;
        Set& set = of(group);
        const auto index = set.keys.find(key(batch, row));
        if (index == KeyTable::kNone || --set.counts[index] > 0) return;
        set.keys.erase(index);
        inner_->retract(group, batch, row);
    }
    void merge(std::size_t group, const Accumulator& from, std::size_t from_group) override {
        const auto& other = static_cast<const Distinct&>(from).sets_[from_group];
        if (!other) return;
        Set& set = of(group);
        other->keys.each([&](std::uint32_t index) {
            const auto found = set.keys.find_or_add(other->keys.key(index));
            if (found.index >= set.counts.size()) set.counts.resize(found.index + 1, 0);
            if (found.added) {
                set.counts[found.index] = 0;
                inner_->add(group, one_row(other->keys.key(index)), 0);
            }
            set.counts[found.index] += other->counts[index];
        });
    }
    void result(std::size_t group, Column& out) const override { inner_->result(group, out); }
    void save(std::size_t group, std::string& out) const override {
        inner_->save(group, out);
        const auto& set = sets_[group];
        write_count(out, set ? set->keys.size() : 0);
        if (!set) return;
        set->keys.each(
            [&](std::uint32_t index) { save_value(out, std::string(set->keys.key(index))), save_value(out, set->counts[index]); });
    }
    void load(std::size_t group, CellReader& in) override {
        inner_->load(group, in);
        sets_[group].reset();
        for (std::size_t n = in.count(); n > 0 && !in.failed(); --n) {
            Set& set = of(group);
            const auto found = set.keys.find_or_add(load_value<std::string>(in));
            if (found.index >= set.counts.size()) set.counts.resize(found.index + 1, 0);
            set.counts[found.index] = load_value<I>(in);
        }
    }
    std::size_t bytes() const override {
        std::size_t out = inner_->bytes();
        for (const auto& set : sets_)
            if (set) out += sizeof(Set) + set->keys.bytes() + set->counts.capacity() * sizeof(I);
        return out;
    }

   private:
    struct Set {
        KeyTable keys;
        std::vector<I> counts;
    };
    Set& of(std::size_t group) {
        if (!sets_[group]) sets_[group] = std::make_unique<Set>();
        return *sets_[group];
    }
    bool has_null(const Batch& batch, std::size_t row) const {
        return std::ranges::any_of(columns_, [&](std::size_t c) { return batch.columns[c]->is_null(row); });
    }
    S key(const Batch& batch, std::size_t row) {
        key_.clear();
        for (const auto column : columns_) write_cell(key_, *batch.columns[column], row);
        return key_;
    }
    // The value alone, where the inner function looks for it.
    Batch one_row(S key) const {
        Batch out{.size = 1};
        out.columns.resize(*std::ranges::max_element(columns_) + 1);
        CellReader in(key);
        for (std::size_t i = 0; i < columns_.size(); ++i)
            out.columns[columns_[i]] = Column::constant(layouts_[i], in.read(layouts_[i]));
        return out;
    }
    KeyEncoder encoder_;
    std::vector<Layout> layouts_;
    std::vector<std::size_t> columns_;
    std::unique_ptr<Accumulator> inner_;
    std::vector<std::unique_ptr<Set>> sets_;
    std::string key_;
};

// FILTER: rows for which it is not true do not count.
class Filtered : public Accumulator {
   public:
    Filtered(std::size_t filter, std::unique_ptr<Accumulator> inner) : filter_(filter), inner_(std::move(inner)) {}
    void resize(std::size_t count) override { inner_->resize(count); }
    void clear(std::size_t group) override { inner_->clear(group); }
    void add(std::size_t group, const Batch& batch, std::size_t row) override {
        if (passes(batch, row)) inner_->add(group, batch, row);
    }
    void retract(std::size_t group, const Batch& batch, std::size_t row) override {
        if (passes(batch, row)) inner_->retract(group, batch, row);
    }
    void merge(std::size_t group, const Accumulator& from, std::size_t from_group) override {
        inner_->merge(group, *static_cast<const Filtered&>(from).inner_, from_group);
    }
    void result(std::size_t group, Column& out) const override { inner_->result(group, out); }
    void save(std::size_t group, std::string& out) const override { inner_->save(group, out); }
    void load(std::size_t group, CellReader& in) override { inner_->load(group, in); }
    std::size_t bytes() const override { return inner_->bytes(); }

   private:
    bool passes(const Batch& batch, std::size_t row) const {
        const Column& column = *batch.columns[filter_];
        return !column.is_null(row) && column.at<I>(row) != 0;
    }
    std::size_t filter_;
    std::unique_ptr<Accumulator> inner_;
};

template <bool kLeast>
std::unique_ptr<Accumulator> best_of(Layout layout, std::size_t argument) {
    switch (layout) {
        case Layout::whole: return std::make_unique<Best<I, kLeast>>(argument);
        case Layout::floating: return std::make_unique<Best<double, kLeast>>(argument);
        case Layout::exact: return std::make_unique<Best<Decimal, kLeast>>(argument);
        case Layout::bytes: return std::make_unique<Best<std::string, kLeast>>(argument);
    }
    return nullptr;
}

std::unique_ptr<Accumulator> plain_accumulator(const AggregateCall& call, bool retracts) {
    const std::string& name = call.function;
    const auto argument = call.arguments.empty() ? std::nullopt : std::optional(call.arguments[0]);
    if (name == "COUNT") return std::make_unique<Count>(argument);
    if (name == "SUM" || name == "SUM0" || name == "AVG") {
        const SumKind kind = name == "AVG" ? SumKind::average : name == "SUM" ? SumKind::sum : SumKind::sum0;
        switch (call.argument_types[0].layout()) {
            case Layout::floating: return std::make_unique<Sum<double>>(*argument, kind, call.argument_types[0], call.type);
            case Layout::exact: return std::make_unique<Sum<Decimal>>(*argument, kind, call.argument_types[0], call.type);
            default: return std::make_unique<Sum<I>>(*argument, kind, call.argument_types[0], call.type);
        }
    }
    if (name == "MIN" || name == "MAX") {
        if (retracts) return std::make_unique<RetractableBest>(call, name == "MIN");
        return name == "MIN" ? best_of<true>(call.argument_types[0].layout(), *argument)
                             : best_of<false>(call.argument_types[0].layout(), *argument);
    }
    if (name == "PERCENTILE") return std::make_unique<Percentile>(call);
    if (name == "EWMA") return std::make_unique<Smoothed>(call);
    if (name == "LAG") return std::make_unique<Shifted>(call);
    if (name.starts_with("STDDEV") || name.starts_with("VAR_")) return std::make_unique<Spread>(call);
    return std::make_unique<List>(call, retracts);
}

}  // namespace

std::unique_ptr<Accumulator> make_accumulator(const AggregateCall& call, bool retracts) {
    auto out = plain_accumulator(call, retracts);
    if (call.distinct) out = std::make_unique<Distinct>(call, std::move(out));
    if (call.filter) out = std::make_unique<Filtered>(*call.filter, std::move(out));
    return out;
}

Accumulators::Accumulators(const std::vector<AggregateCall>& calls, bool retracts) {
    for (const auto& call : calls) all_.push_back(make_accumulator(call, retracts));
}

void Accumulators::resize(std::size_t count) {
    if (count <= count_) return;
    count_ = std::max(count, count_ + count_ / 2);
    for (auto& one : all_) one->resize(count_);
}
void Accumulators::add(std::size_t group, const Batch& batch, std::size_t row) {
    for (auto& one : all_) one->add(group, batch, row);
}
void Accumulators::retract(std::size_t group, const Batch& batch, std::size_t row) {
    for (auto& one : all_) one->retract(group, batch, row);
}
void Accumulators::add_all(const std::uint32_t* groups, const Batch& batch, Rows rows) {
    for (auto& one : all_) one->add_all(groups, batch, rows);
}
void Accumulators::merge(std::size_t group, const Accumulators& from, std::size_t from_group) {
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i]->merge(group, *from.all_[i], from_group);
}
void Accumulators::clear(std::size_t group) {
    for (auto& one : all_) one->clear(group);
}
void Accumulators::result(std::size_t group, BatchBuilder& out, std::size_t first) const {
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i]->result(group, out.column(first + i));
}
void Accumulators::save(std::size_t group, std::string& out) const {
    for (const auto& one : all_) one->save(group, out);
}
void Accumulators::load(std::size_t group, CellReader& in) {
    for (auto& one : all_) one->load(group, in);
}
std::size_t Accumulators::bytes() const {
    std::size_t out = 0;
    for (const auto& one : all_) out += one->bytes();
    return out;
}

}  // namespace kns::sql
