// Functions of times.
#include "core/sql/expression/calendar.hpp"
#include "core/sql/expression/function.hpp"

namespace kns::sql {
namespace {

using S = std::string_view;
using I = std::int64_t;
using Scope = const RowScope&;

constexpr S kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

Expr clock(Type type) { return {.kind = Expr::Kind::proctime, .type = not_null(std::move(type))}; }

Result<Expr> bind_clock(const std::string& name, std::vector<Expr> args, Place place) {
    if (!args.empty()) return wrong_arguments(name, args, place);
    Expr now = clock(timestamp_ltz_type());
    if (name == "LOCALTIMESTAMP") return cast_to(std::move(now), timestamp_type());
    if (name == "CURRENT_DATE") return cast_to(std::move(now), type_of(Kind::date));
    if (name == "CURRENT_TIME" || name == "LOCALTIME") return cast_to(std::move(now), type_of(Kind::time));
    if (name == "UNIX_TIMESTAMP") return cast_to(std::move(now), bigint_type());
    if (name == "PROCTIME") now.name = kProctime;
    return now;
}

// A moment as clocks show it.
I shown(I value, const Type& type) {
    if (type.kind == Kind::date) return value * kMicrosPerDay;
    return type.kind == Kind::timestamp_ltz ? to_local(value) : value;
}
bool is_moment(const Type& type) { return type.is_timestamp() || type.kind == Kind::date || type.kind == Kind::time; }

// What EXTRACT has beyond units.
std::optional<I> extract_more(S word, I micros) {
    const I days = floor_div(micros, kMicrosPerDay);
    if (word == "DOY") return days - days_of(civil_of(micros).year, 1, 1) + 1;
    if (word == "DOW") return floor_mod(days + 4, 7) + 1;  // 1: Sunday
    if (word == "ISODOW") return floor_mod(days + 3, 7) + 1;
    if (word == "EPOCH") return floor_div(micros, kMicrosPerSecond);
    if (word == "DECADE") return floor_div(civil_of(micros).year, 10);
    if (word == "CENTURY") return floor_div(civil_of(micros).year - 1, 100) + 1;
    if (word == "MILLENNIUM") return floor_div(civil_of(micros).year - 1, 1000) + 1;
    if (word == "MICROSECOND") return floor_mod(micros, 60 * kMicrosPerSecond);
    return {};
}

Result<Expr> bind_extract_word(const std::string& word, Expr from, Place place) {
    const auto unit = parse_unit(word);
    if (!is_moment(from.type) || (!unit && !extract_more(word, 0)))
        return fail_at(place, fmt::format("there is no {} in {}", word, text_of(or_null(from.type))));
    const Type type = from.type;
    std::vector<Expr> args;
    args.push_back(std::move(from));
    auto kernel = unit ? share_kernel([type, unit = *unit](Scope, I x) { return extract(unit, shown(x, type)); })
                       : share_kernel([type, word](Scope, I x) { return *extract_more(word, shown(x, type)); });
    return call_of(word, or_null(bigint_type(), type.nullable), std::move(args), std::move(kernel), place);
}

Result<Expr> bind_extract(const std::string& name, std::vector<Expr> args, Place place) {
    if (name == "EXTRACT") {
        if (args.size() != 2 || args[0].name != kKeyword) return wrong_arguments(name, args, place);
        return bind_extract_word(std::get<std::string>(args[0].value), std::move(args[1]), place);
    }
    if (args.size() != 1) return wrong_arguments(name, args, place);
    const std::string word = name == "DAYOFYEAR" ? "DOY" : name == "DAYOFMONTH" ? "DAY" : name == "DAYOFWEEK" ? "DOW" : name;
    return bind_extract_word(word, std::move(args[0]), place);
}

Result<Expr> bind_add(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 3 || args[0].name != kKeyword || !args[1].type.is_whole_number()) return wrong_arguments(name, args, place);
    const auto unit = parse_unit(std::get<std::string>(args[0].value));
    if (!unit) return wrong_arguments(name, args, place);
    Expr interval = literal_of(length_of(*unit), type_of(is_months(*unit) ? Kind::months : Kind::span, 3));
    Expr span = KNS_TRY(bind_binary("*", std::move(interval), KNS_TRY(cast_to(std::move(args[1]), bigint_type())), place));
    Expr base = std::move(args[2]);
    if (base.type.kind == Kind::date && !is_months(*unit) && *unit != TimeUnit::day && *unit != TimeUnit::week)
        base = KNS_TRY(cast_to(std::move(base), timestamp_type()));
    return bind_binary("+", std::move(base), std::move(span), place);
}

// Whole units from the first to the second.
Result<Expr> bind_difference(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 3 || args[0].name != kKeyword || !is_moment(args[1].type) || !is_moment(args[2].type))
        return wrong_arguments(name, args, place);
    const auto unit = parse_unit(std::get<std::string>(args[0].value));
    if (!unit) return wrong_arguments(name, args, place);
    args.erase(args.begin());
    const Type a = args[0].type, b = args[1].type;
    const Type type = or_null(integer_type(), any_nullable(args));
    auto kernel = share_kernel([a, b, unit = *unit](Scope, I x, I y) {
        const I from = shown(x, a), to = shown(y, b);
        if (!is_months(unit)) return static_cast<I>(static_cast<std::int32_t>((to - from) / length_of(unit)));
        const Civil f = civil_of(from), t = civil_of(to);
        I months = (t.year - f.year) * 12 + t.month - f.month;
        if (months > 0 && add_months(from, months) > to) --months;
        if (months < 0 && add_months(from, months) < to) ++months;
        return months / length_of(unit);
    });
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

// The pattern, prepared: it has to be a literal.
Result<std::shared_ptr<const TimePattern>> pattern_of(const std::vector<Expr>& args, std::size_t at) {
    std::string text(kDefaultPattern);
    if (at < args.size()) text = KNS_TRY(literal_text(args[at], "the pattern"));
    auto pattern = TimePattern::parse(text);
    if (!pattern) return fail_at(at < args.size() ? args[at].place : Place{}, pattern.error().message);
    return std::make_shared<const TimePattern>(std::move(*pattern));
}

Result<Expr> bind_date_format(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 2) return wrong_arguments(name, args, place);
    if (args[0].type.is_text()) args[0] = KNS_TRY(cast_to(std::move(args[0]), timestamp_type()));
    if (!is_moment(args[0].type)) return wrong_arguments(name, args, place);
    const auto pattern = KNS_TRY(pattern_of(args, 1));
    const Type from = args[0].type;
    const Type type = or_null(string_type(), from.nullable);
    auto kernel = share_kernel([pattern, from](Scope scope, I x, S) {
        std::string out;
        pattern->append(out, shown(x, from));
        return scope.keep(out);
    });
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

Result<Expr> bind_from_unixtime(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.empty() || args.size() > 2 || !args[0].type.is_whole_number()) return wrong_arguments(name, args, place);
    const auto pattern = KNS_TRY(pattern_of(args, 1));
    args.resize(1, args[0]);
    const Type type = or_null(string_type(), args[0].type.nullable);
    auto kernel = share_kernel([pattern](Scope scope, I seconds) {
        std::string out;
        pattern->append(out, to_local(seconds * kMicrosPerSecond));
        return scope.keep(out);
    });
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

// TO_TIMESTAMP, TO_DATE, UNIX_TIMESTAMP of a text, perhaps with a pattern. What is none is NULL.
Result<Expr> bind_parse(const std::string& name, std::vector<Expr> args, Place place) {
    if (name == "UNIX_TIMESTAMP" && args.empty()) return bind_clock(name, std::move(args), place);
    if (args.empty() || args.size() > 2 || !args[0].type.is_text()) return wrong_arguments(name, args, place);
    const bool with_pattern = args.size() == 2;
    const auto pattern = KNS_TRY(pattern_of(args, 1));
    args.resize(1, args[0]);
    args[0] = KNS_TRY(cast_to(std::move(args[0]), string_type()));
    const bool date = name == "TO_DATE", epoch = name == "UNIX_TIMESTAMP";
    const Type type = date ? type_of(Kind::date) : epoch ? bigint_type() : timestamp_type();
    auto kernel = share_kernel([=](Scope, S text) -> std::optional<I> {
        auto out = with_pattern ? pattern->read(text) : parse_timestamp(text);
        if (!out) return {};
        if (date) return floor_div(*out, kMicrosPerDay);
        return epoch ? floor_div(from_local(*out), kMicrosPerSecond) : *out - floor_mod(*out, kMicrosPerMs);
    });
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

// TO_TIMESTAMP_LTZ(number, 0 | 3), and of a text.
Result<Expr> bind_to_ltz(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.empty() || args.size() > 2) return wrong_arguments(name, args, place);
    if (args[0].type.is_text()) {
        Expr local = KNS_TRY(bind_parse("TO_TIMESTAMP", std::move(args), place));
        return cast_to(std::move(local), timestamp_ltz_type());
    }
    I unit = kMicrosPerMs;
    if (args.size() == 2) {
        const bool known = args[1].is_literal() && args[1].type.is_whole_number() && !is_null(args[1].value);
        const I digits = known ? std::get<I>(args[1].value) : -1;
        if (digits != 0 && digits != 3) return fail_at(place, "TO_TIMESTAMP_LTZ takes seconds, with 0, or milliseconds, with 3");
        if (digits == 0) unit = kMicrosPerSecond;
        args.pop_back();
    }
    if (!args[0].type.is_number()) return wrong_arguments(name, args, place);
    const Type type = or_null(timestamp_ltz_type(), args[0].type.nullable);
    if (!args[0].type.is_whole_number()) {
        args[0] = KNS_TRY(cast_to(std::move(args[0]), double_type()));
        auto kernel = share_kernel([unit](Scope, double x) {
            const auto micros = static_cast<I>(x * static_cast<double>(unit));
            return micros - floor_mod(micros, kMicrosPerMs);
        });
        return call_of(name, type, std::move(args), std::move(kernel), place);
    }
    return call_of(name, type, std::move(args), share_kernel([unit](Scope, I x) {
                       return static_cast<I>(static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(unit));
                   }),
                   place);
}

}  // namespace

void add_time_functions(FunctionSet& table) {
    for (const auto* name : {"PROCTIME", "CURRENT_TIMESTAMP", "NOW", "CURRENT_ROW_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_DATE",
                             "CURRENT_TIME", "LOCALTIME"})
        table.add(name, bind_clock);
    for (const auto* name :
         {"EXTRACT", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "DAYOFYEAR", "DAYOFMONTH", "DAYOFWEEK"})
        table.add(name, bind_extract);
    table.add("TIMESTAMPADD", bind_add);
    table.add("TIMESTAMPDIFF", bind_difference);
    table.add("DATE_FORMAT", bind_date_format);
    table.add("FROM_UNIXTIME", bind_from_unixtime);
    for (const auto* name : {"TO_TIMESTAMP", "TO_DATE", "UNIX_TIMESTAMP"}) table.add(name, bind_parse);
    table.add("TO_TIMESTAMP_LTZ", bind_to_ltz);
}

}  // namespace kns::sql
