#include "core/firehose/timestamp_formats.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace kns {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// What has been read of a time.
struct Parts {
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
    std::int64_t micros = 0;
    int offset_minutes = 0;
    std::optional<bool> afternoon{};
};

std::optional<std::int32_t> days_of(const Parts& parts) {
    const std::chrono::year_month_day date{std::chrono::year(parts.year), std::chrono::month(static_cast<unsigned>(parts.month)),
                                           std::chrono::day(static_cast<unsigned>(parts.day))};
    if (!date.ok()) return std::nullopt;
    return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::optional<std::int64_t> micros_of(Parts parts) {
    if (parts.afternoon) {
        if (parts.hour < 1 || parts.hour > 12) return std::nullopt;
        parts.hour = parts.hour % 12 + (*parts.afternoon ? 12 : 0);
    }
    const auto days = days_of(parts);
    if (!days || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
    const std::int64_t minutes = (*days * 24LL + parts.hour) * 60 + parts.minute - parts.offset_minutes;
    return (minutes * 60 + parts.second) * 1'000'000 + parts.micros;
}

// Takes what it is asked for from the front of a text.
class Reader {
   public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool empty() const { return rest_.empty(); }
    bool take(char c) {
        if (rest_.empty() || rest_[0] != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool number(std::size_t fewest, std::size_t most, int& out) {
        std::size_t digits = 0;
        out = 0;
        while (digits < most && digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9')
            out = out * 10 + (rest_[digits++] - '0');
        rest_.remove_prefix(digits);
        return digits >= fewest;
    }
    // Behind the point; what is finer than a microsecond is cut off.
    bool fraction(std::int64_t& micros) {
        std::size_t digits = 0;
        for (std::int64_t scale = 100'000; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; scale /= 10)
            micros += scale * (rest_[digits++] - '0');
        rest_.remove_prefix(digits);
        return digits > 0 && digits <= 9;
    }
    // "Z", "+01:00", "-0130", "+01".
    bool zone(int& minutes) {
        minutes = 0;
        if (take('Z')) return true;
        const bool minus = !rest_.empty() && rest_[0] == '-';
        if (!take('+') && !take('-')) return false;
        int hours = 0, more = 0;
        if (!number(2, 2, hours)) return false;
        if (take(':') || !empty())
            if (!number(2, 2, more)) return false;
        minutes = (hours * 60 + more) * (minus ? -1 : 1);
        return hours < 24 && more < 60;
    }
    bool month_name(int& month) {
        const auto found = std::ranges::find(kMonths, rest_.substr(0, 3));
        month = static_cast<int>(found - kMonths.begin()) + 1;
        if (found == kMonths.end()) return false;
        rest_.remove_prefix(3);
        return true;
    }
    bool half_of_day(std::optional<bool>& afternoon) {
        if (rest_.size() < 2 || (rest_[1] | 0x20) != 'm') return false;
        const char first = static_cast<char>(rest_[0] | 0x20);
        afternoon = first == 'p';
        rest_.remove_prefix(2);
        return first == 'a' || first == 'p';
    }

   private:
    std::string_view rest_;
};

bool read_day(Reader& in, Parts& out) {
    return in.number(4, 4, out.year) && in.take('-') && in.number(1, 2, out.month) && in.take('-') && in.number(1, 2, out.day);
}

std::optional<std::int64_t> read_iso(std::string_view text) {
    Reader in(text);
    Parts out;
    if (!read_day(in, out)) return std::nullopt;
    if (in.empty()) return micros_of(out);
    if (!in.take('T') && !in.take(' ')) return std::nullopt;
    if (!in.number(1, 2, out.hour) || !in.take(':') || !in.number(2, 2, out.minute)) return std::nullopt;
    if (in.take(':')) {
        if (!in.number(2, 2, out.second)) return std::nullopt;
        if ((in.take('.') || in.take(',')) && !in.fraction(out.micros)) return std::nullopt;
    }
    if (!in.empty()) {
        in.take(' ');
        if (!in.zone(out.offset_minutes)) return std::nullopt;
    }
    return in.empty() ? micros_of(out) : std::nullopt;
}

// The run of one letter that a pattern begins with, taken off it.
std::size_t take_run(std::string_view& pattern) {
    const auto length = std::min(pattern.find_first_not_of(pattern[0]), pattern.size());
    pattern.remove_prefix(length);
    return length;
}

bool read_field(char letter, std::size_t length, Reader& in, Parts& out) {
    const auto number = [&](int& field) { return in.number(std::min<std::size_t>(length, 2), 2, field); };
    switch (letter) {
        case 'y':
            if (length != 2) return in.number(4, 4, out.year);
            if (!in.number(2, 2, out.year)) return false;
            out.year += 2000;
            return true;
        case 'M': return length > 2 ? in.month_name(out.month) : number(out.month);
        case 'd': return number(out.day);
        case 'H':
        case 'h': return number(out.hour);
        case 'm': return number(out.minute);
        case 's': return number(out.second);
        case 'S': return in.fraction(out.micros);
        case 'a': return in.half_of_day(out.afternoon);
        default: return in.zone(out.offset_minutes);
    }
}

constexpr std::string_view kLetters = "yMdHhmsSaZ";

std::optional<std::int64_t> read_pattern(std::string_view pattern, std::string_view text) {
    Reader in(text);
    Parts out;
    while (!pattern.empty()) {
        const char c = pattern[0];
        if (c == '\'') {
            const auto end = pattern.find('\'', 1);
            const auto literal = end == 1 ? "'" : pattern.substr(1, end - 1);
            for (const char each : literal)
                if (!in.take(each)) return std::nullopt;
            pattern.remove_prefix(end + 1);
        } else if (kLetters.find(c) != std::string_view::npos) {
            if (!read_field(c, take_run(pattern), in, out)) return std::nullopt;
        } else {
            if (!in.take(c)) return std::nullopt;
            pattern.remove_prefix(1);
        }
    }
    return in.empty() ? micros_of(out) : std::nullopt;
}

Result<void> check_pattern(std::string_view pattern) {
    if (pattern.empty()) return fail(Errc::invalid_argument, "a timestamp format is empty");
    for (std::string_view rest = pattern; !rest.empty(); rest.remove_prefix(1)) {
        if (rest[0] == '\'') {
            const auto end = rest.find('\'', 1);
            if (end == std::string_view::npos)
                return fail(Errc::invalid_argument, "the timestamp format \"{}\" has a quote that does not end", pattern);
            rest.remove_prefix(end);
        } else if (std::isalpha(static_cast<unsigned char>(rest[0])) && kLetters.find(rest[0]) == std::string_view::npos) {
            return fail(Errc::invalid_argument, "the timestamp format \"{}\" has the letter {}, which means nothing here", pattern,
                        rest[0])
                .hint("yyyy-MM-dd'T'HH:mm:ss.SSSZ, or millis");
        }
    }
    return {};
}

std::optional<double> number_in(std::string_view text) {
    double out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

std::optional<std::int64_t> in_micros(double number, double scale) {
    constexpr double kFirst = -62'135'596'800e6, kEnd = 253'402'300'800e6;  // the years 1 to 9999, which every reader has
    const double micros = std::floor(number * scale + 0.5);
    return micros >= kFirst && micros < kEnd ? std::optional(static_cast<std::int64_t>(micros)) : std::nullopt;
}

}  // namespace

Result<TimestampFormats> TimestampFormats::parse(std::string_view patterns) {
    TimestampFormats out;
    while (!patterns.empty()) {
        const auto pattern = patterns.substr(0, patterns.find('|'));
        patterns.remove_prefix(std::min(patterns.size(), pattern.size() + 1));
        if (pattern == "millis") {
            out.millis_ = true;
            continue;
        }
        KNS_TRY(check_pattern(pattern));
        out.patterns_.emplace_back(pattern);
    }
    return out;
}

std::optional<std::int64_t> TimestampFormats::read(std::string_view text) const {
    for (const auto& pattern : patterns_)
        if (const auto time = read_pattern(pattern, text)) return time;
    if (patterns_.empty() && !millis_)
        if (const auto time = read_iso(text)) return time;
    const auto number = number_in(text);
    return number ? read(*number) : std::nullopt;
}

std::optional<std::int64_t> TimestampFormats::read(double number) const {
    constexpr double kSeconds = 1e11, kMilliseconds = 1e14;  // from there on it would be the year 5138
    if (millis_) return in_micros(number, 1e3);
    if (!patterns_.empty()) return std::nullopt;
    return in_micros(number, std::abs(number) < kSeconds ? 1e6 : std::abs(number) < kMilliseconds ? 1e3 : 1);
}

std::optional<std::int32_t> read_date(std::string_view text) {
    Reader in(text);
    Parts out;
    return read_day(in, out) && in.empty() ? days_of(out) : std::nullopt;
}

}  // namespace kns
