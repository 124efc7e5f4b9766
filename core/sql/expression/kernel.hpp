// What a function does to columns, row by row or all at once.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>

#include "core/sql/data/column.hpp"

namespace kns::sql {

// Rows for which an expression has no value, and why: they go to the error output instead of on.
class RowErrors {
   public:
    void add(std::size_t row, std::string reason) { errors_.emplace_back(row, std::move(reason)); }
    bool empty() const { return errors_.empty(); }
    const std::vector<std::pair<std::size_t, std::string>>& list() const { return errors_; }
    void clear() { errors_.clear(); }

   private:
    std::vector<std::pair<std::size_t, std::string>> errors_;
};

struct EvalContext {
    std::int64_t now_us = 0;  // the clock of processing time
    RowErrors errors{};
};

struct KernelCall {
    std::span<const ColumnPtr> in;
    Rows rows;
    Column& out;  // as large as the batch; rows that were not asked for may be anything
    EvalContext& context;
};

class Kernel {
   public:
    explicit Kernel(std::function<void(const KernelCall&)> run) : run_(std::move(run)) {}
    void operator()(const KernelCall& call) const { run_(call); }

   private:
    std::function<void(const KernelCall&)> run_;
};

template <class T>
class CellView {
   public:
    explicit CellView(const Column& column) : cells_(column.cells<T>()), nulls_(column.nulls()), stride_(column.stride()) {}
    const T& operator[](std::size_t row) const { return cells_[row * stride_]; }
    bool is_null(std::size_t row) const { return nulls_ != nullptr && nulls_[row * stride_] != 0; }
    bool may_be_null() const { return nulls_ != nullptr; }

   private:
    const T* cells_;
    const std::uint8_t* nulls_;
    std::size_t stride_;
};

// What a row's function is handed besides its arguments.
struct RowScope {
    EvalContext& context;
    Column& out;
    std::size_t row;

    std::string_view keep(std::string_view text) const { return out.arena().keep(text); }
    std::nullopt_t fail(std::string reason) const {
        context.errors.add(row, std::move(reason));
        return std::nullopt;
    }
};

namespace detail {

template <class T>
struct Unwrapped {
    using Type = T;
    static constexpr bool kOptional = false;
};
template <class T>
struct Unwrapped<std::optional<T>> {
    using Type = T;
    static constexpr bool kOptional = true;
};
template <class T>
using CellOf = std::conditional_t<std::is_same_v<T, bool>, std::int64_t, T>;

template <class F, class Out, class... In, std::size_t... I>
void run_rows(const F& f, const KernelCall& call, std::index_sequence<I...>) {
    using Cell = CellOf<typename Unwrapped<Out>::Type>;
    const std::tuple<CellView<CellOf<In>>...> views{CellView<CellOf<In>>(*call.in[I])...};
    Cell* out = call.out.cells<Cell>();
    std::uint8_t* nulls = nullptr;
    const bool in_nulls = (std::get<I>(views).may_be_null() || ...);
    if (in_nulls || Unwrapped<Out>::kOptional) nulls = call.out.make_nulls();
    call.rows.each([&](std::size_t row) {
        if (in_nulls && (std::get<I>(views).is_null(row) || ...)) {
            nulls[row] = 1;
            out[row] = Cell{};
            return;
        }
        const RowScope scope{call.context, call.out, row};
        if constexpr (Unwrapped<Out>::kOptional) {
            const Out value = f(scope, static_cast<In>(std::get<I>(views)[row])...);
            if (value)
                out[row] = static_cast<Cell>(*value);
            else
                nulls[row] = 1, out[row] = Cell{};
        } else {
            out[row] = static_cast<Cell>(f(scope, static_cast<In>(std::get<I>(views)[row])...));
        }
    });
}

template <class F, class Out, class... In>
Kernel make_kernel(F f, Out (F::*)(const RowScope&, In...) const) {
    return Kernel([f = std::move(f)](const KernelCall& call) {
        run_rows<F, Out, std::decay_t<In>...>(f, call, std::index_sequence_for<In...>{});
    });
}

}  // namespace detail

// From a function of one row: (const RowScope&, int64_t | double | Decimal | string_view | bool ...) -> a value or an optional of
// one. A NULL among the arguments gives NULL.
template <class F>
Kernel row_kernel(F f) {
    return detail::make_kernel(std::move(f), &F::operator());
}
template <class F>
std::shared_ptr<const Kernel> share_kernel(F f) {
    return std::make_shared<const Kernel>(row_kernel(std::move(f)));
}

}  // namespace kns::sql
