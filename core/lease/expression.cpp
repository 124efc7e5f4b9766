#include "core/lease/expression.hpp"

#include <algorithm>

namespace kns::lease {
namespace {

constexpr std::size_t kMaxExpression = 4096;
constexpr int kMaxDepth = 64;

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return out;
}

// A recursive descent over the text that evaluates as it goes. The first error stays, and ends it.
class Reader {
   public:
    Reader(std::string_view text, std::string_view kind, Substitutes& substitutes, const Item& item)
        : text_(text), kind_(kind), substitutes_(substitutes), item_(item) {
        if (text.size() > kMaxExpression) fail("Expression size has exceeded the maximum allowed size");
        advance();
    }

    Outcome<bool> condition() {
        const bool met = any_of();
        if (!failure_ && !token_.empty()) unexpected();
        if (failure_) return std::unexpected(*failure_);
        return met;
    }

    Outcome<Path> path_alone() {
        auto out = path();
        if (!failure_ && !token_.empty()) unexpected();
        if (failure_) return std::unexpected(*failure_);
        return out;
    }

    Outcome<Item> update(std::set<std::string>& touched) {
        Item out = item_;
        std::set<std::string> sections;
        while (!failure_ && !token_.empty()) {
            const auto section = lower(token_);
            if (section != "set" && section != "remove" && section != "add" && section != "delete") unexpected();
            if (!sections.insert(section).second)
                fail(fmt::format("The \"{}\" section can only be used once in an update expression;", section));
            advance();
            do {
                if (failure_) break;
                action(section, out, touched);
            } while (take(","));
        }
        if (sections.empty()) fail("The expression can not be empty;");
        if (failure_) return std::unexpected(*failure_);
        return out;
    }

   private:
    void fail(std::string why) {
        if (!failure_) failure_ = Refusal{"ValidationException", fmt::format("Invalid {}: {}", kind_, why), {}, {}};
        token_ = {};
        at_ = text_.size();
    }
    void unexpected() {
        fail(fmt::format("Syntax error; token: \"{}\", near: \"{}\"", token_.empty() ? "<EOF>" : token_, text_.substr(began_, 40)));
    }

    void advance() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
        began_ = at_;
        if (at_ == text_.size()) {
            token_ = {};
            return;
        }
        std::size_t end = at_ + 1;
        const char c = text_[at_];
        if (is_word(c) || c == '#' || c == ':') {
            while (end < text_.size() && is_word(text_[end])) ++end;
        } else if ((c == '<' || c == '>') && end < text_.size() && (text_[end] == '=' || (c == '<' && text_[end] == '>'))) {
            ++end;
        }
        token_ = text_.substr(at_, end - at_);
        at_ = end;
    }
    bool take(std::string_view token) {
        if (lower(token_) != token) return false;
        advance();
        return true;
    }
    void demand(std::string_view token) {
        if (!failure_ && !take(token)) unexpected();
    }

