// Functions of JSON in texts.
#include <charconv>

#include "core/sql/expression/cast.hpp"
#include "core/sql/expression/function.hpp"
#include "core/sql/expression/json_text.hpp"

namespace kns::sql {
namespace {

using S = std::string_view;
using Scope = const RowScope&;

// "lax $.a[0].b": lax is what all are.
Result<std::string> path_of(const Expr& argument) {
    std::string path = KNS_TRY(literal_text(argument, "the path"));
    for (const S mode : {"lax ", "strict "})
        if (path.starts_with(mode)) path.erase(0, mode.size());
    if (!path.starts_with('$')) return fail_at(argument.place, fmt::format("the path '{}' does not begin with $", path));
    return path;
}

const JsonValue* find(const JsonValue& root, const std::string& path) { return path == "$" ? &root : root.at_path(path); }

std::string text_of_json(const JsonValue& value) {
    if (const auto* text = value.as_string()) return *text;
    JsonWriter out;
    value.write(out);
    return out.take();
}
bool is_scalar(const JsonValue& value) { return value.as_array() == nullptr && value.as_object() == nullptr; }

// NULL ON EMPTY, ERROR ON ERROR, DEFAULT x ON EMPTY and so on; words as the parser leaves them.
struct Behaviour {
    enum class What { null, error, value, empty_array, empty_object } what = What::null;
    std::optional<Expr> value{};
};
struct JsonWords {
    Behaviour on_empty, on_error;
    std::optional<Type> returning{};
    bool wrap = false, wrap_always = false;
};

Result<JsonWords> read_words(const std::string& name, std::vector<Expr>& args, std::size_t from, Place place) {
    JsonWords out;
    Behaviour next;
    for (std::size_t i = from; i < args.size(); ++i) {
        if (args[i].name != kKeyword) return wrong_arguments(name, args, place);
        const std::string word = std::get<std::string>(args[i].value);
        if (word == "RETURNING" && i + 1 < args.size())
            out.returning = args[++i].type;
        else if (word == "NULL")
            next = {Behaviour::What::null};
        else if (word == "ERROR" && i + 1 < args.size() && args[i + 1].name == kKeyword &&
                 std::get<std::string>(args[i + 1].value) == "ON")
            next = {Behaviour::What::error};
        else if (word == "DEFAULT" && i + 1 < args.size())
            next = {Behaviour::What::value, std::move(args[++i])};
        else if (word == "EMPTY" && i + 1 < args.size() && std::get<std::string>(args[i + 1].value) == "ARRAY")
            next = {Behaviour::What::empty_array}, ++i;
        else if (word == "EMPTY" && i + 1 < args.size() && std::get<std::string>(args[i + 1].value) == "OBJECT")
            next = {Behaviour::What::empty_object}, ++i;
        else if (word == "ON" && i + 1 < args.size()) {
            const std::string when = std::get<std::string>(args[++i].value);
            (when == "EMPTY" ? out.on_empty : out.on_error) = next;
        } else if (word == "WRAPPER")
            out.wrap = i == 0 || std::get<std::string>(args[i - 1].value) != "WITHOUT";
        else if (word == "UNCONDITIONAL")
            out.wrap_always = true;
    }
    if (out.wrap) out.wrap_always = out.wrap_always || true;
    for (std::size_t i = from; i < args.size(); ++i)
        if (args[i].name == kKeyword && std::get<std::string>(args[i].value) == "CONDITIONAL") out.wrap_always = false;
    args.resize(from, Expr{});
    return out;
}

Result<Expr> bind_exists(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() < 2 || !args[0].type.is_text()) return wrong_arguments(name, args, place);
    const std::string path = KNS_TRY(path_of(args[1]));
    args.resize(1, Expr{});
    auto kernel = share_kernel([path](Scope, S text) {
        const auto json = parse_json(text);
        return json && find(*json, path) != nullptr;
    });
    const Type type = or_null(boolean_type(), args[0].type.nullable);
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

// The value as text, and 0 for found, 1 for empty, 2 for an error: three calls that a choice puts together.
std::optional<std::string> json_value(S text, const std::string& path, int& state) {
    const auto json = parse_json(text);
    state = 2;
    if (!json) return {};
    const JsonValue* found = find(*json, path);
    state = found == nullptr ? 1 : is_scalar(*found) ? 0 : 2;
    if (state != 0 || found->is_null()) return {};
    return text_of_json(*found);
}

Result<Expr> otherwise_of(const Behaviour& behaviour, const Type& type, S what, Place place) {
    switch (behaviour.what) {
        case Behaviour::What::value: return cast_to(*behaviour.value, type);
        case Behaviour::What::empty_array: return literal_of(std::string("[]"), string_type());
        case Behaviour::What::empty_object: return literal_of(std::string("{}"), string_type());
        case Behaviour::What::error:
            return call_of("JSON_ERROR", type, {},
                           std::make_shared<const Kernel>([message = std::string(what)](const KernelCall& call) {
                               call.rows.each([&](std::size_t row) {
                                   call.out.set_null(row);
                                   call.context.errors.add(row, message);
                               });
                           }),
                           place);
        case Behaviour::What::null: break;
    }
    return literal_of(Value(), type);
}

// Chooses between what was found, what is said for EMPTY, and what is said for ERROR.
Result<Expr> chosen(Expr text, Expr found, std::shared_ptr<const Kernel> state, const JsonWords& words, const Type& type,
                    Place place) {
    if (words.on_empty.what == Behaviour::What::null && words.on_error.what == Behaviour::What::null) return found;
    std::vector<Expr> in{text};
    Expr how = call_of("JSON_STATE", or_null(integer_type(), text.type.nullable), in, std::move(state), place);
    const auto is = [&](std::int64_t n) { return bind_binary("=", how, literal_of(n, integer_type()), place); };
    std::vector<Expr> branches;
    branches.push_back(KNS_TRY(is(1)));
    branches.push_back(KNS_TRY(otherwise_of(words.on_empty, type, "there is nothing at the path", place)));
    branches.push_back(KNS_TRY(is(2)));
    branches.push_back(
        KNS_TRY(otherwise_of(words.on_error, type, "the text is no JSON, or what is at the path is of another kind", place)));
    return bind_case(std::move(branches), std::move(found), place);
}

Result<Expr> bind_value(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() < 2 || !args[0].type.is_text()) return wrong_arguments(name, args, place);
    const std::string path = KNS_TRY(path_of(args[1]));
    const auto words = KNS_TRY(read_words(name, args, 2, place));
    args.resize(1, Expr{});
    const Expr text = args[0];
    Expr found = call_of(name, string_type(), std::move(args), share_kernel([path](Scope scope, S in) -> std::optional<S> {
                             int state = 0;
                             const auto value = json_value(in, path, state);
                             return value ? std::optional(scope.keep(*value)) : std::nullopt;
                         }),
                         place);
    const Type type = words.returning.value_or(string_type());
    if (words.returning) found = KNS_TRY(cast_to(std::move(found), type, words.on_error.what != Behaviour::What::error));
    auto state = share_kernel([path](Scope, S in) {
        int out = 0;
        json_value(in, path, out);
        return std::int64_t{out};
    });
    return chosen(text, std::move(found), std::move(state), words, type, place);
}

Result<Expr> bind_query(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() < 2 || !args[0].type.is_text()) return wrong_arguments(name, args, place);
    const std::string path = KNS_TRY(path_of(args[1]));
    const auto words = KNS_TRY(read_words(name, args, 2, place));
    args.resize(1, Expr{});
    const Expr text = args[0];
    const auto query = [path, wrap = words.wrap, always = words.wrap_always](S in, int& state) -> std::optional<std::string> {
        const auto json = parse_json(in);
        state = 2;
        if (!json) return {};
        const JsonValue* value = find(*json, path);
        state = value == nullptr ? 1 : 2;
        if (value == nullptr) return {};
        const bool scalar = is_scalar(*value);
        if (scalar && !wrap) return {};
        state = 0;
        JsonWriter out;
        value->write(out);
        return wrap && (always || scalar) ? "[" + out.text() + "]" : out.text();
    };
    Expr found = call_of(name, string_type(), std::move(args), share_kernel([query](Scope scope, S in) -> std::optional<S> {
                             int state = 0;
                             const auto value = query(in, state);
                             return value ? std::optional(scope.keep(*value)) : std::nullopt;
                         }),
                         place);
    auto state = share_kernel([query](Scope, S in) {
        int out = 0;
        query(in, out);
        return std::int64_t{out};
    });
    return chosen(text, std::move(found), std::move(state), words, string_type(), place);
}

