// The functions over groups: what they take, and what they give.
#include <algorithm>
#include <array>

#include "core/sql/expression/function.hpp"
#include "core/sql/plan/scope.hpp"

namespace kns::sql {
namespace {

constexpr std::array<std::string_view, 24> kAggregates = {
    "COUNT",       "SUM",      "AVG",     "MIN",           "MAX",        "FIRST_VALUE",
    "LAST_VALUE",  "LISTAGG",  "COLLECT", "ARRAY_AGG",     "STDDEV",     "STDDEV_POP",
    "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP",      "PERCENTILE", "APPROX_COUNT_DISTINCT",
    "SUM0",        "BOOL_AND", "BOOL_OR", "JSON_ARRAYAGG", "MEDIAN",     "EWMA"};

Result<Type> numeric(const std::string& name, const std::vector<Expr>& args, Place place) {
    if (args.size() != 1 || (!args[0].type.is_number() && args[0].type.kind != Kind::null))
        return wrong_arguments(name, args, place);
    return args[0].type;
}

// A literal argument, which is no column: taken out of the arguments.
Result<Value> parameter(const std::string& name, std::vector<Expr>& args, std::size_t at, const Type& type, Place place) {
    if (!args[at].is_literal()) return fail_at(args[at].place, fmt::format("argument {} of {} has to be a literal", at + 1, name));
    const Expr literal = KNS_TRY(cast_to(std::move(args[at]), type));
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(at));
    if (is_null(literal.value)) return fail_at(place, fmt::format("argument {} of {} is NULL", at + 1, name));
    return literal.value;
}

}  // namespace

bool is_aggregate(const std::string& name) { return std::ranges::find(kAggregates, name) != kAggregates.end(); }

std::vector<std::string> aggregate_names() { return {kAggregates.begin(), kAggregates.end()}; }

Result<AggregateCall> type_aggregate(std::string name, std::vector<Expr>& args, bool distinct, Place place) {
    AggregateCall out{.function = name, .distinct = distinct, .type = {}};
    const auto finish = [&](Type type) {
        out.type = std::move(type);
        for (const auto& arg : args) out.argument_types.push_back(arg.type);
        return out;
    };
    if (name == "COUNT" || name == "APPROX_COUNT_DISTINCT") {
        if (name == "APPROX_COUNT_DISTINCT") out.distinct = true, out.function = "COUNT";
        if (args.size() > 1 && !out.distinct) return wrong_arguments(name, args, place);
        if (args.empty() && out.distinct) return wrong_arguments(name, args, place);
        return finish(not_null(bigint_type()));
    }
    if (name == "SUM" || name == "SUM0") {
        Type type = KNS_TRY(numeric(name, args, place));
        if (type.kind == Kind::null) type = bigint_type();
        if (type.kind == Kind::decimal) type.precision = kMaxPrecision;
        if (type.kind == Kind::real) type = double_type();
        args[0] = KNS_TRY(cast_to(std::move(args[0]), type));
        return finish(or_null(type, name == "SUM"));
    }
    if (name == "AVG") {
        Type type = KNS_TRY(numeric(name, args, place));
        if (type.kind == Kind::decimal) return finish(decimal_type(kMaxPrecision, std::max(6U, type.scale)));
        return finish(or_null(type));
    }
    if (name == "MIN" || name == "MAX") {
        if (args.size() != 1 || !args[0].type.can_be_ordered()) return wrong_arguments(name, args, place);
        return finish(or_null(args[0].type));
    }
    if (name == "FIRST_VALUE" || name == "LAST_VALUE") {
        if (args.size() != 1) return wrong_arguments(name, args, place);
        return finish(or_null(args[0].type));
    }
    if (name == "LAG") {
        if (args.empty() || args.size() > 2) return wrong_arguments(name, args, place);
        out.parameters.push_back(args.size() == 2 ? KNS_TRY(parameter(name, args, 1, bigint_type(), place))
                                                  : Value(std::int64_t{1}));
        return finish(or_null(args[0].type));
    }
    if (name == "LISTAGG") {
        if (args.empty() || args.size() > 2) return wrong_arguments(name, args, place);
        out.parameters.push_back(args.size() == 2 ? KNS_TRY(parameter(name, args, 1, string_type(), place))
                                                  : Value(std::string(",")));
        args[0] = KNS_TRY(cast_to(std::move(args[0]), string_type()));
        return finish(string_type());
    }
    if (name == "COLLECT" || name == "ARRAY_AGG") {
        if (args.size() != 1) return wrong_arguments(name, args, place);
        Type type = array_type(args[0].type);
        if (name == "COLLECT") type.kind = Kind::multiset;
        return finish(std::move(type));
    }
    if (name == "JSON_ARRAYAGG") {
        if (args.empty()) return wrong_arguments(name, args, place);
        args.resize(1, Expr{});
        return finish(string_type());
    }
    if (name == "BOOL_AND" || name == "BOOL_OR") {
        if (args.size() != 1) return wrong_arguments(name, args, place);
        args[0] = KNS_TRY(cast_to(std::move(args[0]), boolean_type()));
        out.function = name == "BOOL_AND" ? "MIN" : "MAX";
        return finish(boolean_type());
    }
    if (name == "PERCENTILE" || name == "MEDIAN" || name == "EWMA") {
        if (args.size() != (name == "MEDIAN" ? 1U : 2U) || !args[0].type.is_number()) return wrong_arguments(name, args, place);
        out.parameters.push_back(name == "MEDIAN" ? Value(0.5) : KNS_TRY(parameter(name, args, 1, double_type(), place)));
        const double given = std::get<double>(out.parameters[0]);
        if (given < 0 || given > 1) return fail_at(place, fmt::format("argument 2 of {} lies between 0 and 1", name));
        if (name == "MEDIAN") out.function = "PERCENTILE";
        args[0] = KNS_TRY(cast_to(std::move(args[0]), double_type()));
        return finish(double_type());
    }
    // What is left: spreads. STDDEV and VARIANCE are those of a sample.
    const Type type = KNS_TRY(numeric(name, args, place));
    if (name == "STDDEV") out.function = "STDDEV_SAMP";
    if (name == "VARIANCE") out.function = "VAR_SAMP";
    args[0] = KNS_TRY(cast_to(std::move(args[0]), double_type()));
    return finish(type.is_whole_number()       ? or_null(type)
                  : type.kind == Kind::decimal ? decimal_type(kMaxPrecision, std::max(6U, type.scale))
                                               : double_type());
}

}  // namespace kns::sql
