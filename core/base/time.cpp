#include "core/base/time.hpp"

#include <time.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace kns {
namespace {

class RealClock final : public Clock {
   public:
    UnixMs now() override {
        timespec t{};
        clock_gettime(CLOCK_REALTIME, &t);
        return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
    }
    std::int64_t monotonic_ns() override {
        timespec t{};
        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1'000'000'000 + t.tv_nsec;
    }
};

struct Unit {
    std::string_view name;
    double scale;
};

constexpr std::array<Unit, 6> kDurations{{{"ms", 1}, {"s", 1000}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3}}};
constexpr std::array<Unit, 14> kSizes{{{"B", 1},
                                       {"KiB", 1024},
                                       {"MiB", 1 << 20},
                                       {"GiB", 1 << 30},
                                       {"TiB", 1099511627776.0},
                                       {"kB", 1e3},
                                       {"KB", 1e3},
                                       {"MB", 1e6},
                                       {"GB", 1e9},
                                       {"TB", 1e12},
                                       {"K", 1024},
                                       {"M", 1 << 20},
                                       {"G", 1 << 30},
                                       {"T", 1099511627776.0}}};

// Takes "<number><unit>" off the front of `text`. A missing unit counts as `bare`; zero means one is required.
template <std::size_t N>
std::optional<double> take_quantity(std::string_view& text, const std::array<Unit, N>& units, double bare) {
    const auto digits = text.find_first_not_of("0123456789.");
    const auto number = text.substr(0, digits);
    double value = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), value).ptr != number.data() + number.size() || number.empty())
        return std::nullopt;
    text.remove_prefix(number.size());
    if (text.empty()) return bare > 0 ? std::optional(value * bare) : std::nullopt;
    const auto unit = text.substr(0, text.find_first_of("0123456789."));
    for (const auto& candidate : units) {
        if (candidate.name != unit) continue;
        text.remove_prefix(unit.size());
        return value * candidate.scale;
    }
    return std::nullopt;
}

bool take_digits(std::string_view& text, std::size_t count, int& out) {
    if (text.size() < count) return false;
    const char* end = text.data() + count;
    if (std::from_chars(text.data(), end, out).ptr != end) return false;
    text.remove_prefix(count);
    return true;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

// 2026-11-23[T12:00[:00[.123]][Z|+01:00]]
std::optional<UnixMs> parse_rfc3339(std::string_view text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0;
    double fraction = 0;
    if (!take_digits(text, 4, year) || !take(text, '-') || !take_digits(text, 2, month) || !take(text, '-') ||
        !take_digits(text, 2, day))
        return std::nullopt;
    if (!text.empty()) {
        if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
        if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute)) return std::nullopt;
        if (take(text, ':') && !take_digits(text, 2, second)) return std::nullopt;
        if (take(text, '.') || take(text, ',')) {
            double scale = 0.1;
            if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
            for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), scale /= 10)
                fraction += (text[0] - '0') * scale;
        }
        const int sign = text.starts_with('-') ? -1 : 1;
        if (take(text, 'Z') || take(text, 'z') || text.empty()) {
            zone = 0;
        } else if (take(text, '+') || take(text, '-')) {
            int zone_hours = 0, zone_minutes = 0;
            if (!take_digits(text, 2, zone_hours)) return std::nullopt;
            take(text, ':');
            if (!text.empty() && !take_digits(text, 2, zone_minutes)) return std::nullopt;
            zone = sign * (zone_hours * 60 + zone_minutes);
        }
        if (!text.empty()) return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 24 || minute > 59 || second > 60) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return days * kDay + hour * kHour + (minute - zone) * kMinute + second * kSecond +
           static_cast<Ms>(std::lround(fraction * 1000));
}

}  // namespace

Clock& Clock::real() {
    static RealClock clock;
    return clock;
}

Result<Ms> parse_duration(std::string_view text) {
    auto rest = text;
    double total = 0;
    bool any = false;
    while (!rest.empty()) {
        const auto part = take_quantity(rest, kDurations, any ? 0 : 1000);
        if (!part || *part > 1e15) any = false;
        if (!part || *part > 1e15) break;
        total += *part;
        any = true;
    }
    if (!any) return fail(Errc::invalid_argument, "\"{}\" is not a duration", text).hint("write 300s, 15m, 24h or 7d");
    return static_cast<Ms>(std::llround(total));
}

std::string format_duration(Ms duration) {
    if (duration == 0) return "0s";
    for (auto it = kDurations.rbegin() + 1; it != kDurations.rend(); ++it) {  // weeks are for reading only
        const auto scale = static_cast<Ms>(it->scale);
        if (duration % scale == 0 && !(it->name == "d" && duration == kDay)) return fmt::format("{}{}", duration / scale, it->name);
    }
    return fmt::format("{}ms", duration);
}

Result<std::uint64_t> parse_size(std::string_view text) {
    auto rest = text;
    const auto size = take_quantity(rest, kSizes, 1);
    if (!size || !rest.empty() || *size > 9e18)
        return fail(Errc::invalid_argument, "\"{}\" is not a size", text).hint("write 64KiB, 5MiB or 1GiB");
    return static_cast<std::uint64_t>(std::llround(*size));
}

std::string format_size(std::uint64_t bytes) {
    static constexpr std::string_view kNames[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(kNames); ++unit) value /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kNames[unit]);
}

Result<UnixMs> parse_time(std::string_view text, UnixMs now) {
    if (text == "now") return now;
    if (text.size() > 1 && (text[0] == '-' || text[0] == '+') &&
        text.find_first_not_of("0123456789.", 1) != std::string_view::npos) {
        if (auto distance = parse_duration(text.substr(1))) return text[0] == '-' ? now - *distance : now + *distance;
    } else if (text.find_first_not_of("0123456789.") == std::string_view::npos && !text.empty()) {
        double number = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), number).ptr == text.data() + text.size() && number < 1e15)
            return number >= 1e11 ? static_cast<UnixMs>(number) : static_cast<UnixMs>(std::llround(number * 1000));
    } else if (auto instant = parse_rfc3339(text)) {
        return *instant;
    }
    return fail(Errc::invalid_argument, "\"{}\" is not a time", text).hint("write 2026-01-31T12:00:00Z, epoch seconds, or -10m");
}

CivilTime civil_utc(UnixMs instant) {
    using namespace std::chrono;
    const sys_time<milliseconds> point{milliseconds(instant)};
    const auto day = floor<days>(point);
    const year_month_day date(day);
    const hh_mm_ss clock(point - day);
    const auto first = sys_days(date.year() / January / 1);
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()),
            static_cast<int>(clock.seconds().count()),
            static_cast<int>(clock.subseconds().count()),
            static_cast<int>(weekday(day).c_encoding()),
            static_cast<int>((day - first).count()) + 1};
}

std::string format_time(UnixMs instant) {
    const auto t = civil_utc(instant);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.year, t.month, t.day, t.hour, t.minute, t.second,
                       t.millisecond);
}

}  // namespace kns
