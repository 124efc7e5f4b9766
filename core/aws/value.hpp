// A request's input as a tree, whichever wire it came by. Pure. Blobs stand where they came, in the request's body.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/aws/shape.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns::aws {

class Value {
   public:
    struct Blob {
        std::string_view bytes;
        std::shared_ptr<const std::string> own;  // what they are of, shared by copies; null: the request's body
    };
    struct Timestamp {
        UnixMs ms = 0;
    };
    using List = std::vector<Value>;
    using Structure = std::vector<std::pair<std::string_view, Value>>;  // names are the shape's own (static)
    using Map = std::vector<std::pair<std::string, Value>>;             // in document order, each key once: the last wins
    using Storage = std::variant<std::monostate, bool, std::int64_t, double, std::string, Blob, Timestamp, List, Structure, Map>;

    Value() = default;
    explicit Value(Storage value) : value_(std::move(value)) {}

    const Storage& storage() const { return value_; }
    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }  // absent, or null on the wire

    // The member of a structure; a shared null where there is none.
    const Value& operator[](std::string_view member) const;
    // What a decoded, validated value of that type holds; a value of another type (or null) gives nothing / the fallback.
    const std::string* text() const;
    std::string_view text_or(std::string_view fallback) const;
    std::optional<std::string_view> blob() const;
    std::optional<std::int64_t> integer() const;
    std::optional<bool> boolean() const;
    std::optional<UnixMs> timestamp() const;
    std::span<const Value> list() const;  // empty where there is none
    const Map* map() const;

   private:
    Storage value_;
};

// Both read what the shape knows and skip the rest. A list or map keeps at most one element more than its shape's max: enough
// for `violations` to see it, so that no input makes a tree much larger than itself. At most 64 levels. An error is what AWS
// calls a SerializationException: its message is the one AWS gives as far as it is known.
// The body outlives the value; in JSON it is changed: blobs are decoded where they stand.
Result<Value> decode_json(const Shape& shape, std::span<char> body);
Result<Value> decode_cbor(const Shape& shape, std::string_view body);

// The constraints that `value` breaks, in the model's order, worded as AWS does ("Value 'x' at 'streamName' failed to satisfy
// constraint: Member must have length less than or equal to 128"); at most ten.
// Patterns that are about places of AWS's own count if `strict`.
std::vector<std::string> violations(const Shape& shape, const Value& value, bool strict = false);
// "2 validation errors detected: ...; ..."
std::string validation_message(std::span<const std::string> violations);

}  // namespace kns::aws
