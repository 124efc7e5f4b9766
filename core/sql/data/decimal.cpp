#include "core/sql/data/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace kns::sql {
namespace {

constexpr std::uint32_t kDigits = 38;
__extension__ using Unsigned = unsigned __int128;

constexpr auto kPowers = [] {
    std::array<Decimal, kDigits + 1> out{};
    out[0] = 1;
    for (std::size_t i = 1; i < out.size(); ++i) out[i] = out[i - 1] * 10;
    return out;
}();
constexpr Decimal kLimit = kPowers[kDigits];

bool fits(Decimal value) { return value < kLimit && value > -kLimit; }
Unsigned magnitude(Decimal value) { return value < 0 ? Unsigned(0) - static_cast<Unsigned>(value) : static_cast<Unsigned>(value); }

Decimal divide_rounding(Decimal a, Decimal b) {
    const Decimal quotient = a / b;
    const Unsigned rest = magnitude(a % b), half = magnitude(b);
    if (rest < half - rest) return quotient;
    return (a < 0) == (b < 0) ? quotient + 1 : quotient - 1;
}

}  // namespace

Decimal power_of_ten(std::uint32_t n) { return kPowers[std::min(n, kDigits)]; }

std::optional<Decimal> rescale(Decimal value, std::uint32_t from, std::uint32_t to) {
    if (from == to) return value;
    if (to > from) return multiply(value, power_of_ten(to - from));
    return divide_rounding(value, power_of_ten(from - to));
}

std::optional<Decimal> fit(Decimal value, std::uint32_t from, std::uint32_t precision, std::uint32_t scale) {
    const auto out = rescale(value, from, scale);
    const Decimal limit = power_of_ten(precision);
    if (!out || *out >= limit || *out <= -limit) return {};
    return out;
}

std::optional<Decimal> add(Decimal a, Decimal b) {
    Decimal out;
    if (__builtin_add_overflow(a, b, &out) || !fits(out)) return {};
    return out;
}

std::optional<Decimal> multiply(Decimal a, Decimal b) {
    Decimal out;
    if (__builtin_mul_overflow(a, b, &out) || !fits(out)) return {};
    return out;
}

std::optional<Decimal> divide(Decimal a, std::uint32_t a_scale, Decimal b, std::uint32_t b_scale, std::uint32_t scale) {
    if (b == 0) return {};
    // a / 10^a_scale / (b / 10^b_scale) * 10^scale, digit by digit where the widened dividend does not fit.
    const std::int64_t shift = std::int64_t{scale} + b_scale - a_scale;
    if (shift < 0) {
        const auto divisor = multiply(b, power_of_ten(static_cast<std::uint32_t>(-shift)));
        return divisor ? divide_rounding(a, *divisor) : Decimal{0};
    }
    const bool negative = (a < 0) != (b < 0);
    const Unsigned divisor = magnitude(b);
    Unsigned rest = magnitude(a) % divisor, quotient = magnitude(a) / divisor;
    for (std::int64_t i = 0; i < shift; ++i) {
        if (quotient >= static_cast<Unsigned>(kLimit) / 10 + 1) return {};
        // The rest is below 10^38, ten times of which is above 2^128: in two steps of digits.
        unsigned digit = 0;
        Unsigned next = 0;
        for (int n = 0; n < 10; ++n) {
            if (next >= divisor - rest && rest != 0) {
                next -= divisor - rest;
                ++digit;
            } else {
                next += rest;
            }
        }
        quotient = quotient * 10 + digit;
        rest = next;
    }
    if (rest >= divisor - rest) ++quotient;
    if (quotient >= static_cast<Unsigned>(kLimit)) return {};
    const auto value = static_cast<Decimal>(quotient);
    return negative ? -value : value;
}

double to_double(Decimal value, std::uint32_t scale) {
    constexpr Decimal kExact = Decimal{1} << 53;
    if (scale <= 22 && value < kExact && value > -kExact) return static_cast<double>(value) / static_cast<double>(kPowers[scale]);
    const std::string text = text_of(value, scale);
    double out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::optional<Decimal> from_double(double value, std::uint32_t precision, std::uint32_t scale) {
    if (!std::isfinite(value)) return {};
    std::array<char, 400> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
    return parse_decimal({text.data(), static_cast<std::size_t>(end - text.data())}, precision, scale);
}

std::string text_of(Decimal value, std::uint32_t scale) {
    std::array<char, 48> text;
    auto at = text.size();
    Unsigned left = magnitude(value);
    std::uint32_t digits = 0;
    do {
        if (digits == scale && scale > 0) text[--at] = '.';
        text[--at] = static_cast<char>('0' + static_cast<int>(left % 10));
        left /= 10;
        ++digits;
    } while (left != 0 || digits <= scale);
    if (value < 0) text[--at] = '-';
    return {text.data() + at, text.size() - at};
}

std::optional<Decimal> parse_decimal(std::string_view text, std::uint32_t precision, std::uint32_t scale) {
    std::size_t at = 0;
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) ++at;
    Decimal value = 0;
    std::int64_t exponent = 0;
    bool point = false, any = false;
    char dropped = '0';  // the first digit that found no room
    for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
        if (text[at] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[at] < '0' || text[at] > '9') return {};
        any = true;
        if (value < kPowers[kDigits - 1] && dropped == '0') {
            value = value * 10 + (text[at] - '0');
            if (point) --exponent;
        } else if (!point) {
            if (value != 0) return {};
        } else if (dropped == '0') {
            dropped = text[at];
        }
    }
    if (!any) return {};
    if (at < text.size()) {
        int more = 0;
        std::size_t from = at + 1;
        if (from < text.size() && text[from] == '+') ++from;
        const auto [end, error] = std::from_chars(text.data() + from, text.data() + text.size(), more);
        if (error != std::errc{} || end != text.data() + text.size()) return {};
        exponent += more;
    }
    if (negative) value = -value;
    const std::int64_t shift = exponent + scale;
    if (value == 0) return Decimal{0};
    if (shift > kDigits) return {};
    std::optional<Decimal> out;
    if (shift >= 0)
        out = multiply(value, power_of_ten(static_cast<std::uint32_t>(shift)));
    else
        out = shift < -static_cast<std::int64_t>(kDigits)
                  ? Decimal{0}
                  : divide_rounding(value, power_of_ten(static_cast<std::uint32_t>(-shift)));
    const Decimal limit = power_of_ten(precision);
    if (!out || *out >= limit || *out <= -limit) return {};
    return out;
}

}  // namespace kns::sql
