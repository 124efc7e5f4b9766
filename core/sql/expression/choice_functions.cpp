// Functions that choose among their arguments, and do not look at those that they need not.
#include <algorithm>

#include "core/sql/expression/function.hpp"

namespace kns::sql {
namespace {

Result<Expr> bind_coalesce(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.empty() || (name == "IFNULL" && args.size() != 2)) return wrong_arguments(name, args, place);
    Expr last = std::move(args.back());
    args.pop_back();
    std::vector<Expr> branches;
    bool certain = !last.type.nullable;
    for (auto& arg : args) {
        certain = certain || !arg.type.nullable;
        branches.push_back(KNS_TRY(bind_unary("IS NOT NULL", arg, place)));
        branches.push_back(std::move(arg));
    }
    Expr out = branches.empty() ? std::move(last) : KNS_TRY(bind_case(std::move(branches), std::move(last), place));
    out.type.nullable = !certain;
    return out;
}

Result<Expr> bind_if(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 3) return wrong_arguments(name, args, place);
    Expr otherwise = std::move(args[2]);
    args.pop_back();
    return bind_case(std::move(args), std::move(otherwise), place);
}

Result<Expr> bind_nullif(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 2) return wrong_arguments(name, args, place);
    Expr value = args[0];
    Expr null = literal_of(Value(), value.type);
    std::vector<Expr> branches;
    branches.push_back(KNS_TRY(bind_binary("=", std::move(args[0]), std::move(args[1]), place)));
    branches.push_back(std::move(null));
    return bind_case(std::move(branches), std::move(value), place);
}

// NULL if one of them is.
Result<Expr> bind_greatest(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.empty()) return wrong_arguments(name, args, place);
    std::optional<Expr> any_null;
    for (const auto& arg : args) {
        if (!arg.type.nullable) continue;
        Expr is = KNS_TRY(bind_unary("IS NULL", arg, place));
        any_null = any_null ? KNS_TRY(bind_binary("OR", std::move(*any_null), std::move(is), place)) : std::move(is);
    }
    Expr best = args[0];
    for (std::size_t i = 1; i < args.size(); ++i) {
        std::vector<Expr> branches;
        branches.push_back(KNS_TRY(bind_binary(name == "GREATEST" ? ">=" : "<=", best, args[i], place)));
        branches.push_back(best);
        best = KNS_TRY(bind_case(std::move(branches), args[i], place));
    }
    if (!any_null) return best;
    Expr null = literal_of(Value(), best.type);
    return bind_case({std::move(*any_null), std::move(null)}, std::move(best), place);
}

// Whether a text could be cast, and the text where it could.
Result<Expr> bind_is_text(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 1 || !args[0].type.is_text()) return wrong_arguments(name, args, place);
    args[0] = KNS_TRY(cast_to(std::move(args[0]), string_type()));
    const int kind = name == "IS_DECIMAL" ? 0 : name == "IS_DIGIT" ? 1 : 2;
    auto kernel = share_kernel([kind](const RowScope&, std::string_view text) {
        if (kind == 0) return parse_decimal(text, kMaxPrecision, 0).has_value();
        return !text.empty() && std::ranges::all_of(text, [kind](char c) {
            return (kind == 1 ? std::isdigit(static_cast<unsigned char>(c)) : std::isalpha(static_cast<unsigned char>(c))) != 0;
        });
    });
    const Type type = or_null(boolean_type(), args[0].type.nullable);
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

}  // namespace

void add_choice_functions(FunctionSet& table) {
    for (const auto* name : {"COALESCE", "IFNULL"}) table.add(name, bind_coalesce);
    table.add("IF", bind_if);
    table.add("NULLIF", bind_nullif);
    for (const auto* name : {"GREATEST", "LEAST"}) table.add(name, bind_greatest);
    for (const auto* name : {"IS_DECIMAL", "IS_DIGIT", "IS_ALPHA"}) table.add(name, bind_is_text);
}

}  // namespace kns::sql
