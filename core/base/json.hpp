// JSON in and out. Reading gives an owned value; writing appends to a string, without building a tree first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

class JsonValue {
   public:
    using Array = std::vector<JsonValue>;
    using Object = std::vector<std::pair<std::string, JsonValue>>;  // in document order; a repeated key: the last wins
    using Storage = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>;

    JsonValue() : value_(nullptr) {}
    explicit JsonValue(Storage value) : value_(std::move(value)) {}

    bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
    const bool* as_bool() const { return std::get_if<bool>(&value_); }
    const std::string* as_string() const { return std::get_if<std::string>(&value_); }
    const Array* as_array() const { return std::get_if<Array>(&value_); }
    const Object* as_object() const { return std::get_if<Object>(&value_); }
    // A number that is whole and fits; nothing otherwise.
    Result<std::int64_t> as_int() const;
    Result<std::uint64_t> as_uint() const;
    Result<double> as_double() const;

    // The member of an object, or null (a pointer to a shared null value, never nullptr).
    const JsonValue& operator[](std::string_view key) const;
    bool has(std::string_view key) const;

    // The value at a path such as `a.b[2].c` or `$.a.b`; nullptr where there is none.
    const JsonValue* at_path(std::string_view path) const;

    std::string_view type_name() const;
    void write(class JsonWriter& out) const;

   private:
    Storage value_;
};

// At most 64 levels deep; invalid UTF-8, trailing text and bare words are errors that name the byte offset.
Result<JsonValue> parse_json(std::string_view text);

// Appends JSON text. Calls must nest properly (asserted); commas and quoting are its business.
class JsonWriter {
   public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag);
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(std::uint64_t number);
    JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
    JsonWriter& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
    JsonWriter& value(double number);  // not finite: null
    JsonWriter& null();
    JsonWriter& raw(std::string_view json);  // already JSON

    template <class T>
    JsonWriter& member(std::string_view name, const T& v) {
        key(name);
        return value(v);
    }

    const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }
    void clear() { out_.clear(), fresh_ = true; }

   private:
    void separate();
    std::string out_;
    bool fresh_ = true;  // nothing written yet at this level
};

// Appends `text` as a quoted JSON string. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
bool is_utf8(std::string_view bytes);

}  // namespace kns
