// Clocks, instants, durations and sizes, and the way people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

// Milliseconds since 1970 UTC. Arrival times, retention and everything shown to people.
using UnixMs = std::int64_t;
// Milliseconds of a duration.
using Ms = std::int64_t;

inline constexpr Ms kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

// The seam for time; tests crank their own. Any thread.
class Clock {
   public:
    virtual ~Clock() = default;
    virtual UnixMs now() = 0;                 // the wall clock; may jump
    virtual std::int64_t monotonic_ns() = 0;  // for waiting and measuring
    static Clock& real();
};

// "300s", "24h", "7d", "500ms", "1h30m", or a bare number of seconds.
Result<Ms> parse_duration(std::string_view text);
std::string format_duration(Ms duration);  // the shortest exact form: "24h", "90s", "1.5s"

// "5MiB", "64KiB", "1GB", "100" (bytes).
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);  // for people: "5.0 MiB"

// RFC 3339 (with zone, or UTC), a date, epoch seconds (with a fraction), epoch milliseconds (13 digits), "now", or
// relative to now: "-10m".
Result<UnixMs> parse_time(std::string_view text, UnixMs now);
std::string format_time(UnixMs instant);  // 2026-11-23T12:00:00.123Z

struct CivilTime {
    int year, month, day, hour, minute, second, millisecond, weekday, day_of_year;  // weekday: 0 = Sunday; day_of_year from 1
};
CivilTime civil_utc(UnixMs instant);

}  // namespace kns
