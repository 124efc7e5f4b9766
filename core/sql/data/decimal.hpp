// Exact numbers of up to 38 digits: a whole number of 128 bits and a scale that the type says. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kns::sql {

__extension__ using Decimal = __int128;

// 10^n, n <= 38.
Decimal power_of_ten(std::uint32_t n);
// Another scale, half away from zero; nothing if it does not fit 38 digits.
std::optional<Decimal> rescale(Decimal value, std::uint32_t from, std::uint32_t to);
// To another scale, and of no more digits than `precision`.
std::optional<Decimal> fit(Decimal value, std::uint32_t from, std::uint32_t precision, std::uint32_t scale);
std::optional<Decimal> add(Decimal a, Decimal b);
std::optional<Decimal> multiply(Decimal a, Decimal b);
// a / b with `scale` digits behind the point, half away from zero; nothing for b = 0.
std::optional<Decimal> divide(Decimal a, std::uint32_t a_scale, Decimal b, std::uint32_t b_scale, std::uint32_t scale);
double to_double(Decimal value, std::uint32_t scale);
// The nearest with `scale` digits; nothing if it has more than `precision`.
std::optional<Decimal> from_double(double value, std::uint32_t precision, std::uint32_t scale);

std::string text_of(Decimal value, std::uint32_t scale);  // "-0.050"
// "12.5", "-3e-2": rounded to `scale`; nothing if it is no number or does not fit.
std::optional<Decimal> parse_decimal(std::string_view text, std::uint32_t precision, std::uint32_t scale);

}  // namespace kns::sql
