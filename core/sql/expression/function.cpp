#include "core/sql/expression/function.hpp"

#include <algorithm>
#include <map>

#include "core/base/edit_distance.hpp"

namespace kns::sql {
namespace {

using Entry = std::variant<std::vector<Overload>, Binder>;

const std::map<std::string, Entry, std::less<>>& functions() {
    static const auto table = [] {
        FunctionSet all;
        add_text_functions(all);
        add_pattern_functions(all);
        add_number_functions(all);
        add_time_functions(all);
        add_json_functions(all);
        add_choice_functions(all);
        add_collection_functions(all);
        std::map<std::string, Entry, std::less<>> out;
        for (auto& [name, overloads] : all.overloads) out.emplace(name, std::move(overloads));
        for (auto& [name, binder] : all.binders) out.emplace(name, binder);
        return out;
    }();
    return table;
}

Type type_of_letter(char letter) {
    switch (letter) {
        case 's': return string_type();
        case 'i': return bigint_type();
        case 'n': return integer_type();
        case 'd': return double_type();
        case 'b': return boolean_type();
        case 'B': return type_of(Kind::binary, kUnboundedLength);
        case 't': return timestamp_type();
        case 'z': return timestamp_ltz_type();
        default: return type_of(Kind::date);
    }
}

bool takes(char letter, const Type& type) {
    if (type.kind == Kind::null) return true;
    switch (letter) {
        case 's': return type.is_text();
        case 'i':
        case 'n': return type.is_whole_number();
        case 'd': return type.is_number();
        case 'b': return type.kind == Kind::boolean;
        case 'B': return type.kind == Kind::binary;
        case 't': return type.kind == Kind::timestamp || type.kind == Kind::date || type.kind == Kind::timestamp_ltz;
        case 'z': return type.kind == Kind::timestamp_ltz;
        default: return type.kind == Kind::date;
    }
}

}  // namespace

void FunctionSet::add_overload(Overload overload) {
    for (auto& [name, list] : overloads)
        if (name == overload.name) return list.push_back(std::move(overload));
    overloads.push_back({std::string(overload.name), {std::move(overload)}});
}

Expr keyword_of(std::string word, Place place) {
    Expr out = literal_of(std::move(word), string_type());
    out.name = kKeyword;
    out.place = place;
    return out;
}

Expr call_of(std::string name, Type type, std::vector<Expr> args, std::shared_ptr<const Kernel> kernel, Place place) {
    return {.kind = Expr::Kind::call,
            .type = std::move(type),
            .name = std::move(name),
            .kernel = std::move(kernel),
            .args = std::move(args),
            .place = place};
}

Failure wrong_arguments(const std::string& name, const std::vector<Expr>& args, Place place) {
    std::string list;
    for (const auto& arg : args)
        list += (list.empty() ? "" : ", ") + (arg.name == kKeyword ? std::get<std::string>(arg.value) : text_of(or_null(arg.type)));
    return fail_at(place, fmt::format("{} does not take ({})", name, list));
}

bool any_nullable(const std::vector<Expr>& args) {
    return std::ranges::any_of(args, [](const Expr& arg) { return arg.type.nullable; });
}

Result<std::string> literal_text(const Expr& expression, std::string_view what) {
    if (expression.is_literal() && expression.type.is_text() && !is_null(expression.value))
        return std::get<std::string>(expression.value);
    return fail_at(expression.place, fmt::format("{} has to be a text in quotes", what));
}

bool is_function(const std::string& name) { return functions().contains(name); }

std::vector<std::string> function_names() {
    std::vector<std::string> out;
    for (const auto& [name, entry] : functions()) out.push_back(name);
    return out;
}

Result<Expr> bind_function(const std::string& name, std::vector<Expr> args, Place place) {
    const auto found = functions().find(name);
    if (found == functions().end()) {
        auto error = fail_at(place, fmt::format("there is no function {}", name));
        const auto near = nearest(name, function_names());
        return near ? std::move(error).hint(fmt::format("did you mean {}?", *near)) : std::move(error);
    }
    if (const auto* binder = std::get_if<Binder>(&found->second)) return (*binder)(name, std::move(args), place);
    for (const auto& overload : std::get<std::vector<Overload>>(found->second)) {
        if (overload.takes.size() != args.size()) continue;
        bool fits = true;
        for (std::size_t i = 0; i < args.size() && fits; ++i) fits = takes(overload.takes[i], args[i].type);
        if (!fits) continue;
        for (std::size_t i = 0; i < args.size(); ++i) {
            Type wanted = type_of_letter(overload.takes[i]);
            if (wanted.kind == Kind::timestamp && args[i].type.is_timestamp()) wanted.precision = args[i].type.precision;
            args[i] = KNS_TRY(cast_to(std::move(args[i]), wanted));
        }
        const bool nullable = overload.gives.ends_with('?') || any_nullable(args);
        Type type = or_null(type_of_letter(overload.gives[0]), nullable);
        return call_of(name, std::move(type), std::move(args), overload.kernel, place);
    }
    return wrong_arguments(name, args, place);
}

}  // namespace kns::sql
