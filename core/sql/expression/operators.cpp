// Arithmetic, comparisons and logic.
#include <cmath>
#include <map>

#include "core/sql/expression/calendar.hpp"
#include "core/sql/expression/function.hpp"

namespace kns::sql {
namespace {

// Java's arithmetic: what is too large wraps around at the type's width.
std::int64_t wrapped(std::uint64_t value, Kind kind) {
    switch (kind) {
        case Kind::tinyint: return static_cast<std::int8_t>(value);
        case Kind::smallint: return static_cast<std::int16_t>(value);
        case Kind::integer: return static_cast<std::int32_t>(value);
        default: return static_cast<std::int64_t>(value);
    }
}
std::uint64_t u(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::shared_ptr<const Kernel> whole_arithmetic(char operation, Kind kind) {
    using I = std::int64_t;
    switch (operation) {
        case '+': return share_kernel([kind](const RowScope&, I a, I b) { return wrapped(u(a) + u(b), kind); });
        case '-': return share_kernel([kind](const RowScope&, I a, I b) { return wrapped(u(a) - u(b), kind); });
        case '*': return share_kernel([kind](const RowScope&, I a, I b) { return wrapped(u(a) * u(b), kind); });
        case '/':
            return share_kernel([kind](const RowScope& scope, I a, I b) -> std::optional<I> {
                if (b == 0) return scope.fail("division by zero");
                return b == -1 ? wrapped(0 - u(a), kind) : a / b;
            });
        default:
            return share_kernel([](const RowScope& scope, I a, I b) -> std::optional<I> {
                if (b == 0) return scope.fail("division by zero");
                return b == -1 ? 0 : a % b;
            });
    }
}

std::shared_ptr<const Kernel> floating_arithmetic(char operation, bool single) {
    const auto make = [&](auto f) {
        return share_kernel([f, single](const RowScope&, double a, double b) {
            const double out = f(a, b);
            return single ? static_cast<double>(static_cast<float>(out)) : out;
        });
    };
    switch (operation) {
        case '+': return make([](double a, double b) { return a + b; });
        case '-': return make([](double a, double b) { return a - b; });
        case '*': return make([](double a, double b) { return a * b; });
        case '/': return make([](double a, double b) { return a / b; });
        default: return make([](double a, double b) { return std::fmod(a, b); });
    }
}

// A result that does not fit 38 digits is NULL.
std::shared_ptr<const Kernel> exact_arithmetic(char operation, const Type& a, const Type& b, const Type& out) {
    using D = Decimal;
    const auto p = out.precision, s = out.scale, as = a.scale, bs = b.scale;
    switch (operation) {
        case '+':
        case '-':
            return share_kernel([=](const RowScope&, D x, D y) -> std::optional<D> {
                const auto wide = std::max(as, bs);
                const auto l = rescale(x, as, wide), r = rescale(y, bs, wide);
                if (!l || !r) return {};
                const auto sum = add(*l, operation == '+' ? *r : -*r);
                return sum ? fit(*sum, wide, p, s) : std::nullopt;
            });
        case '*':
            return share_kernel([=](const RowScope&, D x, D y) -> std::optional<D> {
                const auto product = multiply(x, y);
                return product ? fit(*product, as + bs, p, s) : std::nullopt;
            });
        case '/':
            return share_kernel([=](const RowScope& scope, D x, D y) -> std::optional<D> {
                if (y == 0) return scope.fail("division by zero");
                const auto quotient = divide(x, as, y, bs, s);
                return quotient ? fit(*quotient, s, p, s) : std::nullopt;
            });
        default:
            return share_kernel([=](const RowScope& scope, D x, D y) -> std::optional<D> {
                if (y == 0) return scope.fail("division by zero");
                const auto wide = std::max(as, bs);
                const auto l = rescale(x, as, wide), r = rescale(y, bs, wide);
                return l && r ? fit(*l % *r, wide, p, s) : std::nullopt;
            });
    }
}

Result<Expr> bind_arithmetic(char operation, Expr left, Expr right, Place place) {
    Type out = operation == '*'   ? product_type(left.type, right.type)
               : operation == '/' ? quotient_type(left.type, right.type)
               : operation == '%' ? remainder_type(left.type, right.type)
                                  : sum_type(left.type, right.type);
    std::shared_ptr<const Kernel> kernel;
    switch (out.layout()) {
        case Layout::floating:
            left = KNS_TRY(cast_to(std::move(left), double_type()));
            right = KNS_TRY(cast_to(std::move(right), double_type()));
            kernel = floating_arithmetic(operation, out.kind == Kind::real);
            break;
        case Layout::exact:
            for (Expr* side : {&left, &right}) {
                const Type exact = as_decimal(side->type);
                *side = KNS_TRY(cast_to(std::move(*side), exact));
            }
            kernel = exact_arithmetic(operation, left.type, right.type, out);
            out.nullable = true;
            break;
        default: kernel = whole_arithmetic(operation, out.kind); break;
    }
    std::vector<Expr> args;
    args.push_back(std::move(left));
    args.push_back(std::move(right));
    return call_of(std::string(1, operation), std::move(out), std::move(args), std::move(kernel), place);
}

// Times and intervals; nothing if these two are none.
std::optional<Result<Expr>> bind_time_arithmetic(const std::string& operation, Expr& left, Expr& right, Place place) {
    using I = std::int64_t;
    if (operation == "+" && left.type.is_interval() && !right.type.is_interval()) std::swap(left, right);
    const Type a = left.type, b = right.type;
    const bool minus = operation == "-";
    if (operation == "*" && (a.is_interval() || b.is_interval())) {
        if (b.is_interval()) std::swap(left, right);
        if (!right.type.is_whole_number()) return fail_at(place, "an interval can be multiplied by a whole number only");
        std::vector<Expr> args{left, right};
        return call_of("*", or_null(left.type, any_nullable(args)), args,
                       share_kernel([](const RowScope&, I x, I n) { return static_cast<I>(u(x) * u(n)); }), place);
    }
    if (operation != "+" && !minus) return {};
    if (!b.is_interval()) return {};
    if (!a.is_timestamp() && a.kind != Kind::date && a.kind != Kind::time && a.kind != b.kind) return {};
    std::vector<Expr> args{left, right};
    Type out = or_null(a, any_nullable(args));
    const I sign = minus ? -1 : 1;
    if (b.kind == Kind::span || a.is_interval()) {
        const I unit = a.kind == Kind::date ? kMicrosPerDay : 1;
        const I day = a.kind == Kind::time ? kMicrosPerDay : 0;
        return call_of(operation, std::move(out), std::move(args), share_kernel([=](const RowScope&, I x, I span) {
                           const I sum = static_cast<I>(u(x) + u(sign) * u(span / unit));
                           return day != 0 ? floor_mod(sum, day) : sum;
                       }),
                       place);
    }
    const bool date = a.kind == Kind::date, local = a.kind == Kind::timestamp_ltz;
    return call_of(operation, std::move(out), std::move(args), share_kernel([=](const RowScope&, I x, I months) {
                       if (date) return add_months(x * kMicrosPerDay, sign * months) / kMicrosPerDay;
                       return local ? from_local(add_months(to_local(x), sign * months)) : add_months(x, sign * months);
                   }),
                   place);
}

template <class T>
std::shared_ptr<const Kernel> comparison(const std::string& operation) {
    const auto make = [](auto f) { return share_kernel([f](const RowScope&, T a, T b) { return static_cast<bool>(f(a, b)); }); };
    if (operation == "=") return make([](const T& a, const T& b) { return a == b; });
    if (operation == "<>") return make([](const T& a, const T& b) { return a != b; });
    if (operation == "<") return make([](const T& a, const T& b) { return a < b; });
    if (operation == "<=") return make([](const T& a, const T& b) { return a <= b; });
    if (operation == ">") return make([](const T& a, const T& b) { return a > b; });
    return make([](const T& a, const T& b) { return a >= b; });
}

template <class T>
std::shared_ptr<const Kernel> distinctness(bool distinct) {
    return std::make_shared<const Kernel>([distinct](const KernelCall& call) {
        const CellView<T> a(*call.in[0]), b(*call.in[1]);
        auto* out = call.out.cells<std::int64_t>();
        call.rows.each([&](std::size_t row) {
            const bool null_a = a.is_null(row), null_b = b.is_null(row);
            const bool differ = null_a || null_b ? null_a != null_b : !(a[row] == b[row]);
            out[row] = differ == distinct ? 1 : 0;
        });
    });
}

template <template <class> class Make, class... Args>
std::shared_ptr<const Kernel> for_layout(Layout layout, Args&&... args) {
    switch (layout) {
        case Layout::whole: return Make<std::int64_t>::make(std::forward<Args>(args)...);
        case Layout::floating: return Make<double>::make(std::forward<Args>(args)...);
        case Layout::exact: return Make<Decimal>::make(std::forward<Args>(args)...);
        case Layout::bytes: return Make<std::string_view>::make(std::forward<Args>(args)...);
    }
    return nullptr;
}
template <class T>
struct MakeComparison {
    static auto make(const std::string& operation) { return comparison<T>(operation); }
};
template <class T>
struct MakeDistinctness {
    static auto make(bool distinct) { return distinctness<T>(distinct); }
};

Result<Expr> bind_comparison(const std::string& operation, Expr left, Expr right, Place place) {
    KNS_TRY(unify(left, right, place));
    const bool equality = operation == "=" || operation == "<>" || operation.starts_with("IS ");
    if (equality ? !left.type.can_be_compared() : !left.type.can_be_ordered())
        return fail_at(place, fmt::format("{} cannot be compared by {}", text_of(or_null(left.type)), operation));
    const Layout layout = left.type.layout();
    std::vector<Expr> args;
    args.push_back(std::move(left));
    args.push_back(std::move(right));
    if (operation.starts_with("IS ")) {
        const bool distinct = operation == "IS DISTINCT FROM";
        return call_of(operation, not_null(boolean_type()), std::move(args), for_layout<MakeDistinctness>(layout, distinct), place);
    }
    const bool nullable = any_nullable(args);
    return call_of(operation, or_null(boolean_type(), nullable), std::move(args), for_layout<MakeComparison>(layout, operation),
                   place);
}

// IS NULL, IS NOT TRUE and so on: of what is known of a cell, TRUE or FALSE.
Expr bind_is(const std::string& operation, Expr operand, Place place) {
    const bool negated = operation.starts_with("IS NOT ");
    const std::string what = operation.substr(negated ? 7 : 3);
    const int wanted = what == "TRUE" ? 1 : what == "FALSE" ? 0 : -1;
    auto kernel = std::make_shared<const Kernel>([negated, wanted](const KernelCall& call) {
        auto* out = call.out.cells<std::int64_t>();
        const Column& in = *call.in[0];
        call.rows.each([&](std::size_t row) {
            const bool is = wanted < 0 ? in.is_null(row) : !in.is_null(row) && in.at<std::int64_t>(row) == wanted;
            out[row] = is != negated ? 1 : 0;
        });
    });
    std::vector<Expr> args;
    args.push_back(std::move(operand));
    return call_of(operation, not_null(boolean_type()), std::move(args), std::move(kernel), place);
}

}  // namespace

Result<void> unify(Expr& a, Expr& b, Place place) {
    // A literal text beside a time or a number stands for one.
    const auto adapt = [](Expr& literal, const Type& to) -> Result<void> {
        if (literal.is_literal() && literal.type.is_text() &&
            (to.is_timestamp() || to.kind == Kind::date || to.kind == Kind::time || to.is_number()))
            literal = KNS_TRY(cast_to(std::move(literal),
                                      to.kind == Kind::timestamp || to.kind == Kind::timestamp_ltz ? type_of(to.kind, 6) : to));
        return {};
    };
    KNS_TRY(adapt(a, b.type));
    KNS_TRY(adapt(b, a.type));
    const auto common = common_type(a.type, b.type);
    if (!common)
        return fail_at(place, fmt::format("{} and {} have no type in common", text_of(or_null(a.type)), text_of(or_null(b.type))));
    a = KNS_TRY(cast_to(std::move(a), *common));
    b = KNS_TRY(cast_to(std::move(b), *common));
    return {};
}

Result<Expr> bind_unary(const std::string& operation, Expr operand, Place place) {
    if (operation.starts_with("IS ")) {
        const bool null = operation.ends_with("NULL") || operation.ends_with("UNKNOWN");
        if (operation.find("JSON") != std::string::npos) {
            Expr is = KNS_TRY(bind_function("IS JSON", {std::move(operand)}, place));
            return operation.find("NOT") == std::string::npos ? Result<Expr>(std::move(is))
                                                              : bind_unary("NOT", std::move(is), place);
        }
        if (!null && operand.type.kind != Kind::boolean && operand.type.kind != Kind::null)
            return fail_at(place, fmt::format("{} asks for a BOOLEAN, and not for {}", operation, text_of(or_null(operand.type))));
        return bind_is(operation, std::move(operand), place);
    }
    if (operation == "NOT") {
        operand = KNS_TRY(cast_to(std::move(operand), boolean_type()));
        std::vector<Expr> args{operand};
        return call_of("NOT", operand.type, std::move(args), share_kernel([](const RowScope&, std::int64_t a) { return a == 0; }),
                       place);
    }
    if (!operand.type.is_number() && !operand.type.is_interval())
        return fail_at(place, fmt::format("{} has no sign", text_of(or_null(operand.type))));
    if (operation == "+") return operand;
    std::vector<Expr> args{operand};
    std::shared_ptr<const Kernel> kernel;
    switch (operand.type.layout()) {
        case Layout::floating: kernel = share_kernel([](const RowScope&, double a) { return -a; }); break;
        case Layout::exact: kernel = share_kernel([](const RowScope&, Decimal a) { return -a; }); break;
        default:
            kernel = share_kernel([kind = operand.type.kind](const RowScope&, std::int64_t a) { return wrapped(0 - u(a), kind); });
            break;
    }
    const bool literal = operand.is_literal();
    if (literal && !is_null(operand.value)) {
        std::visit(
            [](auto& value) {
                if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>> ||
                              std::is_same_v<std::decay_t<decltype(value)>, Decimal>)
                    value = -value;
            },
            operand.value);
        return operand;
    }
    return call_of("-", operand.type, std::move(args), std::move(kernel), place);
}

Result<Expr> bind_binary(const std::string& operation, Expr left, Expr right, Place place) {
    if (operation == "AND" || operation == "OR") {
        left = KNS_TRY(cast_to(std::move(left), boolean_type()));
        right = KNS_TRY(cast_to(std::move(right), boolean_type()));
        const auto kind = operation == "AND" ? Expr::Kind::all : Expr::Kind::any;
        std::vector<Expr> args;
        for (Expr* side : {&left, &right}) {
            if (side->kind == kind)
                for (auto& arg : side->args) args.push_back(std::move(arg));
            else
                args.push_back(std::move(*side));
        }
        const bool nullable = any_nullable(args);
        return Expr{.kind = kind, .type = or_null(boolean_type(), nullable), .args = std::move(args), .place = place};
    }
    if (operation == "||") {
        std::vector<Expr> args;
        args.push_back(std::move(left));
        args.push_back(std::move(right));
        return bind_function("||", std::move(args), place);
    }
    if (operation == "!=") return bind_comparison("<>", std::move(left), std::move(right), place);
    if (operation == "=" || operation == "<>" || operation == "<" || operation == "<=" || operation == ">" || operation == ">=" ||
        operation == "IS DISTINCT FROM" || operation == "IS NOT DISTINCT FROM")
        return bind_comparison(operation, std::move(left), std::move(right), place);
    if (auto times = bind_time_arithmetic(operation, left, right, place)) return std::move(*times);
    const auto numeric = [](const Type& type) { return type.is_number() || type.kind == Kind::null; };
    if (operation.size() != 1 || !numeric(left.type) || !numeric(right.type))
        return fail_at(place,
                       fmt::format("there is no {} {} {}", text_of(or_null(left.type)), operation, text_of(or_null(right.type))));
    if (left.type.kind == Kind::null)
        left = KNS_TRY(cast_to(std::move(left), right.type.kind == Kind::null ? integer_type() : right.type));
    if (right.type.kind == Kind::null) right = KNS_TRY(cast_to(std::move(right), left.type));
    return bind_arithmetic(operation[0], std::move(left), std::move(right), place);
}

Result<Expr> bind_in(Expr operand, std::vector<Expr> list, bool negated, Place place) {
    std::optional<Expr> out;
    for (auto& item : list) {
        Expr one = KNS_TRY(bind_binary("=", operand, std::move(item), place));
        out = out ? KNS_TRY(bind_binary("OR", std::move(*out), std::move(one), place)) : std::move(one);
    }
    return negated ? bind_unary("NOT", std::move(*out), place) : Result<Expr>(std::move(*out));
}

Result<Expr> bind_case(std::vector<Expr> branches, Expr otherwise, Place place) {
    Type type = otherwise.type;
    for (std::size_t i = 1; i < branches.size(); i += 2) {
        const auto common = common_type(type, branches[i].type);
        if (!common)
            return fail_at(place, fmt::format("the values {} and {} have no type in common", text_of(or_null(type)),
                                              text_of(or_null(branches[i].type))));
        type = *common;
    }
    for (std::size_t i = 0; i < branches.size(); ++i)
        branches[i] = KNS_TRY(cast_to(std::move(branches[i]), i % 2 == 0 ? boolean_type() : type));
    branches.push_back(KNS_TRY(cast_to(std::move(otherwise), type)));
    return Expr{.kind = Expr::Kind::choice, .type = std::move(type), .args = std::move(branches), .place = place};
}

}  // namespace kns::sql
