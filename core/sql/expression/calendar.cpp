#include "core/sql/expression/calendar.hpp"

#include <array>
#include <charconv>
#include <chrono>

#include "core/base/time_zone.hpp"
#include "core/sql/data/type.hpp"

namespace kns::sql {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                      "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// Digits at the beginning, taken off; nothing if there are not `least` to `most` of them.
std::optional<std::int64_t> take_number(std::string_view& text, std::size_t least, std::size_t most) {
    std::int64_t out = 0;
    std::size_t n = 0;
    while (n < text.size() && n < most && text[n] >= '0' && text[n] <= '9') out = out * 10 + (text[n++] - '0');
    if (n < least) return {};
    text.remove_prefix(n);
    return out;
}

bool take_char(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

int days_in(std::int64_t year, int month) {
    constexpr std::array<int, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kLengths[static_cast<std::size_t>(month - 1)];
}

std::optional<std::int64_t> take_date(std::string_view& text) {
    const auto year = take_number(text, 4, 4);
    if (!year || !take_char(text, '-')) return {};
    const auto month = take_number(text, 1, 2);
    if (!month || *month < 1 || *month > 12 || !take_char(text, '-')) return {};
    const auto day = take_number(text, 1, 2);
    if (!day || *day < 1 || *day > days_in(*year, static_cast<int>(*month))) return {};
    return days_of(*year, static_cast<int>(*month), static_cast<int>(*day));
}

std::optional<std::int64_t> take_fraction(std::string_view& text) {
    std::int64_t out = 0, digit = 100'000;
    std::size_t n = 0;
    for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n, digit /= 10) out += (text[n] - '0') * digit;
    if (n == 0) return {};
    text.remove_prefix(n);
    return out;
}

std::optional<std::int64_t> take_clock(std::string_view& text) {
    const auto hour = take_number(text, 1, 2);
    if (!hour || *hour > 23) return {};
    std::int64_t out = *hour * 3600;
    if (!take_char(text, ':')) return {};
    const auto minute = take_number(text, 1, 2);
    if (!minute || *minute > 59) return {};
    out += *minute * 60;
    std::int64_t micros = 0;
    if (take_char(text, ':')) {
        const auto second = take_number(text, 1, 2);
        if (!second || *second > 59) return {};
        out += *second;
        if (take_char(text, '.')) {
            const auto fraction = take_fraction(text);
            if (!fraction) return {};
            micros = *fraction;
        }
    }
    return out * kMicrosPerSecond + micros;
}

void append_padded(std::string& out, std::int64_t number, std::size_t digits) {
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    const auto size = static_cast<std::size_t>(end - text.data());
    if (size < digits) out.append(digits - size, '0');
    out.append(text.data(), size);
}

void append_fraction(std::string& out, std::int64_t micros, std::size_t digits) {
    constexpr std::array<std::int64_t, 7> kUnits = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
    const std::size_t kept = std::min<std::size_t>(digits, 6);
    append_padded(out, micros / kUnits[kept], kept);
    out.append(digits - kept, '0');
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

bool same_word(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(text[i])) != std::tolower(static_cast<unsigned char>(word[i]))) return false;
    return true;
}

std::int64_t iso_week(std::int64_t days) {
    const std::int64_t weekday = floor_mod(days + 3, 7);  // 0: Monday
    const std::int64_t thursday = days - weekday + 3;
    return (thursday - days_of(civil_of(thursday * kMicrosPerDay).year, 1, 1)) / 7 + 1;
}

}  // namespace

std::int64_t days_of(std::int64_t year, int month, int day) {
    return std::chrono::sys_days(std::chrono::year(static_cast<int>(year)) / month / day).time_since_epoch().count();
}

Civil civil_of(std::int64_t micros) {
    const std::int64_t days = floor_div(micros, kMicrosPerDay), rest = floor_mod(micros, kMicrosPerDay);
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    const auto seconds = static_cast<int>(rest / kMicrosPerSecond);
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<int>(static_cast<unsigned>(date.month())),
            .day = static_cast<int>(static_cast<unsigned>(date.day())),
            .hour = seconds / 3600,
            .minute = seconds / 60 % 60,
            .second = seconds % 60,
            .micros = static_cast<int>(rest % kMicrosPerSecond)};
}

std::int64_t micros_of(const Civil& civil) {
    const std::int64_t seconds =
        days_of(civil.year, civil.month, civil.day) * 86'400 + civil.hour * 3600 + civil.minute * 60 + civil.second;
    return seconds * kMicrosPerSecond + civil.micros;
}

