// Times as JSON records have them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

// Without patterns: ISO 8601 ("2026-01-31T10:00:00.123Z", a blank for the T, month and day with one digit or two, a zone or
// none), and numbers that are seconds, milliseconds or microseconds since 1970, which their size tells. With patterns: these
// alone. A time without a zone is taken to be UTC.
class TimestampFormats {
   public:
    // As Joda writes them: y M d H h m s S a Z and 'text'; or "millis", a number of milliseconds. Separated by "|".
    static Result<TimestampFormats> parse(std::string_view patterns);

    // Microseconds since 1970; nothing if it is no such time.
    std::optional<std::int64_t> read(std::string_view text) const;
    std::optional<std::int64_t> read(double number) const;

   private:
    std::vector<std::string> patterns_;
    bool millis_ = false;
};

// "2026-01-31": days since 1970.
std::optional<std::int32_t> read_date(std::string_view text);

}  // namespace kns
