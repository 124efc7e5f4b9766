// Functions of numbers.
#include <cmath>
#include <numbers>
#include <random>

#include "core/sql/expression/calendar.hpp"
#include "core/sql/expression/function.hpp"

namespace kns::sql {
namespace {

using I = std::int64_t;
using Scope = const RowScope&;

Result<Expr> bind_abs(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 1 || !args[0].type.is_number()) return wrong_arguments(name, args, place);
    const Type type = args[0].type;
    std::shared_ptr<const Kernel> kernel;
    const bool sign = name == "SIGN";
    switch (type.layout()) {
        case Layout::floating:
            kernel = sign ? share_kernel([](Scope, double x) { return x > 0   ? 1.0
                                                                      : x < 0 ? -1.0
                                                                              : x; })
                          : share_kernel([](Scope, double x) { return std::fabs(x); });
            break;
        case Layout::exact:
            kernel = sign ? share_kernel([scale = type.scale](Scope, Decimal x) {
                return x > 0 ? power_of_ten(scale) : x < 0 ? -power_of_ten(scale) : x;
            })
                          : share_kernel([](Scope, Decimal x) { return x < 0 ? -x : x; });
            break;
        default:
            kernel = sign ? share_kernel([](Scope, I x) { return I{x > 0} - I{x < 0}; })
                          : share_kernel([](Scope, I x) { return x < 0 ? static_cast<I>(0 - static_cast<std::uint64_t>(x)) : x; });
    }
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

// FLOOR(x), CEIL(x), and of times FLOOR(t TO HOUR).
Result<Expr> bind_floor(const std::string& name, std::vector<Expr> args, Place place) {
    const bool up = name != "FLOOR";
    if (args.size() == 2 && args[1].name == kKeyword) {
        const auto unit = parse_unit(std::get<std::string>(args[1].value));
        const Type type = args[0].type;
        if (!unit || (!type.is_timestamp() && type.kind != Kind::date)) return wrong_arguments(name, args, place);
        args.pop_back();
        const bool date = type.kind == Kind::date, local = type.kind == Kind::timestamp_ltz;
        return call_of(name, type, std::move(args), share_kernel([=](Scope, I x) {
                           const I at = date ? x * kMicrosPerDay : local ? to_local(x) : x;
                           I out = floor_to(*unit, at);
                           if (up && out != at) out = is_months(*unit) ? add_months(out, length_of(*unit)) : out + length_of(*unit);
                           return date ? floor_div(out, kMicrosPerDay) : local ? from_local(out) : out;
                       }),
                       place);
    }
    if (args.size() != 1 || !args[0].type.is_number()) return wrong_arguments(name, args, place);
    const Type type = args[0].type;
    if (type.is_whole_number()) return std::move(args[0]);
    if (type.kind == Kind::decimal) {
        const auto scale = type.scale;
        return call_of(name, or_null(decimal_type(type.precision, 0), type.nullable), std::move(args),
                       share_kernel([=](Scope, Decimal x) {
                           const Decimal unit = power_of_ten(scale), whole = x / unit, rest = x % unit;
                           return whole + (up ? (rest > 0 ? 1 : 0) : (rest < 0 ? -1 : 0));
                       }),
                       place);
    }
    return call_of(name, type, std::move(args), share_kernel([up](Scope, double x) { return up ? std::ceil(x) : std::floor(x); }),
                   place);
}

Result<Expr> bind_round(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() == 1) args.push_back(literal_of(I{0}, integer_type()));
    if (args.size() != 2 || !args[0].type.is_number() || !args[1].type.is_whole_number()) return wrong_arguments(name, args, place);
    Type type = args[0].type;
    args[1] = KNS_TRY(cast_to(std::move(args[1]), bigint_type()));
    type.nullable = any_nullable(args);
    const bool cut = name == "TRUNCATE";
    if (type.is_approximate()) {
        return call_of(name, type, std::move(args), share_kernel([cut](Scope, double x, I digits) {
                           if (!std::isfinite(x) || digits > 15) return x;
                           const double unit = std::pow(10.0, static_cast<double>(std::clamp<I>(digits, -300, 300)));
                           const double scaled = x * unit;
                           return std::isfinite(scaled) ? (cut ? std::trunc(scaled) : std::round(scaled)) / unit : x;
                       }),
                       place);
    }
    if (type.kind == Kind::decimal) {
        const auto from = type.scale;
        const bool fixed = args[1].is_literal() && !is_null(args[1].value);
        const auto digits = fixed ? static_cast<std::uint32_t>(std::clamp<I>(std::get<I>(args[1].value), 0, from)) : from;
        Type out = decimal_type(std::min(kMaxPrecision, type.precision - from + digits + (cut ? 0 : 1)), digits);
        return call_of(name, out, std::move(args), share_kernel([=](Scope, Decimal x, I wanted) -> std::optional<Decimal> {
                           if (wanted >= from) return rescale(x, from, digits);
                           const I drop = from - std::max<I>(wanted, -static_cast<I>(kMaxPrecision) + from);
                           const Decimal unit = power_of_ten(static_cast<std::uint32_t>(drop));
                           const auto kept = cut ? std::optional(x / unit) : rescale(x, static_cast<std::uint32_t>(drop), 0);
                           const auto full = kept ? multiply(*kept, unit) : std::nullopt;
                           return full ? rescale(*full, from, digits) : std::nullopt;
                       }),
                       place);
    }
    return call_of(name, type, std::move(args), share_kernel([cut](Scope, I x, I digits) {
                       if (digits >= 0) return x;
                       if (digits < -18) return I{0};
                       const auto unit = static_cast<I>(power_of_ten(static_cast<std::uint32_t>(-digits)));
                       const I rest = x % unit, base = x - rest;
                       if (cut || 2 * std::abs(rest) < unit) return base;
                       return rest < 0 ? base - unit : base + unit;
                   }),
                   place);
}

Result<Expr> bind_mod(const std::string&, std::vector<Expr> args, Place place) {
    if (args.size() != 2) return wrong_arguments("MOD", args, place);
    return bind_binary("%", std::move(args[0]), std::move(args[1]), place);
}

double random_of(std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    return std::generate_canonical<double, 53>(engine);
}
double random_number() {
    thread_local std::mt19937_64 engine(std::random_device{}());
    return std::generate_canonical<double, 53>(engine);
}

}  // namespace

