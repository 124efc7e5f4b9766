#include "core/firehose/object_key.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace kns {
namespace {

constexpr std::size_t kMaxPrefix = 1024, kMaxKey = 1024, kMaxName = 255;
constexpr std::string_view kDefaultDate = "yyyy/MM/dd/HH/";
constexpr std::string_view kFromQuery = "partitionKeyFromQuery:", kFromLambda = "partitionKeyFromLambda:";
constexpr std::array<std::string_view, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                      "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// The widths Java takes for each letter that we take.
struct LetterRule {
    char letter;
    int widest;
};
constexpr std::array<LetterRule, 12> kLetters = {
    {{'y', 9}, {'u', 9}, {'M', 4}, {'d', 2}, {'D', 3}, {'H', 2}, {'h', 2}, {'a', 1}, {'m', 2}, {'s', 2}, {'S', 9}, {'E', 4}}};

std::string format_letter(char letter, int width, const CivilTime& t) {
    auto number = [&](int value) { return fmt::format("{:0{}}", value, width); };
    switch (letter) {
        case 'y':
        case 'u': return width == 2 ? fmt::format("{:02}", t.year % 100) : number(t.year);
        case 'M': {
            const auto name = kMonths[static_cast<std::size_t>(t.month - 1)];
            return width == 4 ? std::string(name) : width == 3 ? std::string(name.substr(0, 3)) : number(t.month);
        }
        case 'd': return number(t.day);
        case 'D': return number(t.day_of_year);
        case 'H': return number(t.hour);
        case 'h': return number(t.hour % 12 == 0 ? 12 : t.hour % 12);
        case 'a': return t.hour < 12 ? "AM" : "PM";
        case 'm': return number(t.minute);
        case 's': return number(t.second);
        // Seconds are as fine as Firehose goes here, captured even with nine letters: the fraction is zeros.
        case 'S': return std::string(static_cast<std::size_t>(width), '0');
        default: {
            const auto name = kDays[static_cast<std::size_t>(t.weekday)];
            return std::string(width == 4 ? name : name.substr(0, 3));
        }
    }
}

std::uint64_t split_mix(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

std::string random_string(std::uint64_t& seed) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string out;
    for (int i = 0; i < 11; ++i) out += kAlphabet[split_mix(seed) % kAlphabet.size()];
    return out;
}

std::string uuid(ObjectIdentity identity) {
    const std::uint64_t a = split_mix(identity.seed) & 0xfff, b = split_mix(identity.seed);
    return fmt::format("{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", (identity.place >> 16) & 0xffffffff, identity.place & 0xffff, a,
                       ((b >> 48) & 0x3fff) | 0x8000, b & 0xffffffffffff);
}

}  // namespace

Result<DatePattern> DatePattern::parse(std::string_view pattern) {
    DatePattern out;
    std::string literal;
    auto end_literal = [&] {
        if (!literal.empty()) out.parts_.emplace_back(std::move(literal));
        literal.clear();
    };
    for (std::size_t i = 0; i < pattern.size();) {
        const char c = pattern[i];
        if (c == '\'') {
            const std::size_t start = literal.size();
            bool closed = false;
            for (++i; i < pattern.size() && !closed; ++i) {
                if (pattern[i] != '\'')
                    literal += pattern[i];
                else if (pattern.substr(i + 1).starts_with('\''))
                    literal += pattern[i++];
                else
                    closed = true;
            }
            if (!closed)
                return fail(Errc::invalid_argument, "the date pattern \"{}\" has a quote that is not closed", pattern)
                    .hint("'' is one quote");
            if (literal.size() == start) literal += '\'';
        } else if (std::isalpha(static_cast<unsigned char>(c))) {
            const std::size_t end = std::min(pattern.find_first_not_of(c, i), pattern.size());
            const int width = static_cast<int>(std::min<std::size_t>(end - i, 100));
            const auto* rule = std::find_if(kLetters.begin(), kLetters.end(), [&](const LetterRule& r) { return r.letter == c; });
            if (rule == kLetters.end())
                return fail(Errc::invalid_argument, "the date pattern \"{}\" uses the letter {}, which kns does not know", pattern,
                            c)
                    .hint("y u M d D H h a m s S E are known; quote literal text: 'year='yyyy");
            if (width > rule->widest)
                return fail(Errc::invalid_argument, "the date pattern \"{}\" has too many letters {}", pattern, c);
            end_literal();
            out.parts_.emplace_back(Letters{c, width});
            i = end;
        } else if (std::string_view("[]{}#").find(c) != std::string_view::npos) {
            return fail(Errc::invalid_argument, "the date pattern \"{}\" uses {}, which DateTimeFormatter reserves", pattern, c)
                .hint(fmt::format("quote it: '{}'", c));
        } else {
            literal += c;
            ++i;
        }
    }
    end_literal();
    return out;
}

std::string DatePattern::format(UnixMs instant) const {
    const CivilTime time = civil_utc(instant);
    std::string out;
    for (const auto& part : parts_) {
        if (const auto* text = std::get_if<std::string>(&part))
            out += *text;
        else
            out += format_letter(std::get<Letters>(part).letter, std::get<Letters>(part).width, time);
    }
    return out;
}

