#include "core/aws/value_json.hpp"

#include "core/base/base64.hpp"

namespace kns::aws {

JsonValue json_of(const Value& value) {
    return std::visit(
        []<class T>(const T& held) -> JsonValue {
            if constexpr (std::is_same_v<T, std::monostate>) {
                return {};
            } else if constexpr (std::is_same_v<T, Value::Blob>) {
                return JsonValue(base64_encode(held.bytes));
            } else if constexpr (std::is_same_v<T, Value::Timestamp>) {
                return JsonValue(static_cast<double>(held.ms) / 1000);
            } else if constexpr (std::is_same_v<T, Value::List>) {
                JsonValue::Array out;
                for (const auto& element : held) out.push_back(json_of(element));
                return JsonValue(std::move(out));
            } else if constexpr (std::is_same_v<T, Value::Structure> || std::is_same_v<T, Value::Map>) {
                JsonValue::Object out;
                for (const auto& [name, member] : held)
                    if (!member.is_null()) out.emplace_back(name, json_of(member));
                return JsonValue(std::move(out));
            } else {
                return JsonValue(JsonValue::Storage(held));
            }
        },
        value.storage());
}

void write(AnswerWriter& out, const JsonValue& value) {
    if (const auto* text = value.as_string()) {
        out.text(*text);
    } else if (const auto* flag = value.as_bool()) {
        out.boolean(*flag);
    } else if (const auto number = value.as_int()) {
        out.integer(*number);
    } else if (const auto* elements = value.as_array()) {
        out.begin_list();
        for (const auto& element : *elements) write(out, element);
        out.end_list();
    } else if (const auto* members = value.as_object()) {
        out.begin_structure();
        for (const auto& [name, member] : *members) {
            out.key(name);
            write(out, member);
        }
        out.end_structure();
    } else {
        out.null();
    }
}

}  // namespace kns::aws
