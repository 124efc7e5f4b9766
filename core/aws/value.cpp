#include "core/aws/value.hpp"

namespace kns::aws {
namespace {

const Value kNull;

}  // namespace

const Value& Value::operator[](std::string_view member) const {
    if (const auto* structure = std::get_if<Structure>(&value_))
        for (const auto& [name, value] : *structure)
            if (name == member) return value;
    return kNull;
}

const std::string* Value::text() const { return std::get_if<std::string>(&value_); }

std::string_view Value::text_or(std::string_view fallback) const {
    const auto* found = text();
    return found ? std::string_view(*found) : fallback;
}

std::optional<std::string_view> Value::blob() const {
    const auto* found = std::get_if<Blob>(&value_);
    return found ? std::optional(found->bytes) : std::nullopt;
}

std::optional<std::int64_t> Value::integer() const {
    const auto* found = std::get_if<std::int64_t>(&value_);
    return found ? std::optional(*found) : std::nullopt;
}

std::optional<bool> Value::boolean() const {
    const auto* found = std::get_if<bool>(&value_);
    return found ? std::optional(*found) : std::nullopt;
}

std::optional<UnixMs> Value::timestamp() const {
    const auto* found = std::get_if<Timestamp>(&value_);
    return found ? std::optional(found->ms) : std::nullopt;
}

std::span<const Value> Value::list() const {
    const auto* found = std::get_if<List>(&value_);
    return found ? std::span<const Value>(*found) : std::span<const Value>();
}

const Value::Map* Value::map() const { return std::get_if<Map>(&value_); }

}  // namespace kns::aws
