// One list of fields per struct; JSON in both directions follows from it.
//
//     struct Point {
//         std::int64_t x = 0;
//         std::optional<std::string> label;
//         static constexpr auto fields() { return std::tuple{field("x", &Point::x), field("label", &Point::label)}; }
//     };
//     std::string text = to_json(point);
//     Result<Point> point = from_json<Point>(value);
//
// Reading: a member that is absent or null keeps the struct's default; an unknown member is an error that names it and
// the nearest known one is left to the caller (strict), or ignored (`Unknown::ignore`, for answers from a newer daemon).
// Field types: bool, integers, double, std::string, std::optional, std::vector, std::map<std::string, T>, described
// structs, JsonValue, and enums that have `enum_names(E)` found by ADL (a span of names in the enum's order).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "core/base/json.hpp"

namespace kns {

template <class S, class T>
struct Field {
    std::string_view name;
    T S::* member;
};

template <class S, class T>
constexpr Field<S, T> field(std::string_view name, T S::* member) {
    return {name, member};
}

enum class Unknown { refuse, ignore };

template <class T>
concept Described = requires { T::fields(); };

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) { enum_names(e); };

template <NamedEnum E>
std::string_view name_of_enum(E value) {
    return enum_names(value)[static_cast<std::size_t>(value)];
}

template <NamedEnum E>
Result<E> enum_from_name(std::string_view name) {
    std::string known;
    const std::span<const std::string_view> names = enum_names(E{});
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<E>(i);
        known += (i ? ", " : "") + std::string(names[i]);
    }
    return Failure(Error{.code = Errc::invalid_argument, .message = fmt::format("\"{}\" is none of {}", name, known)});
}

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

}  // namespace detail

template <class T>
void write_json(JsonWriter& out, const T& value) {
    if constexpr (std::is_same_v<T, JsonValue>) {
        value.write(out);
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string> || std::is_same_v<T, double>) {
        out.value(value);
    } else if constexpr (NamedEnum<T>) {
        out.value(name_of_enum(value));
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
        out.value(static_cast<std::int64_t>(value));
    } else if constexpr (std::is_integral_v<T>) {
        out.value(static_cast<std::uint64_t>(value));
    } else if constexpr (detail::is_optional<T>) {
        value ? write_json(out, *value) : static_cast<void>(out.null());
    } else if constexpr (detail::is_vector<T>) {
        out.begin_array();
        for (const auto& element : value) write_json(out, element);
        out.end_array();
    } else if constexpr (detail::is_map<T>) {
        out.begin_object();
        for (const auto& [name, member] : value) {
            out.key(name);
            write_json(out, member);
        }
        out.end_object();
    } else {
        static_assert(Described<T>, "give the struct a static fields()");
        out.begin_object();
        std::apply([&](const auto&... f) { ((out.key(f.name), write_json(out, value.*(f.member))), ...); }, T::fields());
        out.end_object();
    }
}

template <class T>
std::string to_json(const T& value) {
    JsonWriter out;
    write_json(out, value);
    return out.take();
}

template <class T>
Result<void> read_json(const JsonValue& in, T& value, Unknown unknown = Unknown::refuse);

namespace detail {

// `value` is an S, or has one for a base.
template <class S, class T>
Result<void> read_field(const JsonValue& in, const Field<S, T>& f, std::type_identity_t<S>& value, Unknown unknown) {
    const JsonValue& member = in[f.name];
    if (member.is_null() && !std::is_same_v<T, JsonValue>) return {};
    return context(read_json(member, value.*(f.member), unknown), std::string(f.name));
}

}  // namespace detail

template <class T>
Result<void> read_json(const JsonValue& in, T& value, Unknown unknown) {
    auto wrong = [&](std::string_view wanted) {
        return fail(Errc::invalid_argument, "expected {}, got {}", wanted, in.type_name());
    };
    if constexpr (std::is_same_v<T, JsonValue>) {
        value = in;
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!in.as_bool()) return wrong("true or false");
        value = *in.as_bool();
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!in.as_string()) return wrong("a string");
        value = *in.as_string();
    } else if constexpr (std::is_same_v<T, double>) {
        value = KNS_TRY(in.as_double());
    } else if constexpr (NamedEnum<T>) {
        if (!in.as_string()) return wrong("a string");
        value = KNS_TRY(enum_from_name<T>(*in.as_string()));
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
        const auto number = KNS_TRY(in.as_int());
        if (!std::in_range<T>(number)) return fail(Errc::invalid_argument, "{} is out of range", number);
        value = static_cast<T>(number);
    } else if constexpr (std::is_integral_v<T>) {
        const auto number = KNS_TRY(in.as_uint());
        if (!std::in_range<T>(number)) return fail(Errc::invalid_argument, "{} is out of range", number);
        value = static_cast<T>(number);
    } else if constexpr (detail::is_optional<T>) {
        return read_json(in, value.emplace(), unknown);
    } else if constexpr (detail::is_vector<T>) {
        if (!in.as_array()) return wrong("a list");
        value.clear();
        for (const auto& element : *in.as_array()) KNS_TRY(read_json(element, value.emplace_back(), unknown));
    } else if constexpr (detail::is_map<T>) {
        if (!in.as_object()) return wrong("an object");
        value.clear();
        for (const auto& [name, member] : *in.as_object()) KNS_TRY(context(read_json(member, value[name], unknown), name));
    } else {
        static_assert(Described<T>, "give the struct a static fields()");
        if (!in.as_object()) return wrong("an object");
        if (unknown == Unknown::refuse) {
            for (const auto& [name, member] : *in.as_object()) {
                const bool known = std::apply([&](const auto&... f) { return ((f.name == name) || ...); }, T::fields());
                if (!known) return fail(Errc::invalid_argument, "unknown field \"{}\"", name);
            }
        }
        Result<void> outcome;
        std::apply([&](const auto&... f) { ((outcome = outcome ? detail::read_field(in, f, value, unknown) : outcome), ...); },
                   T::fields());
        return outcome;
    }
    return {};
}

template <class T>
Result<T> from_json(const JsonValue& in, Unknown unknown = Unknown::refuse) {
    T value{};
    KNS_TRY(read_json(in, value, unknown));
    return value;
}

template <class T>
Result<T> from_json_text(std::string_view text, Unknown unknown = Unknown::refuse) {
    return from_json<T>(KNS_TRY(parse_json(text)), unknown);
}

}  // namespace kns