    // --- conditions
    bool any_of() {
        bool met = all_of();
        while (!failure_ && take("or")) met = all_of() || met;
        return met;
    }
    bool all_of() {
        bool met = negation();
        while (!failure_ && take("and")) met = negation() && met;
        return met;
    }
    bool negation() {
        bool negative = false;
        while (take("not")) negative = !negative;
        return one() != negative;
    }
    bool one() {
        if (++depth_ > kMaxDepth) fail("The expression is too deeply nested");
        bool met = false;
        if (failure_) return false;
        if (take("(")) {
            met = any_of();
            demand(")");
        } else if (const auto name = lower(token_); looks_like_call() && name != "size") {
            advance();
            met = predicate(name);
        } else {
            met = comparison();
        }
        --depth_;
        return met;
    }
    bool looks_like_call() const {
        return !token_.empty() && is_word(token_.front()) && at_ < text_.size() &&
               text_[std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size() - 1)] == '(';
    }
    bool predicate(const std::string& name) {
        demand("(");
        const auto place = path();
        const Attribute* had = failure_ ? nullptr : find(item_, place);
        bool met = false;
        if (name == "attribute_exists") {
            met = had != nullptr;
        } else if (name == "attribute_not_exists") {
            met = had == nullptr;
        } else if (name == "attribute_type" || name == "begins_with" || name == "contains") {
            demand(",");
            const auto other = operand();
            if (had && other) {
                const auto* type = value_of(*other).as_string();
                met = name == "attribute_type" ? type && type_of(*had) == *type
                      : name == "begins_with"  ? begins_with(*had, *other)
                                               : contains(*had, *other);
            }
        } else {
            fail(fmt::format("Invalid function name; function: {}", name));
        }
        demand(")");
        return met;
    }
    static bool holds(std::string_view sign, const std::optional<Attribute>& a, const std::optional<Attribute>& b) {
        const bool same = a && b && equal(*a, *b);
        if (sign == "=") return same;
        if (sign == "<>") return !same;
        if (!a || !b) return false;
        const auto order = compare(*a, *b);
        if (!order) return false;
        return sign == "<" ? *order < 0 : sign == "<=" ? *order <= 0 : sign == ">" ? *order > 0 : *order >= 0;
    }
    bool comparison() {
        const auto left = operand();
        if (failure_) return false;
        if (take("between")) {
            const auto low = operand();
            demand("and");
            const auto high = operand();
            return holds(">=", left, low) && holds("<=", left, high);
        }
        if (take("in")) {
            demand("(");
            bool met = false;
            do {
                const auto other = operand();
                met = holds("=", left, other) || met;
            } while (!failure_ && take(","));
            demand(")");
            return met;
        }
        const std::string sign(token_);
        if (sign != "=" && sign != "<>" && sign != "<" && sign != "<=" && sign != ">" && sign != ">=") {
            unexpected();
            return false;
        }
        advance();
        return holds(sign, left, operand());
    }

    // --- operands
    std::optional<Attribute> operand() {
        if (failure_) return std::nullopt;
        if (token_.starts_with(':')) {
            const auto* value = substitutes_.value(token_);
            if (!value) {
                fail(fmt::format("An expression attribute value used in expression is not defined; attribute value: {}", token_));
                return std::nullopt;
            }
            advance();
            return *value;
        }
        if (looks_like_call() && lower(token_) == "size") {
            advance();
            demand("(");
            const auto* had = failure_ ? nullptr : find(item_, path());
            demand(")");
            if (!had) return std::nullopt;
            const auto& value = value_of(*had);
            const auto* text = value.as_string();
            const std::size_t size = text                ? text->size()
                                     : value.as_array()  ? value.as_array()->size()
                                     : value.as_object() ? value.as_object()->size()
                                                         : 0;
            return make_attribute("N", JsonValue(std::to_string(size)));
        }
        const auto place = path();
        const auto* had = failure_ ? nullptr : find(item_, place);
        return had ? std::optional(*had) : std::nullopt;
    }
    std::string name() {
        if (token_.starts_with('#')) {
            const auto* known = substitutes_.name(token_);
            if (!known) {
                fail(fmt::format("An expression attribute name used in the document path is not defined; attribute name: {}",
                                 token_));
                return {};
            }
            advance();
            return *known;
        }
        if (token_.empty() || !is_word(token_.front()) || (token_.front() >= '0' && token_.front() <= '9')) {
            unexpected();
            return {};
        }
        std::string out(token_);
        advance();
        return out;
    }
    Path path() {
        Path out;
        out.push_back({name(), std::nullopt});
        while (!failure_) {
            if (take(".")) {
                out.push_back({name(), std::nullopt});
            } else if (take("[")) {
                std::size_t index = 0;
                for (const char c : token_) {
                    if (c < '0' || c > '9' || index > 1'000'000) return unexpected(), out;
                    index = index * 10 + static_cast<std::size_t>(c - '0');
                }
                if (token_.empty()) return unexpected(), out;
                advance();
                demand("]");
                out.push_back({{}, index});
            } else {
                break;
            }
            if (out.size() > 32) fail("The document path has too many nesting elements");
        }
        return out;
    }

    // --- updates
    void action(const std::string& section, Item& out, std::set<std::string>& touched) {
        const auto place = path();
        if (failure_) return;
        touched.insert(place.front().name);
        if (section == "remove") return remove(out, place);
        if (section == "set") {
            demand("=");
            const auto value = sum_of_operands();
            if (failure_) return;
            if (!value) return refuse_as_is("The provided expression refers to an attribute that does not exist in the item");
            keep(set(out, place, *value));
            return;
        }
        const auto value = operand();
        if (failure_ || !value) return;
        const auto* had = find(item_, place);
        if (section == "add") {
            auto result = sum(had, *value);
            if (!keep(result)) return;
            keep(set(out, place, std::move(*result)));
        } else if (had) {
            auto result = without(*had, *value);
            if (!keep(result)) return;
            if (*result)
                keep(set(out, place, std::move(**result)));
            else
                remove(out, place);
        }
    }
    std::optional<Attribute> sum_of_operands() {
        auto left = set_operand();
        const bool minus = token_ == "-";
        if (failure_ || (token_ != "+" && !minus)) return left;
        advance();
        auto right = set_operand();
        if (failure_ || !left || !right) return std::nullopt;
        if (type_of(*left) != "N" || type_of(*right) != "N") {
            fail("Incorrect operand type for operator or function; operator or function: + or -");
            return std::nullopt;
        }
        if (minus) {
            auto text = *value_of(*right).as_string();
            text = text.starts_with('-') ? text.substr(1) : "-" + text;
            right = make_attribute("N", JsonValue(std::move(text)));
        }
        auto result = sum(&*left, *right);
        return keep(result) ? std::optional(std::move(*result)) : std::nullopt;
    }
    std::optional<Attribute> set_operand() {
        const auto function = lower(token_);
        if (!looks_like_call() || (function != "if_not_exists" && function != "list_append")) return operand();
        advance();
        demand("(");
        std::optional<Attribute> first;
        if (!failure_) first = function == "if_not_exists" ? path_operand() : set_operand();
        demand(",");
        auto second = set_operand();
        demand(")");
        if (failure_) return std::nullopt;
        if (function == "if_not_exists") return first ? first : second;
        if (!first || !second) return std::nullopt;
        if (type_of(*first) != "L" || type_of(*second) != "L") {
            fail("Incorrect operand type for operator or function; operator or function: list_append");
            return std::nullopt;
        }
        auto array = *value_of(*first).as_array();
        for (const auto& member : *value_of(*second).as_array()) array.push_back(member);
        return make_attribute("L", JsonValue(std::move(array)));
    }
    std::optional<Attribute> path_operand() {
        const auto place = path();
        const auto* had = failure_ ? nullptr : find(item_, place);
        return had ? std::optional(*had) : std::nullopt;
    }
    void refuse_as_is(std::string why) {
        if (!failure_) failure_ = Refusal{"ValidationException", std::move(why), {}, {}};
        at_ = text_.size();
        token_ = {};
    }
    template <class T>
    bool keep(const Outcome<T>& outcome) {
        if (!outcome && !failure_) failure_ = outcome.error();
        return outcome.has_value();
    }

    std::string_view text_, kind_;
    Substitutes& substitutes_;
    const Item& item_;
    std::size_t at_ = 0, began_ = 0;
    std::string_view token_;
    int depth_ = 0;
    std::optional<Refusal> failure_;
};

}  // namespace

