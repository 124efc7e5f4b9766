// The constraints of the models, in the words of AWS's validation.
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "core/aws/value.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMostViolations = 10;
constexpr std::size_t kShownBytes = 1000;

// A pattern that RE2 can run: it looks neither ahead nor back. What the whole begins with, "^(?!X)Y", is X and Y here.
struct Pattern {
    std::unique_ptr<const re2::RE2> not_at_start, whole;

    explicit Pattern(std::string_view text) {
        constexpr std::string_view kNot = "^(?!";
        if (text.starts_with(kNot)) {
            const auto end = text.find(')');  // none of the models' has another one inside
            not_at_start = compile(text.substr(kNot.size(), end - kNot.size()));
            text.remove_prefix(end + 1);
        }
        // Within, only host names are looked at so: neither begins nor ends with a dash. Without that a few more pass.
        std::string rest(text);
        for (const std::string_view look : {"(?!-)", "(?<!-)"})
            if (const auto at = rest.find(look); at != std::string::npos) rest.erase(at, look.size());
        whole = compile(rest);
    }
    static std::unique_ptr<const re2::RE2> compile(std::string_view text) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        return std::make_unique<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
    }
    bool matches(const std::string& text) const {
        re2::StringPiece begin(text);
        if (not_at_start && re2::RE2::Consume(&begin, *not_at_start)) return false;
        return re2::RE2::FullMatch(text, *whole);
    }
};

// Compiled when it is first needed, which most never are.
bool matches(std::string_view pattern, const std::string& text) {
    static std::mutex mutex;
    static std::map<std::string_view, std::unique_ptr<const Pattern>> compiled;  // patterns are static data
    const std::lock_guard lock(mutex);
    auto& found = compiled[pattern];
    if (!found) found = std::make_unique<const Pattern>(pattern);
    return found->matches(text);
}

std::string lower_camel(std::string_view name) {
    std::string out(name);
    // "StreamARN" is streamARN, "ARN" would be arn.
    for (std::size_t i = 0; i < out.size() && out[i] >= 'A' && out[i] <= 'Z'; ++i) {
        if (i > 0 && i + 1 < out.size() && !(out[i + 1] >= 'A' && out[i + 1] <= 'Z')) break;
        out[i] = static_cast<char>(out[i] + 32);
    }
    return out;
}

std::int64_t characters(std::string_view text) {
    return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

// As Java prints a value.
void show(const Shape& shape, const Value& value, std::string& out) {
    if (out.size() > kShownBytes) return;
    if (value.is_null()) {
        out += "null";
    } else if (const auto* text = value.text()) {
        out += *text;
    } else if (const auto bytes = value.blob()) {
        out += fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes->size());
    } else if (const auto number = value.integer()) {
        out += std::to_string(*number);
    } else if (const auto flag = value.boolean()) {
        out += *flag ? "true" : "false";
    } else if (const auto* map = value.map()) {
        out += '{';
        for (const auto& [key, element] : *map) {
            out += (out.back() == '{' ? "" : ", ") + key + '=';
            show(*shape.element, element, out);
        }
        out += '}';
    } else if (shape.type == ShapeType::list) {
        out += '[';
        for (const auto& element : value.list()) {
            if (out.back() != '[') out += ", ";
            show(*shape.element, element, out);
        }
        out += ']';
    } else {
        out += '(';
        for (const auto& member : shape.members) {
            if (out.back() != '(') out += ", ";
            out += lower_camel(member.name) + '=';
            show(*member.shape, value[member.name], out);
        }
        out += ')';
    }
}

class Check {
   public:
    explicit Check(bool strict) : strict_(strict) {}
    std::vector<std::string> take() { return std::move(out_); }

    void structure(const Shape& shape, const Value& value, const std::string& path) {
        for (const auto& member : shape.members) {
            const std::string where = path + lower_camel(member.name);
            const auto& found = value[member.name];
            if (!found.is_null())
                any(*member.shape, found, where);
            else if (member.required)
                add("null", where, "Member must not be null");
        }
    }

   private:
    void add(std::string shown, const std::string& where, const std::string& rule) {
        if (out_.size() >= kMostViolations) return;
        if (shown != "null") {
            if (shown.size() > kShownBytes) shown = shown.substr(0, kShownBytes) + "...";
            shown = '\'' + shown + '\'';
        }
        out_.push_back(fmt::format("Value {} at '{}' failed to satisfy constraint: {}", shown, where, rule));
    }

    // What a value of its own kind breaks: one rule in words, or none.
    std::vector<std::string> rules_broken(const Shape& shape, const Value& value) const {
        std::vector<std::string> out;
        const auto bounds = [&](std::string_view of, std::int64_t size) {
            if (shape.max && size > *shape.max)
                out.push_back(fmt::format("Member must have {} less than or equal to {}", of, *shape.max));
            if (shape.min && size < *shape.min)
                out.push_back(fmt::format("Member must have {} greater than or equal to {}", of, *shape.min));
        };
        if (const auto* text = value.text()) {
            if (!shape.values.empty()) {
                if (std::ranges::find(shape.values, *text) == shape.values.end())
                    out.push_back(fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.values, ", ")));
                return out;
            }
            if (!shape.pattern.empty() && (strict_ || !shape.only_strict) && !matches(shape.pattern, *text))
                out.push_back(fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern));
            if (shape.min || shape.max) bounds("length", characters(*text));
        } else if (const auto bytes = value.blob()) {
            bounds("length", static_cast<std::int64_t>(bytes->size()));
        } else if (const auto number = value.integer()) {
            bounds("value", *number);
        } else if (const auto* map = value.map()) {
            bounds("length", static_cast<std::int64_t>(map->size()));
        } else if (shape.type == ShapeType::list) {
            bounds("length", static_cast<std::int64_t>(value.list().size()));
        }
        return out;
    }

    void any(const Shape& shape, const Value& value, const std::string& where) {
        for (const auto& rule : rules_broken(shape, value)) {
            std::string shown;
            show(shape, value, shown);
            add(std::move(shown), where, rule);
        }
        if (shape.type == ShapeType::structure) return structure(shape, value, where + '.');
        if (const auto* map = value.map()) return entries(shape, *map, value, where);
        std::size_t place = 0;
        for (const auto& element : value.list()) {
            const std::string at = fmt::format("{}.{}", where, ++place);
            if (shape.element->type == ShapeType::structure) {
                structure(*shape.element, element, at + ".member.");
            } else {
                any(*shape.element, element, at + ".member");
            }
            if (out_.size() >= kMostViolations) return;
        }
    }

    void entries(const Shape& shape, const Value::Map& map, const Value& value, const std::string& where) {
        std::string shown;
        for (const auto& [key, element] : map) {
            const auto keys = rules_broken(*shape.key, Value(Value::Storage(key)));
            const auto values = rules_broken(*shape.element, element);
            if (keys.empty() && values.empty()) continue;
            if (shown.empty()) show(shape, value, shown);
            if (!keys.empty()) add(shown, where, fmt::format("Map keys must satisfy constraint: [{}]", fmt::join(keys, ", ")));
            if (!values.empty()) add(shown, where, fmt::format("Map value must satisfy constraint: [{}]", fmt::join(values, ", ")));
        }
    }

    bool strict_;
    std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> violations(const Shape& shape, const Value& value, bool strict) {
    Check check(strict);
    check.structure(shape, value, "");
    return check.take();
}

std::string validation_message(std::span<const std::string> violations) {
    return fmt::format("{} validation error{} detected: {}", violations.size(), violations.size() == 1 ? "" : "s",
                       fmt::join(violations, "; "));
}

}  // namespace kns::aws