std::int64_t to_local(std::int64_t instant_us) {
    // Zones change at whole quarters of an hour; what was found for the last one is kept.
    thread_local std::int64_t quarter = INT64_MIN, offset = 0;
    const std::int64_t now = floor_div(instant_us, 900 * kMicrosPerSecond);
    if (now != quarter) {
        const std::int64_t ms = floor_div(instant_us, kMicrosPerMs);
        offset = (local_time(ms) - ms) * kMicrosPerMs;
        quarter = now;
    }
    return instant_us + offset;
}

std::int64_t from_local(std::int64_t local_us) {
    std::int64_t out = local_us;
    for (int n = 0; n < 3; ++n) out -= to_local(out) - local_us;
    return out;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text, bool zoned) {
    text = trimmed(text);
    const auto days = take_date(text);
    if (!days) return {};
    std::int64_t out = *days * kMicrosPerDay;
    if (!text.empty()) {
        if (!take_char(text, ' ') && !take_char(text, 'T')) return {};
        const auto clock = take_clock(text);
        if (!clock) return {};
        out += *clock;
    }
    if (text.empty()) return zoned ? from_local(out) : out;
    if (!zoned) return {};
    if (text == "Z" || text == "z") return out;
    const bool east = text[0] == '+';
    if (!east && text[0] != '-') return {};
    text.remove_prefix(1);
    const auto hours = take_number(text, 2, 2);
    take_char(text, ':');
    const auto minutes = text.empty() ? std::optional<std::int64_t>(0) : take_number(text, 2, 2);
    if (!hours || !minutes || !text.empty() || *hours > 18 || *minutes > 59) return {};
    const std::int64_t offset = (*hours * 60 + *minutes) * 60 * kMicrosPerSecond;
    return east ? out - offset : out + offset;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
    text = trimmed(text);
    const auto days = take_date(text);
    return days && text.empty() ? days : std::nullopt;
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
    text = trimmed(text);
    const auto clock = take_clock(text);
    return clock && text.empty() ? clock : std::nullopt;
}

void append_date(std::string& out, std::int64_t days) {
    const Civil civil = civil_of(days * kMicrosPerDay);
    append_padded(out, civil.year, 4);
    out += '-';
    append_padded(out, civil.month, 2);
    out += '-';
    append_padded(out, civil.day, 2);
}

void append_time_of_day(std::string& out, std::int64_t micros, std::uint32_t digits) {
    const std::int64_t seconds = micros / kMicrosPerSecond;
    append_padded(out, seconds / 3600, 2);
    out += ':';
    append_padded(out, seconds / 60 % 60, 2);
    out += ':';
    append_padded(out, seconds % 60, 2);
    if (digits == 0) return;
    out += '.';
    append_fraction(out, micros % kMicrosPerSecond, digits);
}

void append_timestamp(std::string& out, std::int64_t micros, std::uint32_t digits, char between) {
    const std::int64_t days = floor_div(micros, kMicrosPerDay);
    append_date(out, days);
    out += between;
    append_time_of_day(out, micros - days * kMicrosPerDay, digits);
}

void append_months(std::string& out, std::int64_t months) {
    out += months < 0 ? '-' : '+';
    const std::int64_t size = months < 0 ? -months : months;
    append_padded(out, size / 12, 1);
    out += '-';
    append_padded(out, size % 12, 2);
}

void append_span(std::string& out, std::int64_t micros) {
    out += micros < 0 ? '-' : '+';
    const std::int64_t size = micros < 0 ? -micros : micros;
    append_padded(out, size / kMicrosPerDay, 1);
    out += ' ';
    append_time_of_day(out, size % kMicrosPerDay, 3);
}

bool is_months(TimeUnit unit) { return unit <= TimeUnit::month; }

std::int64_t length_of(TimeUnit unit) {
    switch (unit) {
        case TimeUnit::year: return 12;
        case TimeUnit::quarter: return 3;
        case TimeUnit::month: return 1;
        case TimeUnit::week: return 7 * kMicrosPerDay;
        case TimeUnit::day: return kMicrosPerDay;
        case TimeUnit::hour: return 3600 * kMicrosPerSecond;
        case TimeUnit::minute: return 60 * kMicrosPerSecond;
        case TimeUnit::second: return kMicrosPerSecond;
        case TimeUnit::millisecond: return kMicrosPerMs;
    }
    return 1;
}

std::optional<TimeUnit> parse_unit(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, TimeUnit>, 9> kUnits = {{{"YEAR", TimeUnit::year},
                                                                              {"QUARTER", TimeUnit::quarter},
                                                                              {"MONTH", TimeUnit::month},
                                                                              {"WEEK", TimeUnit::week},
                                                                              {"DAY", TimeUnit::day},
                                                                              {"HOUR", TimeUnit::hour},
                                                                              {"MINUTE", TimeUnit::minute},
                                                                              {"SECOND", TimeUnit::second},
                                                                              {"MILLISECOND", TimeUnit::millisecond}}};
    for (const auto& [name, unit] : kUnits)
        if (word.size() - (word.ends_with('S') ? 1 : 0) == name.size() && same_word(word, name)) return unit;
    return {};
}

