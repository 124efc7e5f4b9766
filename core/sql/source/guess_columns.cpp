#include "core/sql/source/guess_columns.hpp"

#include <algorithm>

#include "core/base/json.hpp"
#include "core/sql/expression/calendar.hpp"

namespace kns::sql {
namespace {

constexpr std::size_t kMaxDepth = 8;
// A text that is a time of one kind or the other is a time, as long as all are.
Type type_of_text(const std::string& text) {
    if (text.size() >= 19 && (text[10] == 'T' || text[10] == ' ')) {
        if (parse_timestamp(text)) return timestamp_type();
        if (text.ends_with('Z') && parse_timestamp(text, true)) return timestamp_ltz_type();
    }
    return string_type();
}

// What holds both; a text holds everything.
Type both(const Type& a, const Type& b) {
    if (a.kind == Kind::null) return b;
    if (b.kind == Kind::null || a == b) return a;
    if (a.is_number() && b.is_number()) return double_type();
    if (a.kind == Kind::row && b.kind == Kind::row) {
        Type out = a;
        for (std::size_t i = 0; i < b.fields.size(); ++i) {
            const auto at = std::ranges::find(out.fields, b.fields[i]);
            if (at == out.fields.end()) {
                out.fields.push_back(b.fields[i]);
                out.elements.push_back(b.elements[i]);
            } else {
                Type& known = out.elements[static_cast<std::size_t>(at - out.fields.begin())];
                known = both(known, b.elements[i]);
            }
        }
        return out;
    }
    if (a.kind == Kind::array && b.kind == Kind::array) return array_type(both(a.elements[0], b.elements[0]));
    return string_type();
}

Type type_of_value(const JsonValue& value, std::size_t depth) {
    if (value.is_null()) return Type{};
    if (value.as_bool() != nullptr) return boolean_type();
    if (const auto* text = value.as_string()) return type_of_text(*text);
    if (depth > kMaxDepth) return string_type();
    if (const auto* list = value.as_array()) {
        Type element;
        for (const auto& item : *list) element = both(element, type_of_value(item, depth + 1));
        return array_type(std::move(element));
    }
    if (const auto* object = value.as_object()) {
        Type out = type_of(Kind::row);
        for (const auto& [name, member] : *object) {
            out.fields.push_back(name);
            out.elements.push_back(type_of_value(member, depth + 1));
        }
        return out;
    }
    return value.as_int() ? bigint_type() : double_type();
}

// What no record said is a text.
Type settled(Type type) {
    if (type.kind == Kind::null || (type.kind == Kind::row && type.elements.empty())) return string_type();
    for (auto& element : type.elements) element = settled(std::move(element));
    return type;
}

}  // namespace

Result<std::vector<TableColumn>> guess_columns(const std::vector<std::string>& records) {
    Type all = type_of(Kind::row);
    bool any = false;
    for (const auto& record : records) {
        const auto json = parse_json(record);
        if (!json || json->as_object() == nullptr) continue;
        any = true;
        all = both(all, type_of_value(*json, 0));
    }
    if (!any) return fail(Errc::invalid_argument, "none of its first records is a JSON object, so its columns are unknown");
    std::vector<TableColumn> out;
    for (std::size_t i = 0; i < all.fields.size(); ++i)
        out.push_back({.name = all.fields[i], .type = settled(std::move(all.elements[i]))});
    return out;
}

}  // namespace kns::sql
