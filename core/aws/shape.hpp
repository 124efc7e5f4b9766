// What AWS's models say about a request: the members of each operation's input, their types and constraints. Static data;
// pure. Source: botocore's service models.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kns::aws {

enum class ShapeType : std::uint8_t { structure, list, map, text, blob, integer, number, boolean, timestamp };

struct Shape;

struct Member {
    std::string_view name;  // as on the wire: "StreamName"
    const Shape* shape = nullptr;
    bool required = false;
};

struct Shape {
    ShapeType type = ShapeType::structure;
    std::optional<std::int64_t> min{}, max{};    // of the length (text: characters; blob: bytes; list, map: elements) or the value
    std::string_view pattern{};                  // as AWS prints it; the whole text must match
    std::span<const std::string_view> values{};  // of an enum, in the model's order
    std::span<const Member> members{};           // of a structure, in the model's order
    const Shape* key = nullptr;                  // of a map
    const Shape* element = nullptr;              // of a list or map
    bool only_strict = false;                    // the pattern: it is about places of AWS's own, and kns has others
};

struct Operation {
    std::string_view name;  // "PutRecord"
    const Shape* input = nullptr;
    bool answers = false;  // otherwise: 200 with an empty body
};

}  // namespace kns::aws