Outcome<Substitutes> Substitutes::read(const JsonValue& request) {
    Substitutes out;
    if (const auto* names = request["ExpressionAttributeNames"].as_object())
        for (const auto& [placeholder, name] : *names) {
            if (!name.as_string()) return refuse("SerializationException", "An expression attribute name must be a string");
            out.names_[placeholder] = *name.as_string();
        }
    if (const auto* values = request["ExpressionAttributeValues"].as_object())
        for (const auto& [placeholder, json] : *values) {
            auto value = read_attribute(json);
            if (!value) return std::unexpected(value.error());
            out.values_[placeholder] = std::move(*value);
        }
    return out;
}

const std::string* Substitutes::name(std::string_view placeholder) {
    const auto found = names_.find(placeholder);
    if (found == names_.end()) return nullptr;
    used_.insert(std::string(placeholder));
    return &found->second;
}

const Attribute* Substitutes::value(std::string_view placeholder) {
    const auto found = values_.find(placeholder);
    if (found == values_.end()) return nullptr;
    used_.insert(std::string(placeholder));
    return &found->second;
}

Outcome<void> Substitutes::check_all_used() const {
    for (const auto& [placeholder, name] : names_)
        if (!used_.contains(placeholder))
            return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {{{}}}", placeholder);
    for (const auto& [placeholder, value] : values_)
        if (!used_.contains(placeholder))
            return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {{{}}}", placeholder);
    return {};
}

Outcome<bool> meets(std::string_view expression, Substitutes& substitutes, const Item& item) {
    return Reader(expression, "ConditionExpression", substitutes, item).condition();
}

Outcome<Item> updated(std::string_view expression, Substitutes& substitutes, const Item& item, std::set<std::string>& touched) {
    return Reader(expression, "UpdateExpression", substitutes, item).update(touched);
}

Outcome<Path> read_path(std::string_view text, Substitutes& substitutes) {
    static const Item kNone;
    return Reader(text, "ProjectionExpression", substitutes, kNone).path_alone();
}

}  // namespace kns::lease