Result<Expr> bind_json_string(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 1) return wrong_arguments(name, args, place);
    const Type type = args[0].type;
    auto kernel = std::make_shared<const Kernel>([type](const KernelCall& call) {
        auto* out = call.out.cells<S>();
        std::string text;
        call.rows.each([&](std::size_t row) {
            out[row] = {};
            if (call.in[0]->is_null(row)) return call.out.set_null(row);
            text.clear();
            append_json(text, *call.in[0], row, type);
            out[row] = call.out.arena().keep(text);
        });
    });
    return call_of(name, or_null(string_type(), type.nullable), std::move(args), std::move(kernel), place);
}

// JSON_OBJECT(k, v, ...), JSON_ARRAY(v, ...). What is JSON already, from these functions, is put in as it is.
Result<Expr> bind_construct(const std::string& name, std::vector<Expr> args, Place place) {
    const bool object = name == "JSON_OBJECT";
    bool absent = !object;
    std::size_t count = args.size();
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i].name != kKeyword) continue;
        count = std::min(count, i);
        const auto& word = std::get<std::string>(args[i].value);
        if (word == "NULL" && i == count) absent = false;
        if (word == "ABSENT") absent = true;
    }
    args.resize(count, Expr{});
    if (object && count % 2 != 0) return wrong_arguments(name, args, place);
    std::vector<Type> types;
    std::vector<bool> is_json;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (object && i % 2 == 0) args[i] = KNS_TRY(cast_to(std::move(args[i]), string_type()));
        types.push_back(args[i].type);
        is_json.push_back(args[i].is_call("JSON_OBJECT") || args[i].is_call("JSON_ARRAY") || args[i].is_call("JSON_QUERY"));
    }
    auto kernel = std::make_shared<const Kernel>([=](const KernelCall& call) {
        auto* out = call.out.cells<S>();
        std::string text;
        call.rows.each([&](std::size_t row) {
            text = object ? "{" : "[";
            for (std::size_t i = object ? 1 : 0; i < call.in.size(); i += object ? 2 : 1) {
                const Column& value = *call.in[i];
                if (absent && value.is_null(row)) continue;
                if (text.size() > 1) text += ',';
                if (object) {
                    append_json_string(text, call.in[i - 1]->at<S>(row));
                    text += ':';
                }
                if (is_json[i] && !value.is_null(row))
                    text += value.at<S>(row);
                else
                    append_json(text, value, row, types[i]);
            }
            text += object ? '}' : ']';
            out[row] = call.out.arena().keep(text);
        });
    });
    return call_of(name, not_null(string_type()), std::move(args), std::move(kernel), place);
}

}  // namespace

void add_json_functions(FunctionSet& table) {
    table.add("IS JSON", "s", "b", [](Scope, S text) { return parse_json(text).has_value(); });
    table.add("JSON_EXISTS", bind_exists);
    table.add("JSON_VALUE", bind_value);
    table.add("JSON_QUERY", bind_query);
    for (const auto* name : {"JSON_STRING", "TO_JSON"}) table.add(name, bind_json_string);
    for (const auto* name : {"JSON_OBJECT", "JSON_ARRAY"}) table.add(name, bind_construct);
}

}  // namespace kns::sql
