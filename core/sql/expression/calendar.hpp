// Days and clocks as numbers, and as people write them. Pure, but for the process's time zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/sql/text/syntax.hpp"

namespace kns::sql {

struct Civil {
    std::int64_t year;
    int month, day;  // from 1
    int hour, minute, second, micros;
};
Civil civil_of(std::int64_t micros);  // since 1970, UTC
std::int64_t days_of(std::int64_t year, int month, int day);
std::int64_t micros_of(const Civil& civil);
inline std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
inline std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - floor_div(a, b) * b; }

// What clocks here show at that instant, as if it were UTC, and the instant when they show it.
std::int64_t to_local(std::int64_t instant_us);
std::int64_t from_local(std::int64_t local_us);

// "2024-05-01 12:30:00.123", with a T as well, digits of a second up to six; a zone or a Z only if `zoned`, which gives the
// instant.
std::optional<std::int64_t> parse_timestamp(std::string_view text, bool zoned = false);
std::optional<std::int64_t> parse_date(std::string_view text);         // days
std::optional<std::int64_t> parse_time_of_day(std::string_view text);  // microseconds
void append_timestamp(std::string& out, std::int64_t micros, std::uint32_t digits, char between = ' ');
void append_date(std::string& out, std::int64_t days);
void append_time_of_day(std::string& out, std::int64_t micros, std::uint32_t digits);
// +1-02, +1 02:03:04.500000 as Flink writes them.
void append_months(std::string& out, std::int64_t months);
void append_span(std::string& out, std::int64_t micros);

// The unit, as a number of microseconds or months.
bool is_months(TimeUnit unit);
std::int64_t length_of(TimeUnit unit);
std::optional<TimeUnit> parse_unit(std::string_view word);
std::int64_t add_months(std::int64_t micros, std::int64_t months);  // the 31st becomes the last of a shorter month
std::int64_t extract(TimeUnit unit, std::int64_t micros);
std::int64_t floor_to(TimeUnit unit, std::int64_t micros);

// The value of INTERVAL '...' FROM TO: microseconds or months. Nothing if the text is none.
std::optional<std::int64_t> parse_interval(const IntervalLiteral& literal);

// Patterns of Java's DateTimeFormatter, as far as they have numbers, names of months and days in English, AM and PM, fractions and
// quoted texts. Refused patterns say why.
class TimePattern {
   public:
    static Result<TimePattern> parse(std::string_view pattern);
    void append(std::string& out, std::int64_t micros) const;
    std::optional<std::int64_t> read(std::string_view text) const;

   private:
    struct Piece {
        char letter = 0;  // 0: `text`
        std::size_t count = 0;
        std::string text{};
    };
    std::vector<Piece> pieces_;
};

}  // namespace kns::sql
