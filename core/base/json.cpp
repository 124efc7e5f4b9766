// The only file that includes Boost.JSON (header-only, so that `kns` stays one static program).
#include "core/base/json.hpp"

#include <boost/json/src.hpp>
#include <charconv>
#include <cmath>
#include <limits>

namespace kns {
namespace {

constexpr std::size_t kMaxDepth = 64;

JsonValue convert(const boost::json::value& in) {
    switch (in.kind()) {
        case boost::json::kind::null: return JsonValue();
        case boost::json::kind::bool_: return JsonValue(in.get_bool());
        case boost::json::kind::int64: return JsonValue(in.get_int64());
        case boost::json::kind::uint64: return JsonValue(in.get_uint64());
        case boost::json::kind::double_: return JsonValue(in.get_double());
        case boost::json::kind::string: return JsonValue(std::string(in.get_string()));
        case boost::json::kind::array: {
            JsonValue::Array out;
            out.reserve(in.get_array().size());
            for (const auto& element : in.get_array()) out.push_back(convert(element));
            return JsonValue(std::move(out));
        }
        case boost::json::kind::object: {
            JsonValue::Object out;
            out.reserve(in.get_object().size());
            for (const auto& member : in.get_object()) out.emplace_back(std::string(member.key()), convert(member.value()));
            return JsonValue(std::move(out));
        }
    }
    return JsonValue();
}

const JsonValue kNull;

// The length of the valid UTF-8 sequence at the start of `bytes`, or 0.
std::size_t utf8_sequence(std::string_view bytes) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    const unsigned second = byte(1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f))
        return 0;
    return length;
}

}  // namespace

Result<JsonValue> parse_json(std::string_view text) {
    boost::json::error_code failure;
    boost::json::parse_options options;
    options.max_depth = kMaxDepth;
    boost::json::monotonic_resource arena;
    boost::json::parser parser({}, options);
    parser.reset(&arena);
    const std::size_t used = parser.write_some(text.data(), text.size(), failure);
    if (!failure && text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) failure = boost::json::error::extra_data;
    if (failure) return fail(Errc::invalid_argument, "not JSON: {} at byte {}", failure.message(), used);
    return convert(parser.release());
}

Result<std::int64_t> JsonValue::as_int() const {
    if (auto* number = std::get_if<std::int64_t>(&value_)) return *number;
    if (auto* number = std::get_if<std::uint64_t>(&value_);
        number && *number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return static_cast<std::int64_t>(*number);
    if (auto* number = std::get_if<double>(&value_); number && std::nearbyint(*number) == *number && std::abs(*number) < 9e15)
        return static_cast<std::int64_t>(*number);
    return fail(Errc::invalid_argument, "expected a whole number, got {}", type_name());
}

Result<std::uint64_t> JsonValue::as_uint() const {
    if (auto* number = std::get_if<std::uint64_t>(&value_)) return *number;
    auto number = KNS_TRY(as_int());
    if (number < 0) return fail(Errc::invalid_argument, "expected a number of 0 or more, got {}", number);
    return static_cast<std::uint64_t>(number);
}

Result<double> JsonValue::as_double() const {
    if (auto* number = std::get_if<double>(&value_)) return *number;
    if (auto* number = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*number);
    if (auto* number = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*number);
    return fail(Errc::invalid_argument, "expected a number, got {}", type_name());
}

const JsonValue& JsonValue::operator[](std::string_view key) const {
    if (auto* object = as_object())
        for (auto it = object->rbegin(); it != object->rend(); ++it)
            if (it->first == key) return it->second;
    return kNull;
}

bool JsonValue::has(std::string_view key) const {
    if (auto* object = as_object())
        for (const auto& [name, value] : *object)
            if (name == key) return true;
    return false;
}

const JsonValue* JsonValue::at_path(std::string_view path) const {
    const JsonValue* here = this;
    if (path.starts_with("$")) path.remove_prefix(1);
    while (!path.empty()) {
        if (path.front() == '.') path.remove_prefix(1);
        if (path.starts_with('[')) {
            const auto close = path.find(']');
            auto* array = here->as_array();
            std::size_t index = 0;
            if (close == std::string_view::npos || !array) return nullptr;
            const auto digits = path.substr(1, close - 1);
            if (std::from_chars(digits.data(), digits.data() + digits.size(), index).ptr != digits.data() + digits.size() ||
                digits.empty() || index >= array->size())
                return nullptr;
            here = &(*array)[index];
            path.remove_prefix(close + 1);
            continue;
        }
        const auto end = path.find_first_of(".[");
        const auto name = path.substr(0, end);
        if (!here->has(name)) return nullptr;
        here = &(*here)[name];
        path = end == std::string_view::npos ? std::string_view() : path.substr(end);
    }
    return here;
}

std::string_view JsonValue::type_name() const {
    static constexpr std::string_view kNames[] = {"null",     "a boolean", "a number", "a number",
                                                  "a number", "a string",  "a list",   "an object"};
    return kNames[value_.index()];
}

void JsonValue::write(JsonWriter& out) const {
    std::visit(
        [&](const auto& v) {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::nullptr_t>) {
                out.null();
            } else if constexpr (std::is_same_v<T, Array>) {
                out.begin_array();
                for (const auto& element : v) element.write(out);
                out.end_array();
            } else if constexpr (std::is_same_v<T, Object>) {
                out.begin_object();
                for (const auto& [name, member] : v) {
                    out.key(name);
                    member.write(out);
                }
                out.end_object();
            } else {
                out.value(v);
            }
        },
        value_);
}

void JsonWriter::separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
}

JsonWriter& JsonWriter::begin_object() {
    separate();
    out_ += '{';
    fresh_ = true;
    return *this;
}
JsonWriter& JsonWriter::end_object() {
    out_ += '}';
    fresh_ = false;
    return *this;
}
JsonWriter& JsonWriter::begin_array() {
    separate();
    out_ += '[';
    fresh_ = true;
    return *this;
}
JsonWriter& JsonWriter::end_array() {
    out_ += ']';
    fresh_ = false;
    return *this;
}
JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    fresh_ = true;
    return *this;
}
JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
}
JsonWriter& JsonWriter::value(bool flag) { return raw(flag ? "true" : "false"); }
JsonWriter& JsonWriter::value(std::int64_t number) { return raw(fmt::format_int(number).c_str()); }
JsonWriter& JsonWriter::value(std::uint64_t number) { return raw(fmt::format_int(number).c_str()); }
JsonWriter& JsonWriter::value(double number) {
    if (number == 0 && std::signbit(number)) return raw("-0.0");  // "-0" would be read as a whole number, which has no -0
    return std::isfinite(number) ? raw(fmt::format("{}", number)) : null();
}
JsonWriter& JsonWriter::null() { return raw("null"); }
JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    std::size_t i = 0;
    while (i < text.size()) {
        const std::size_t start = i;
        while (i < text.size()) {  // the plain run
            const auto c = static_cast<unsigned char>(text[i]);
            if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80) break;
            ++i;
        }
        out.append(text.data() + start, i - start);
        if (i == text.size()) break;
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80) {
            const std::size_t length = utf8_sequence(text.substr(i));
            if (length == 0) {
                out += "\xef\xbf\xbd";
                ++i;
            } else {
                out.append(text.data() + i, length);
                i += length;
            }
            continue;
        }
        ++i;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                out += "\\u00";
                out += kHex[c >> 4];
                out += kHex[c & 15];
        }
    }
    out += '"';
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

}  // namespace kns