void add_number_functions(FunctionSet& table) {
    const auto of_one = [&](const char* name, double (*f)(double)) {
        table.add(name, "d", "d", [f](Scope, double x) { return f(x); });
    };
    of_one("SQRT", std::sqrt), of_one("EXP", std::exp), of_one("LN", std::log), of_one("LOG10", std::log10),
        of_one("LOG2", std::log2);
    of_one("SIN", std::sin), of_one("COS", std::cos), of_one("TAN", std::tan), of_one("ASIN", std::asin), of_one("ACOS", std::acos);
    of_one("ATAN", std::atan), of_one("SINH", std::sinh), of_one("COSH", std::cosh), of_one("TANH", std::tanh);
    table.add("COT", "d", "d", [](Scope, double x) { return 1 / std::tan(x); });
    table.add("LOG", "d", "d", [](Scope, double x) { return std::log(x); });
    table.add("LOG", "dd", "d", [](Scope, double base, double x) { return std::log(x) / std::log(base); });
    table.add("POWER", "dd", "d", [](Scope, double x, double y) { return std::pow(x, y); });
    table.add("ATAN2", "dd", "d", [](Scope, double y, double x) { return std::atan2(y, x); });
    table.add("DEGREES", "d", "d", [](Scope, double x) { return x * 180 / std::numbers::pi; });
    table.add("RADIANS", "d", "d", [](Scope, double x) { return x * std::numbers::pi / 180; });
    table.add("PI", "", "d", [](Scope) { return std::numbers::pi; });
    table.add("E", "", "d", [](Scope) { return std::numbers::e; });
    table.add("RAND", "", "d", [](Scope) { return random_number(); });
    table.add("RAND", "i", "d", [](Scope, I seed) { return random_of(static_cast<std::uint64_t>(seed)); });
    table.add("RAND_INTEGER", "i", "n",
              [](Scope, I below) { return static_cast<I>(random_number() * static_cast<double>(below)); });
    table.add("BIN", "i", "s", [](Scope scope, I x) { return scope.keep(fmt::format("{:b}", static_cast<std::uint64_t>(x))); });
    table.add("HEX", "i", "s", [](Scope scope, I x) { return scope.keep(fmt::format("{:X}", static_cast<std::uint64_t>(x))); });
    table.add("HEX", "s", "s", [](Scope scope, std::string_view text) {
        std::string out;
        for (const char c : text) fmt::format_to(std::back_inserter(out), "{:02X}", static_cast<unsigned char>(c));
        return scope.keep(out);
    });
    for (const auto* name : {"ABS", "SIGN"}) table.add(name, bind_abs);
    for (const auto* name : {"FLOOR", "CEIL", "CEILING"}) table.add(name, bind_floor);
    for (const auto* name : {"ROUND", "TRUNCATE"}) table.add(name, bind_round);
    table.add("MOD", bind_mod);
}

}  // namespace kns::sql