Result<ObjectPrefix> ObjectPrefix::parse(std::string_view text, PrefixKind kind) {
    if (text.size() > kMaxPrefix)
        return fail(Errc::invalid_argument, "a prefix has at most {} characters, not {}", kMaxPrefix, text.size());
    ObjectPrefix out;
    bool any = false, error_type = false;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t open = rest.find("!{");
        if (open != 0) out.parts_.emplace_back(std::string(rest.substr(0, open)));
        if (open == std::string_view::npos) break;
        const std::size_t close = rest.find('}', open);
        if (close == std::string_view::npos)
            return fail(Errc::invalid_argument, "the prefix \"{}\" has an expression without its closing brace", text)
                .hint("!{timestamp:yyyy/MM/dd/}");
        const std::string_view expression = rest.substr(open + 2, close - open - 2);
        rest.remove_prefix(close + 1);
        any = true;
        if (expression.starts_with("timestamp:")) {
            out.parts_.emplace_back(KNS_TRY(DatePattern::parse(expression.substr(10))));
        } else if (expression == "firehose:random-string") {
            out.parts_.emplace_back(RandomString{});
        } else if (expression == "firehose:error-output-type") {
            if (kind == PrefixKind::data)
                return fail(Errc::invalid_argument,
                            "!{{firehose:error-output-type}} belongs into the error prefix, not the prefix");
            out.parts_.emplace_back(ErrorType{});
            error_type = true;
        } else if (expression.starts_with(kFromQuery) || expression.starts_with(kFromLambda)) {
            const bool from_lambda = expression.starts_with(kFromLambda);
            const auto name = expression.substr(from_lambda ? kFromLambda.size() : kFromQuery.size());
            if (kind == PrefixKind::error)
                return fail(Errc::invalid_argument, "an error prefix cannot have !{{{}}}: a failed record may have no such key",
                            expression);
            if (name.empty()) return fail(Errc::invalid_argument, "!{{{}}} names no key", expression);
            out.parts_.emplace_back(PartitionKey{from_lambda, std::string(name)});
        } else {
            return fail(Errc::invalid_argument, "the prefix has an unknown expression !{{{}}}", expression)
                .hint(
                    "timestamp:PATTERN, firehose:random-string, firehose:error-output-type, partitionKeyFromQuery:KEY and "
                    "partitionKeyFromLambda:KEY are known");
        }
    }
    if (kind == PrefixKind::error && any && !error_type)
        return fail(Errc::invalid_argument, "an error prefix with expressions must contain !{{firehose:error-output-type}}");
    if (kind == PrefixKind::data && !any) out.parts_.emplace_back(KNS_TRY(DatePattern::parse(kDefaultDate)));
    // Bad literal text shows at any instant; a last letter stands for the object's name.
    std::uint64_t seed = 0;
    KNS_TRY(
        context(validate_key(out.evaluate(0, seed, "processing-failed", out.keys()) + "x"), fmt::format("prefix \"{}\"", text)));
    return out;
}

std::string ObjectPrefix::beginning(std::string_view error_type) const {
    std::string out;
    for (const auto& part : parts_) {
        if (const auto* text = std::get_if<std::string>(&part))
            out += *text;
        else if (std::holds_alternative<ErrorType>(part))
            out += error_type;
        else
            break;
    }
    return out;
}

PartitionKeys ObjectPrefix::keys() const {
    PartitionKeys out;
    for (const auto& part : parts_)
        if (const auto* key = std::get_if<PartitionKey>(&part)) (key->from_lambda ? out.lambda : out.query)[key->name] = "x";
    return out;
}

std::string ObjectPrefix::evaluate(UnixMs oldest_arrival, std::uint64_t& seed, std::string_view error_type,
                                   const PartitionKeys& keys) const {
    std::string out;
    for (const auto& part : parts_) {
        if (const auto* text = std::get_if<std::string>(&part))
            out += *text;
        else if (const auto* date = std::get_if<DatePattern>(&part))
            out += date->format(oldest_arrival);
        else if (std::holds_alternative<RandomString>(part))
            out += random_string(seed);
        else if (const auto* key = std::get_if<PartitionKey>(&part)) {
            const auto& values = key->from_lambda ? keys.lambda : keys.query;
            if (const auto value = values.find(key->name); value != values.end()) out += value->second;
        } else
            out += error_type;
    }
    return out;
}

Result<std::string> object_key(const ObjectPrefix& prefix, const ObjectNaming& naming, UnixMs oldest_arrival,
                               ObjectIdentity identity, std::string_view error_type, const PartitionKeys& keys) {
    const CivilTime t = civil_utc(oldest_arrival);
    std::string key = prefix.evaluate(oldest_arrival, identity.seed, error_type, keys);
    key += fmt::format("{}-{}-{:04}-{:02}-{:02}-{:02}-{:02}-{:02}-{}{}", naming.delivery, naming.version, t.year, t.month, t.day,
                       t.hour, t.minute, t.second, uuid(identity), naming.extension);
    KNS_TRY(validate_key(key));
    return key;
}

std::string request_id(ObjectIdentity identity) { return uuid(identity); }

Result<void> validate_key(std::string_view key) {
    if (key.size() > kMaxKey)
        return fail(Errc::invalid_argument, "the object's name has {} bytes, {} at most", key.size(), kMaxKey);
    if (key.empty() || key.back() == '/') return fail(Errc::invalid_argument, "an object needs a name");
    if (key.front() == '/')
        return fail(Errc::invalid_argument, "the object's name cannot begin with a slash")
            .hint("names are below the destination already");
    for (const char c : key)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return fail(Errc::invalid_argument, "the object's name holds a control character");
    for (std::size_t at = 0; at <= key.size();) {
        const std::size_t end = std::min(key.find('/', at), key.size());
        const std::string_view name = key.substr(at, end - at);
        if (name == "." || name == "..")
            return fail(Errc::invalid_argument, "the object's name holds \"{}\", which would lead elsewhere", name);
        if (name.size() > kMaxName)
            return fail(Errc::invalid_argument, "the object's name has a part of {} bytes, {} at most", name.size(), kMaxName);
        at = end + 1;
    }
    return {};
}

std::uint64_t seed_from(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return split_mix(hash);
}

}  // namespace kns
