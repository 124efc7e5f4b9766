#include "core/lease/lease_table.hpp"

#include <algorithm>

namespace kns::lease {
namespace {

constexpr std::size_t kMaxKeyBytes = 2048;

}  // namespace

Refusal internal(const Error& error) { return {"InternalServerError", error.text(), {}, {}}; }

Outcome<> kept(const Result<void>& result) {
    if (!result) return std::unexpected(internal(result.error()));
    return {};
}

std::string text_in(const JsonValue& in, std::string_view name, std::string fallback) {
    const auto* text = in[name].as_string();
    if (text) return *text;
    return fallback;
}

bool is_table_name(std::string_view name) {
    constexpr std::string_view kMarks = "_.-";
    return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kMarks.contains(c);
           });
}

Outcome<Key> key_of_schema(const JsonValue& schema) {
    Key key;
    if (const auto* parts = schema.as_array())
        for (const auto& part : *parts)
            (text_in(part, "KeyType") == "RANGE" ? key.range : key.hash) = text_in(part, "AttributeName");
    if (key.hash.empty()) return invalid("One or more parameter values were invalid: a KeySchema needs a HASH key");
    return key;
}

std::string defined_type(const JsonValue& description, std::string_view attribute) {
    if (const auto* definitions = description["AttributeDefinitions"].as_array())
        for (const auto& one : *definitions)
            if (text_in(one, "AttributeName") == attribute) return text_in(one, "AttributeType");
    return {};
}

Outcome<std::string> Table::key_text(const Item& item, bool nothing_else) const {
    std::string out;
    std::size_t found = 0;
    for (const auto& name : {key.hash, key.range}) {
        if (name.empty()) continue;
        const auto value = item.find(name);
        if (value == item.end()) return invalid("One or more parameter values were invalid: Missing the key {} in the item", name);
        const auto wanted = defined_type(description, name);
        if (type_of(value->second) != wanted)
            return invalid("One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}", name,
                           wanted, type_of(value->second));
        const auto& text = *value_of(value->second).as_string();
        if (text.empty())
            return invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
                "string value. Key: {}",
                name);
        if (text.size() > kMaxKeyBytes)
            return invalid(
                "One or more parameter values were invalid: Size of key {} has exceeded the maximum size limit of {} bytes", name,
                kMaxKeyBytes);
        if (found++ > 0) out += kBetweenKeys;
        out += text;
    }
    if (nothing_else && item.size() != found) return invalid("The provided key element does not match the schema");
    return out;
}

Item Table::key_item(const Item& item) const {
    Item out;
    for (const auto& name : {key.hash, key.range})
        if (const auto value = item.find(name); !name.empty() && value != item.end()) out.insert(*value);
    return out;
}

void write_consumed(JsonWriter& out, const JsonValue& in, const std::string& table) {
    if (const auto wanted = text_in(in, "ReturnConsumedCapacity"); wanted == "TOTAL" || wanted == "INDEXES")
        out.key("ConsumedCapacity").begin_object().member("TableName", table).member("CapacityUnits", 1.0).end_object();
}

}  // namespace kns::lease