std::int64_t add_months(std::int64_t micros, std::int64_t months) {
    Civil civil = civil_of(micros);
    const std::int64_t all = civil.year * 12 + (civil.month - 1) + months;
    civil.year = floor_div(all, 12);
    civil.month = static_cast<int>(floor_mod(all, 12)) + 1;
    civil.day = std::min(civil.day, days_in(civil.year, civil.month));
    return micros_of(civil);
}

std::int64_t extract(TimeUnit unit, std::int64_t micros) {
    const std::int64_t of_day = floor_mod(micros, kMicrosPerDay);
    switch (unit) {
        case TimeUnit::year: return civil_of(micros).year;
        case TimeUnit::quarter: return (civil_of(micros).month - 1) / 3 + 1;
        case TimeUnit::month: return civil_of(micros).month;
        case TimeUnit::week: return iso_week(floor_div(micros, kMicrosPerDay));
        case TimeUnit::day: return civil_of(micros).day;
        case TimeUnit::hour: return of_day / (3600 * kMicrosPerSecond);
        case TimeUnit::minute: return of_day / (60 * kMicrosPerSecond) % 60;
        case TimeUnit::second: return of_day / kMicrosPerSecond % 60;
        case TimeUnit::millisecond: return of_day / kMicrosPerMs % 60'000;
    }
    return 0;
}

std::int64_t floor_to(TimeUnit unit, std::int64_t micros) {
    if (is_months(unit)) {
        const Civil civil = civil_of(micros);
        const auto step = static_cast<int>(length_of(unit));
        return days_of(civil.year, (civil.month - 1) / step * step + 1, 1) * kMicrosPerDay;
    }
    // Weeks begin on Sundays, as Calcite's do; 1970 began on a Thursday.
    const std::int64_t shift = unit == TimeUnit::week ? 4 * kMicrosPerDay : 0;
    return micros - floor_mod(micros + shift, length_of(unit));
}

std::optional<std::int64_t> parse_interval(const IntervalLiteral& literal) {
    std::string_view text = trimmed(literal.text);
    bool negative = literal.negative;
    if (take_char(text, '-'))
        negative = !negative;
    else
        take_char(text, '+');
    const auto most = static_cast<std::size_t>(18);
    std::int64_t out = 0;
    const TimeUnit last = literal.to.value_or(literal.from);
    TimeUnit unit = literal.from;
    while (true) {
        const auto number = take_number(text, 1, most);
        if (!number || __builtin_add_overflow(out, *number * length_of(unit), &out)) return {};
        if (unit == last) break;
        if (unit == TimeUnit::year) {
            if (!take_char(text, '-')) return {};
            unit = TimeUnit::month;
        } else if (unit == TimeUnit::day) {
            if (!take_char(text, ' ')) return {};
            unit = TimeUnit::hour;
        } else if (unit == TimeUnit::hour || unit == TimeUnit::minute) {
            if (!take_char(text, ':')) return {};
            unit = unit == TimeUnit::hour ? TimeUnit::minute : TimeUnit::second;
        } else {
            return {};
        }
    }
    if (unit == TimeUnit::second && take_char(text, '.')) {
        const auto fraction = take_fraction(text);
        if (!fraction) return {};
        out += *fraction;
    }
    if (!text.empty()) return {};
    return negative ? -out : out;
}

Result<TimePattern> TimePattern::parse(std::string_view pattern) {
    TimePattern out;
    const auto add_text = [&](std::string_view text) {
        if (out.pieces_.empty() || out.pieces_.back().letter != 0) out.pieces_.push_back({});
        out.pieces_.back().text += text;
    };
    for (std::size_t i = 0; i < pattern.size();) {
        const char c = pattern[i];
        if (c == '\'') {
            if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
                add_text("'");
                i += 2;
                continue;
            }
            const auto end = pattern.find('\'', i + 1);
            if (end == std::string_view::npos)
                return fail(Errc::invalid_argument, "the pattern '{}' has a quotation that does not end", pattern);
            add_text(pattern.substr(i + 1, end - i - 1));
            i = end + 1;
            continue;
        }
        if (!std::isalpha(static_cast<unsigned char>(c))) {
            add_text(pattern.substr(i++, 1));
            continue;
        }
        std::size_t n = 1;
        while (i + n < pattern.size() && pattern[i + n] == c) ++n;
        if (std::string_view("yuMLdDHhKkmsSnaEe").find(c) == std::string_view::npos)
            return fail(Errc::invalid_argument, "the pattern '{}' has the letter {}, which is not known here", pattern, c);
        out.pieces_.push_back({.letter = c, .count = n});
        i += n;
    }
    return out;
}

