#include "core/lease/item.hpp"

#include <algorithm>
#include <ranges>
#include <span>

#include "core/base/base64.hpp"
#include "core/lease/decimal.hpp"

namespace kns::lease {
namespace {

constexpr int kMaxDepth = 32;

const JsonValue::Array& members(const Attribute& attribute) {
    static const JsonValue::Array kNone;
    const auto* array = value_of(attribute).as_array();
    return array ? *array : kNone;
}

bool is_set(std::string_view type) { return type == "SS" || type == "NS" || type == "BS"; }

std::string bytes_of_base64(const std::string& text) { return base64_decode(text).value_or(std::string()); }

// A scalar's text in the form in which equal values are equal texts.
Outcome<std::string> read_scalar(char type, const JsonValue& json) {
    const auto* text = json.as_string();
    if (!text) return refuse("SerializationException", "An attribute value of type {} must be a string", type);
    if (type == 'N') {
        const auto number = Decimal::parse(*text);
        if (!number) return invalid("The parameter cannot be converted to a numeric value: {}", *text);
        return number->text();
    }
    if (type == 'B') {
        const auto bytes = base64_decode(*text);
        if (!bytes) return refuse("SerializationException", "A binary value is not base64");
        return base64_encode(*bytes);
    }
    return *text;
}

}  // namespace

std::string_view type_of(const Attribute& attribute) {
    const auto* object = attribute.as_object();
    return object && !object->empty() ? std::string_view(object->front().first) : std::string_view();
}

const JsonValue& value_of(const Attribute& attribute) {
    static const JsonValue kNone;
    const auto* object = attribute.as_object();
    return object && !object->empty() ? object->front().second : kNone;
}

Attribute make_attribute(std::string type, JsonValue value) {
    JsonValue::Object object;
    object.emplace_back(std::move(type), std::move(value));
    return Attribute(std::move(object));
}

Attribute text_attribute(std::string text) { return make_attribute("S", JsonValue(std::move(text))); }

Outcome<Attribute> read_attribute(const JsonValue& json, int depth) {
    const auto* object = json.as_object();
    if (!object || object->size() != 1)
        return invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    const auto& [type, value] = object->front();
    if (depth > kMaxDepth) return invalid("Nesting Levels have exceeded supported limits");
    if (type == "S" || type == "N" || type == "B") {
        auto text = read_scalar(type[0], value);
        if (!text) return std::unexpected(text.error());
        return make_attribute(type, JsonValue(std::move(*text)));
    }
    if (type == "BOOL" && value.as_bool()) return json;
    if (type == "NULL" && value.as_bool() && *value.as_bool()) return json;
    if (is_set(type) && value.as_array()) {
        std::vector<std::string> texts;
        for (const auto& member : *value.as_array()) {
            auto text = read_scalar(type[0], member);
            if (!text) return std::unexpected(text.error());
            texts.push_back(std::move(*text));
        }
        if (texts.empty()) return invalid("One or more parameter values were invalid: An string set  may not be empty");
        std::ranges::sort(texts);
        if (std::ranges::adjacent_find(texts) != texts.end())
            return invalid("One or more parameter values were invalid: Input collection contains duplicates.");
        JsonValue::Array array;
        for (auto& text : texts) array.emplace_back(std::move(text));
        return make_attribute(type, JsonValue(std::move(array)));
    }
    if (type == "L" && value.as_array()) {
        JsonValue::Array array;
        for (const auto& member : *value.as_array()) {
            auto read = read_attribute(member, depth + 1);
            if (!read) return read;
            array.push_back(std::move(*read));
        }
        return make_attribute(type, JsonValue(std::move(array)));
    }
    if (type == "M" && value.as_object()) {
        JsonValue::Object out;
        for (const auto& [name, member] : *value.as_object()) {
            auto read = read_attribute(member, depth + 1);
            if (!read) return read;
            out.emplace_back(name, std::move(*read));
        }
        return make_attribute(type, JsonValue(std::move(out)));
    }
    return refuse("SerializationException", "\"{}\" is no type of an attribute value, or its value has another shape", type);
}

Outcome<Item> read_item(const JsonValue& json) {
    const auto* object = json.as_object();
    if (!object) return refuse("SerializationException", "An item must be an object");
    Item item;
    for (const auto& [name, value] : *object) {
        auto read = read_attribute(value);
        if (!read) return std::unexpected(read.error());
        item.insert_or_assign(name, std::move(*read));
    }
    if (bytes_of(item) > kMaxItemBytes) return invalid("Item size has exceeded the maximum allowed size");
    return item;
}

Item item_of_text(std::string_view json) {
    Item item;
    const auto parsed = parse_json(json);
    if (!parsed || !parsed->as_object()) return item;
    for (const auto& [name, value] : *parsed->as_object()) item.insert_or_assign(name, value);
    return item;
}

void write(JsonWriter& out, const Item& item) {
    out.begin_object();
    for (const auto& [name, value] : item) {
        out.key(name);
        value.write(out);
    }
    out.end_object();
}

std::string text_of(const Item& item) {
    JsonWriter out;
    write(out, item);
    return out.take();
}

std::size_t bytes_of(const Item& item) { return text_of(item).size(); }

bool equal(const Attribute& a, const Attribute& b) {
    if (type_of(a) != type_of(b)) return false;
    const auto& left = value_of(a);
    const auto& right = value_of(b);
    if (const auto* text = left.as_string()) return right.as_string() && *text == *right.as_string();
    if (const auto* flag = left.as_bool()) return right.as_bool() && *flag == *right.as_bool();
    if (const auto* map = left.as_object()) {
        if (!right.as_object() || map->size() != right.as_object()->size()) return false;
        return std::ranges::all_of(
            *map, [&](const auto& pair) { return right.has(pair.first) && equal(pair.second, right[pair.first]); });
    }
    const auto& first = members(a);
    const auto& second = members(b);
    if (type_of(a) == "L") return std::ranges::equal(first, second, equal);
    return std::ranges::equal(first, second,
                              [](const JsonValue& x, const JsonValue& y) { return *x.as_string() == *y.as_string(); });
}

std::optional<std::strong_ordering> compare(const Attribute& a, const Attribute& b) {
    const auto type = type_of(a);
    if (type != type_of(b) || (type != "S" && type != "N" && type != "B")) return std::nullopt;
    const auto& left = *value_of(a).as_string();
    const auto& right = *value_of(b).as_string();
    if (type == "N") return *Decimal::parse(left) <=> *Decimal::parse(right);
    if (type == "B") return bytes_of_base64(left) <=> bytes_of_base64(right);
    return left <=> right;
}

bool begins_with(const Attribute& whole, const Attribute& part) {
    const auto type = type_of(whole);
    if (type != type_of(part) || (type != "S" && type != "B")) return false;
    const auto& text = *value_of(whole).as_string();
    const auto& start = *value_of(part).as_string();
    return type == "S" ? text.starts_with(start) : bytes_of_base64(text).starts_with(bytes_of_base64(start));
}

bool contains(const Attribute& whole, const Attribute& part) {
    const auto type = type_of(whole);
    if (type == "L") return std::ranges::any_of(members(whole), [&](const auto& member) { return equal(member, part); });
    const auto* text = value_of(part).as_string();
    if (!text || type.empty() || type.front() != type_of(part).front()) return false;
    if (is_set(type)) return std::ranges::any_of(members(whole), [&](const auto& member) { return *member.as_string() == *text; });
    if (type == "S") return value_of(whole).as_string()->contains(*text);
    return type == "B" && bytes_of_base64(*value_of(whole).as_string()).contains(bytes_of_base64(*text));
}

Outcome<Attribute> sum(const Attribute* had, const Attribute& added) {
    const auto type = type_of(added);
    if (type != "N" && !is_set(type))
        return invalid("Incorrect operand type for operator or function; operator: ADD, operand type: {}", type);
    if (!had) return added;
    if (type_of(*had) != type) return invalid("An operand in the update expression has an incorrect data type");
    if (type == "N") {
        const auto result = Decimal::parse(*value_of(*had).as_string())->plus(*Decimal::parse(*value_of(added).as_string()));
        if (!result) return invalid("Number overflow. Attempting to store a number with more than 38 significant digits");
        return make_attribute("N", JsonValue(result->text()));
    }
    std::vector<std::string> texts;
    for (const auto* set : {had, &added})
        for (const auto& member : members(*set)) texts.push_back(*member.as_string());
    std::ranges::sort(texts);
    const auto repeated = std::ranges::unique(texts);
    texts.erase(repeated.begin(), repeated.end());
    JsonValue::Array array;
    for (auto& text : texts) array.emplace_back(std::move(text));
    return make_attribute(std::string(type), JsonValue(std::move(array)));
}

Outcome<std::optional<Attribute>> without(const Attribute& had, const Attribute& removed) {
    const auto type = type_of(removed);
    if (!is_set(type) || type_of(had) != type) return invalid("An operand in the update expression has an incorrect data type");
    JsonValue::Array left;
    for (const auto& member : members(had))
        if (!contains(removed, make_attribute(std::string(type.substr(0, 1)), member))) left.push_back(member);
    if (left.empty()) return std::nullopt;
    return make_attribute(std::string(type), JsonValue(std::move(left)));
}

const Attribute* find(const Item& item, const Path& path) {
    const auto first = item.find(path.front().name);
    if (first == item.end()) return nullptr;
    const Attribute* at = &first->second;
    for (const auto& step : path | std::views::drop(1)) {
        const auto& value = value_of(*at);
        if (step.index) {
            if (type_of(*at) != "L" || *step.index >= value.as_array()->size()) return nullptr;
            at = &(*value.as_array())[*step.index];
        } else {
            if (type_of(*at) != "M" || !value.has(step.name)) return nullptr;
            at = &value[step.name];
        }
    }
    return at;
}

namespace {

// The attribute with what lies at the rest of the path replaced, or taken out.
Outcome<Attribute> changed(const Attribute& attribute, std::span<const Step> rest, const std::optional<Attribute>& value) {
    if (rest.empty()) return *value;
    const auto& step = rest.front();
    const bool last = rest.size() == 1;
    if (step.index && type_of(attribute) == "L") {
        auto array = *value_of(attribute).as_array();
        if (*step.index >= array.size()) {
            if (last && value) array.push_back(*value);
            if (!last) return invalid("The document path provided in the update expression is invalid for update");
        } else if (last && !value) {
            array.erase(array.begin() + static_cast<std::ptrdiff_t>(*step.index));
        } else {
            auto inner = changed(array[*step.index], rest.subspan(1), value);
            if (!inner) return inner;
            array[*step.index] = std::move(*inner);
        }
        return make_attribute("L", JsonValue(std::move(array)));
    }
    if (!step.index && type_of(attribute) == "M") {
        auto object = *value_of(attribute).as_object();
        const auto member = std::ranges::find(object, step.name, &std::pair<std::string, JsonValue>::first);
        if (last && !value) {
            if (member != object.end()) object.erase(member);
        } else if (last && member == object.end()) {
            object.emplace_back(step.name, *value);
        } else if (member != object.end()) {
            auto inner = changed(member->second, rest.subspan(1), value);
            if (!inner) return inner;
            member->second = std::move(*inner);
        } else {
            return invalid("The document path provided in the update expression is invalid for update");
        }
        return make_attribute("M", JsonValue(std::move(object)));
    }
    return invalid("The document path provided in the update expression is invalid for update");
}

}  // namespace

Outcome<void> set(Item& item, const Path& path, Attribute value) {
    if (path.size() == 1) {
        item.insert_or_assign(path.front().name, std::move(value));
        return {};
    }
    const auto first = item.find(path.front().name);
    if (first == item.end()) return invalid("The document path provided in the update expression is invalid for update");
    auto out = changed(first->second, std::span(path).subspan(1), std::optional(std::move(value)));
    if (!out) return std::unexpected(out.error());
    first->second = std::move(*out);
    return {};
}

void remove(Item& item, const Path& path) {
    const auto first = item.find(path.front().name);
    if (first == item.end()) return;
    if (path.size() == 1) {
        item.erase(first);
        return;
    }
    if (!find(item, path)) return;
    if (auto out = changed(first->second, std::span(path).subspan(1), std::nullopt)) first->second = std::move(*out);
}

}  // namespace kns::lease
