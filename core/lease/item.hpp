// Items and their attribute values, in DynamoDB's own JSON: {"S": "text"}, {"N": "1"}, {"SS": ["a", "b"]}, ... Pure.
#pragma once

#include <compare>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace kns::lease {

// An error as DynamoDB names it.
struct Refusal {
    std::string type;  // "ValidationException"
    std::string message;
    std::string item{};     // JSON: the item that a condition failed on, if it was asked for
    std::string reasons{};  // JSON: of a transaction's parts
};

template <class T = void>
using Outcome = std::expected<T, Refusal>;

template <class... Args>
std::unexpected<Refusal> refuse(std::string type, fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(Refusal{std::move(type), fmt::format(format, std::forward<Args>(args)...), {}, {}});
}
template <class... Args>
std::unexpected<Refusal> invalid(fmt::format_string<Args...> format, Args&&... args) {
    return refuse("ValidationException", format, std::forward<Args>(args)...);
}

using Attribute = JsonValue;
using Item = std::map<std::string, Attribute, std::less<>>;

inline constexpr std::size_t kMaxItemBytes = 400 << 10;

// "S", "N", ...; the value behind it.
std::string_view type_of(const Attribute& attribute);
const JsonValue& value_of(const Attribute& attribute);
Attribute make_attribute(std::string type, JsonValue value);
Attribute text_attribute(std::string text);

// Of an item as it came: every value has one type that exists, numbers are numbers in their plain form, sets have no member
// twice. At most 32 levels.
Outcome<Item> read_item(const JsonValue& json);
Outcome<Attribute> read_attribute(const JsonValue& json, int depth = 0);
Item item_of_text(std::string_view json);  // as it was stored
void write(JsonWriter& out, const Item& item);
std::string text_of(const Item& item);
std::size_t bytes_of(const Item& item);

bool equal(const Attribute& a, const Attribute& b);
// Of two texts, numbers or binaries; nothing for other types, or two of them.
std::optional<std::strong_ordering> compare(const Attribute& a, const Attribute& b);
bool begins_with(const Attribute& whole, const Attribute& part);
bool contains(const Attribute& whole, const Attribute& part);

// A set with the other's members added, or taken away: nothing if none is left. Numbers are added.
Outcome<Attribute> sum(const Attribute* had, const Attribute& added);
Outcome<std::optional<Attribute>> without(const Attribute& had, const Attribute& removed);

// A place in an item: a name, then members and indices.
struct Step {
    std::string name;
    std::optional<std::size_t> index;
};
using Path = std::vector<Step>;
const Attribute* find(const Item& item, const Path& path);
// What is set behind a list's end is appended.
Outcome<void> set(Item& item, const Path& path, Attribute value);
void remove(Item& item, const Path& path);

}  // namespace kns::lease
