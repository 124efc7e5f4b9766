#include "cli/key_source.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/base/json.hpp"

namespace kns::cli {
namespace {

constexpr std::size_t kMaxKeyCharacters = 256;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Walks over JSON. Text that is not JSON brings it to the end early, never past it.
class Walker {
   public:
    explicit Walker(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    // The next character that is not space, without taking it; 0 at the end.
    char peek() {
        while (at_ < end_ && is_space(*at_)) ++at_;
        return at_ < end_ ? *at_ : '\0';
    }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    // The string that begins here, with its quotes; empty if none does, or it does not end.
    std::string_view string() {
        const char* start = at_;
        if (!take('"')) return {};
        start = at_ - 1;
        while (at_ < end_) {
            if (*at_ == '\\') {
                at_ += at_ + 1 < end_ ? 2 : 1;
            } else if (*at_++ == '"') {
                return {start, static_cast<std::size_t>(at_ - start)};
            }
        }
        at_ = end_;
        return {};
    }
    // The value that begins here, whatever it is.
    std::string_view value() {
        const char first = peek();
        if (first == '"') return string();
        const char* start = at_;
        std::size_t depth = 0;
        while (at_ < end_) {
            const char c = *at_;
            if (c == '"') {
                if (string().empty()) return {};
                continue;
            }
            if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c))) break;
            if (c == '{' || c == '[') ++depth;
            ++at_;
            if ((c == '}' || c == ']') && --depth == 0) break;
        }
        return depth == 0 ? std::string_view(start, static_cast<std::size_t>(at_ - start)) : std::string_view();
    }

   private:
    const char* at_;
    const char* end_;
};

// Whether a quoted JSON string says `name`.
bool says(std::string_view quoted, std::string_view name) {
    const auto inside = quoted.substr(1, quoted.size() - 2);
    if (inside.find('\\') == std::string_view::npos) return inside == name;
    const auto value = parse_json(quoted);
    return value && value->as_string() && *value->as_string() == name;
}

bool enter_member(Walker& walker, std::string_view name) {
    if (!walker.take('{')) return false;
    do {
        if (walker.peek() != '"') return false;
        const auto key = walker.string();
        if (key.empty() || !walker.take(':')) return false;
        if (says(key, name)) return true;
        if (walker.value().empty()) return false;
    } while (walker.take(','));
    return false;
}

bool enter_element(Walker& walker, std::size_t index) {
    if (!walker.take('[') || walker.peek() == ']') return false;
    for (; index > 0; --index)
        if (walker.value().empty() || !walker.take(',')) return false;
    return true;
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
    auto refuse = [&] {
        return fail(Errc::invalid_argument, "\"{}\" is not a path into JSON", text).hint("write it as user.id or $.items[0].sku");
    };
    JsonPath path;
    std::string_view rest = text;
    if (rest.starts_with('$')) rest.remove_prefix(1);
    bool first = !text.starts_with('$');
    while (!rest.empty()) {
        Step step;
        if (rest.front() == '[') {
            const auto close = rest.find(']');
            if (close == std::string_view::npos) return refuse();
            const char* end = rest.data() + close;
            const auto read = std::from_chars(rest.data() + 1, end, step.index);
            if (close == 1 || read.ec != std::errc() || read.ptr != end) return refuse();
            step.is_index = true;
            rest.remove_prefix(close + 1);
        } else {
            if (!first && rest.front() != '.') return refuse();
            if (rest.front() == '.') rest.remove_prefix(1);
            const auto end = std::min(rest.find_first_of(".["), rest.size());
            if (end == 0) return refuse();
            step.name = rest.substr(0, end);
            rest.remove_prefix(end);
        }
        first = false;
        path.steps_.push_back(std::move(step));
    }
    if (path.steps_.empty()) return refuse();
    return path;
}

std::string_view JsonPath::find(std::string_view json) const {
    Walker walker(json);
    for (const auto& step : steps_) {
        const bool found = step.is_index ? enter_element(walker, step.index) : enter_member(walker, step.name);
        if (!found) return {};
    }
    return walker.value();
}

Result<KeySource> KeySource::fixed(std::string key) {
    KNS_TRY(check_key(key));
    KeySource source;
    source.kind_ = Kind::fixed;
    source.fixed_ = std::move(key);
    return source;
}

Result<KeySource> KeySource::field(std::uint64_t n) {
    if (n == 0) return fail(Errc::invalid_argument, "there is no field 0, they are counted from 1");
    KeySource source;
    source.kind_ = Kind::field;
    source.field_ = n;
    return source;
}

Result<KeySource> KeySource::json(std::string_view path) {
    KeySource source;
    source.path_ = KNS_TRY(JsonPath::parse(path));
    source.kind_ = Kind::json;
    source.path_text_ = path;
    return source;
}

Result<std::string_view> KeySource::find(std::string_view record) {
    if (kind_ == Kind::field) {
        const char* at = record.data();
        const char* const end = at + record.size();
        for (std::uint64_t n = 1;; ++n) {
            while (at < end && is_space(*at)) ++at;
            const char* start = at;
            while (at < end && !is_space(*at)) ++at;
            if (at == start) return fail(Errc::invalid_argument, "there is no field {} to take the key from", field_);
            if (n == field_) return std::string_view(start, static_cast<std::size_t>(at - start));
        }
    }
    const auto value = path_.find(record);
    if (value.empty()) return fail(Errc::invalid_argument, "there is no {} in this JSON to take the key from", path_text_);
    if (value.front() == '{' || value.front() == '[' || value == "null")
        return fail(Errc::invalid_argument, "{} is {} here, a key is a text, a number, true or false", path_text_,
                    value == "null"        ? "null"
                    : value.front() == '{' ? "an object"
                                           : "a list");
    if (value.front() != '"') return value;
    const auto inside = value.substr(1, value.size() - 2);
    if (std::memchr(inside.data(), '\\', inside.size()) == nullptr) return inside;
    auto text = KNS_TRY(parse_json(value));
    return unescaped_.emplace_back(*text.as_string());
}

Result<void> check_key(std::string_view key) {
    if (key.empty()) return fail(Errc::invalid_argument, "the partition key is empty");
    if (key.size() <= kMaxKeyCharacters) return {};
    const auto characters = std::ranges::count_if(key, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    if (static_cast<std::size_t>(characters) <= kMaxKeyCharacters) return {};
    return fail(Errc::invalid_argument, "the partition key has {} characters, {} is the limit", characters, kMaxKeyCharacters);
}

}  // namespace kns::cli