void TimePattern::append(std::string& out, std::int64_t micros) const {
    const Civil civil = civil_of(micros);
    const std::int64_t days = floor_div(micros, kMicrosPerDay);
    for (const auto& piece : pieces_) {
        const std::size_t n = piece.count;
        switch (piece.letter) {
            case 0: out += piece.text; break;
            case 'y':
            case 'u': n == 2 ? append_padded(out, floor_mod(civil.year, 100), 2) : append_padded(out, civil.year, n); break;
            case 'M':
            case 'L':
                if (n >= 3)
                    out += n == 3 ? kMonths[static_cast<std::size_t>(civil.month - 1)].substr(0, 3)
                                  : kMonths[static_cast<std::size_t>(civil.month - 1)];
                else
                    append_padded(out, civil.month, n);
                break;
            case 'd': append_padded(out, civil.day, n); break;
            case 'D': append_padded(out, days - days_of(civil.year, 1, 1) + 1, n); break;
            case 'H': append_padded(out, civil.hour, n); break;
            case 'k': append_padded(out, civil.hour == 0 ? 24 : civil.hour, n); break;
            case 'K': append_padded(out, civil.hour % 12, n); break;
            case 'h': append_padded(out, civil.hour % 12 == 0 ? 12 : civil.hour % 12, n); break;
            case 'm': append_padded(out, civil.minute, n); break;
            case 's': append_padded(out, civil.second, n); break;
            case 'S': append_fraction(out, civil.micros, n); break;
            case 'n': append_padded(out, civil.micros * 1000, n); break;
            case 'a': out += civil.hour < 12 ? "AM" : "PM"; break;
            case 'E':
            case 'e': {
                const auto day = static_cast<std::size_t>(floor_mod(days + 4, 7));
                if (piece.letter == 'e')
                    append_padded(out, static_cast<std::int64_t>(day) + 1, n);
                else
                    out += n <= 3 ? kDays[day].substr(0, 3) : kDays[day];
                break;
            }
            default: break;
        }
    }
}

std::optional<std::int64_t> TimePattern::read(std::string_view text) const {
    std::int64_t year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, micros = 0;
    std::optional<bool> afternoon;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        const Piece& piece = pieces_[i];
        if (piece.letter == 0) {
            if (!text.starts_with(piece.text)) return {};
            text.remove_prefix(piece.text.size());
            continue;
        }
        // Numbers that touch have their exact width.
        const bool touches = i + 1 < pieces_.size() && pieces_[i + 1].letter != 0;
        const std::size_t most = touches || piece.count > 1 ? piece.count : 10;
        const auto number = [&](std::int64_t& into) {
            const auto value = take_number(text, piece.count > 1 ? piece.count : 1,
                                           std::max(most, piece.letter == 'y' && piece.count > 2 ? piece.count : most));
            if (value) into = *value;
            return value.has_value();
        };
        const auto name = [&](const auto& names, std::int64_t& into) {
            for (std::size_t n = 0; n < names.size(); ++n) {
                const auto word = piece.count == 3 ? names[n].substr(0, 3) : names[n];
                if (!same_word(text, word)) continue;
                text.remove_prefix(word.size());
                into = static_cast<std::int64_t>(n) + 1;
                return true;
            }
            return false;
        };
        bool read = true;
        std::int64_t ignored = 0;
        switch (piece.letter) {
            case 'y':
            case 'u':
                read = number(year);
                if (read && piece.count == 2) year += 2000;
                break;
            case 'M':
            case 'L': read = piece.count >= 3 ? name(kMonths, month) : number(month); break;
            case 'd': read = number(day); break;
            case 'H':
            case 'k':
            case 'K':
            case 'h': read = number(hour); break;
            case 'm': read = number(minute); break;
            case 's': read = number(second); break;
            case 'S': {
                std::string_view digits = text.substr(0, piece.count);
                const auto fraction = take_fraction(digits);
                read = fraction && digits.empty() && text.size() >= piece.count;
                if (read) micros = *fraction, text.remove_prefix(piece.count);
                break;
            }
            case 'a':
                afternoon = same_word(text, "PM");
                read = *afternoon || same_word(text, "AM");
                if (read) text.remove_prefix(2);
                break;
            case 'E': read = name(kDays, ignored); break;
            default: return {};
        }
        if (!read) return {};
    }
    if (!text.empty() || month < 1 || month > 12 || day < 1 || day > days_in(year, static_cast<int>(month))) return {};
    if (afternoon) hour = hour % 12 + (*afternoon ? 12 : 0);
    if (hour > 24 || minute > 59 || second > 59) return {};
    return ((days_of(year, static_cast<int>(month), static_cast<int>(day)) * 24 + hour % 24) * 3600 + minute * 60 + second) *
               kMicrosPerSecond +
           micros;
}

}  // namespace kns::sql
