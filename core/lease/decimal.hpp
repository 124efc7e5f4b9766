// DynamoDB's numbers: decimals of up to 38 digits between 1E-130 and 1E126. Pure.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace kns::lease {

class Decimal {
   public:
    static std::optional<Decimal> parse(std::string_view text);
    // Without an exponent and without zeros that say nothing.
    std::string text() const;

    std::strong_ordering operator<=>(const Decimal& other) const;
    bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }
    // Nothing if it has too many digits.
    std::optional<Decimal> plus(const Decimal& other) const;
    Decimal negated() const;

   private:
    bool fits() const;
    void trim();

    bool negative_ = false;
    std::string digits_;  // no zero in front or behind; empty: zero
    int point_ = 0;       // the value is 0.DIGITS times ten to this power
};

}  // namespace kns::lease
