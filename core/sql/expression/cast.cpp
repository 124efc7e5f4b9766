#include "core/sql/expression/cast.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "core/sql/data/row_codec.hpp"
#include "core/sql/expression/calendar.hpp"

namespace kns::sql {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
    return text;
}

bool in_range(std::int64_t value, Kind kind) {
    switch (kind) {
        case Kind::tinyint: return value >= INT8_MIN && value <= INT8_MAX;
        case Kind::smallint: return value >= INT16_MIN && value <= INT16_MAX;
        case Kind::integer: return value >= INT32_MIN && value <= INT32_MAX;
        default: return true;
    }
}

// As Java narrows: the bits that fit.
std::int64_t narrowed(std::int64_t value, Kind kind) {
    switch (kind) {
        case Kind::tinyint: return static_cast<std::int8_t>(value);
        case Kind::smallint: return static_cast<std::int16_t>(value);
        case Kind::integer: return static_cast<std::int32_t>(value);
        default: return value;
    }
}

// As Java does: towards zero, what is too large is the largest, NaN is 0.
std::int64_t whole_of(double value) {
    if (std::isnan(value)) return 0;
    if (value >= 9.2233720368547758e18) return INT64_MAX;
    if (value <= -9.2233720368547758e18) return INT64_MIN;
    return static_cast<std::int64_t>(value);
}

std::optional<double> parse_double(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    double out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc::result_out_of_range) return {};
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
    return out;
}

std::optional<std::int64_t> parse_whole(std::string_view text, Kind kind) {
    text = trimmed(text);
    const std::string_view all = text;
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc{} && end == text.data() + text.size() && !text.empty())
        return in_range(out, kind) ? std::optional(out) : std::nullopt;
    const auto exact = parse_decimal(all, kMaxPrecision, 6);  // "12.7" is 12
    if (!exact) return {};
    const Decimal whole = *exact / 1'000'000;
    if (whole > INT64_MAX || whole < INT64_MIN || !in_range(static_cast<std::int64_t>(whole), kind)) return {};
    return static_cast<std::int64_t>(whole);
}

std::optional<bool> parse_boolean(std::string_view text) {
    text = trimmed(text);
    const auto is = [&](std::string_view word) {
        if (text.size() != word.size()) return false;
        for (std::size_t i = 0; i < word.size(); ++i)
            if (std::tolower(static_cast<unsigned char>(text[i])) != word[i]) return false;
        return true;
    };
    if (is("true") || is("t") || is("yes") || is("y") || is("1")) return true;
    if (is("false") || is("f") || is("no") || is("n") || is("0")) return false;
    return {};
}

std::int64_t cut(std::int64_t micros, std::uint32_t digits) {
    constexpr std::array<std::int64_t, 7> kUnits = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
    return micros - floor_mod(micros, kUnits[std::min<std::size_t>(digits, 6)]);
}

// A double as Java's Double.toString writes it: the shortest digits, a point always, E from 10^7 and below 10^-3.
void append_double(std::string& out, double value, bool single) {
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::isinf(value)) {
        out += value < 0 ? "-Infinity" : "Infinity";
        return;
    }
    std::array<char, 40> raw;
    const auto end =
        single ? std::to_chars(raw.data(), raw.data() + raw.size(), static_cast<float>(value), std::chars_format::scientific).ptr
               : std::to_chars(raw.data(), raw.data() + raw.size(), value, std::chars_format::scientific).ptr;
    std::string_view text(raw.data(), static_cast<std::size_t>(end - raw.data()));
    if (text.starts_with('-')) {
        out += '-';
        text.remove_prefix(1);
    }
    const auto e = text.find('e');
    std::string digits(text.substr(0, 1));
    if (e > 2) digits += text.substr(2, e - 2);
    int exponent = 0;
    const std::string_view power = text.substr(e + 1);
    std::from_chars(power.data() + (power.starts_with('+') ? 1 : 0), power.data() + power.size(), exponent);
    if (value == 0) {
        out += "0.0";
    } else if (exponent >= -3 && exponent < 7) {
        if (exponent < 0) {
            out += "0.";
            out.append(static_cast<std::size_t>(-exponent - 1), '0');
            out += digits;
        } else {
            const auto whole = static_cast<std::size_t>(exponent) + 1;
            if (digits.size() < whole) digits.append(whole - digits.size(), '0');
            out += digits.substr(0, whole);
            out += '.';
            out += digits.size() > whole ? digits.substr(whole) : "0";
        }
    } else {
        out += digits.substr(0, 1);
        out += '.';
        out += digits.size() > 1 ? digits.substr(1) : "0";
        out += 'E';
        out += std::to_string(exponent);
    }
}

void append_nested(std::string& out, std::string_view bytes, const Type& type) {
    CellReader in(bytes);
    const auto cell = [&](const Type& element) {
        Column one(element.layout());
        in.read_into(one);
        if (one.is_null(0))
            out += "NULL";
        else
            append_text(out, one, 0, element);
    };
    if (type.kind == Kind::row) {
        out += '(';
        for (std::size_t i = 0; i < type.elements.size(); ++i) {
            if (i > 0) out += ", ";
            cell(type.elements[i]);
        }
        out += ')';
        return;
    }
    const bool pairs = type.kind != Kind::array;
    out += pairs ? '{' : '[';
    const std::size_t count = in.count();
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        if (i > 0) out += ", ";
        cell(type.elements[0]);
        if (!pairs) continue;
        out += '=';
        cell(type.kind == Kind::map ? type.elements[1] : integer_type());
    }
    out += pairs ? '}' : ']';
}

std::optional<std::int64_t> text_to_whole(std::string_view text, const Type& to) {
    switch (to.kind) {
        case Kind::boolean: {
            const auto flag = parse_boolean(text);
            return flag ? std::optional<std::int64_t>(*flag ? 1 : 0) : std::nullopt;
        }
        case Kind::date: {
            if (auto days = parse_date(text)) return days;
            const auto moment = parse_timestamp(text);
            return moment ? std::optional(floor_div(*moment, kMicrosPerDay)) : std::nullopt;
        }
        case Kind::time: {
            const auto clock = parse_time_of_day(text);
            return clock ? std::optional(cut(*clock, to.precision)) : std::nullopt;
        }
        case Kind::timestamp: {
            const auto moment = parse_timestamp(text);
            return moment ? std::optional(cut(*moment, to.precision)) : std::nullopt;
        }
        case Kind::timestamp_ltz: {
            const auto moment = parse_timestamp(text, true);
            return moment ? std::optional(cut(*moment, to.precision)) : std::nullopt;
        }
        default: return parse_whole(text, to.kind);
    }
}

// Between whole layouts; both exist (check_cast).
std::int64_t whole_to_whole(std::int64_t value, const Type& from, const Type& to) {
    if (to.kind == Kind::boolean) return value != 0 ? 1 : 0;
    if (from.is_whole_number() && to.is_whole_number()) return narrowed(value, to.kind);
    if (from.is_whole_number() && to.is_timestamp()) return value * kMicrosPerSecond;
    if (from.is_timestamp() && to.is_whole_number()) return narrowed(floor_div(value, kMicrosPerSecond), to.kind);
    if (from.kind == Kind::date && to.kind == Kind::timestamp) return value * kMicrosPerDay;
    if (from.kind == Kind::date && to.kind == Kind::timestamp_ltz) return from_local(value * kMicrosPerDay);
    std::int64_t local = from.kind == Kind::timestamp_ltz && to.kind != Kind::timestamp_ltz ? to_local(value) : value;
    if (from.kind == Kind::timestamp && to.kind == Kind::timestamp_ltz) local = from_local(value);
    if (to.kind == Kind::date) return floor_div(local, kMicrosPerDay);
    if (to.kind == Kind::time) return cut(from.is_timestamp() ? floor_mod(local, kMicrosPerDay) : local, to.precision);
    if (to.is_timestamp()) return cut(local, to.precision);
    return local;
}

// One cell, whatever the types: what nested values and the rare casts take.
Result<Value> cast_value(const Value& value, const Type& from, const Type& to);

Result<Value> cast_nested(const std::string& bytes, const Type& from, const Type& to) {
    CellReader in(bytes);
    std::string out;
    const auto cell = [&](const Type& a, const Type& b) -> Result<void> {
        write_cell(out, KNS_TRY(cast_value(in.read(a.layout()), a, b)), b.layout());
        return {};
    };
    if (from.kind == Kind::row) {
        for (std::size_t i = 0; i < from.elements.size(); ++i) KNS_TRY(cell(from.elements[i], to.elements[i]));
        return Value(std::move(out));
    }
    const std::size_t count = in.count();
    write_count(out, count);
    for (std::size_t i = 0; i < count; ++i) {
        KNS_TRY(cell(from.elements[0], to.elements[0]));
        if (from.kind == Kind::map) KNS_TRY(cell(from.elements[1], to.elements[1]));
        if (from.kind == Kind::multiset) KNS_TRY(cell(integer_type(), integer_type()));
    }
    return Value(std::move(out));
}

Result<Value> cast_value(const Value& value, const Type& from, const Type& to) {
    if (is_null(value)) return Value();
    EvalContext context;
    const ColumnPtr out = cast_column(Column::constant(from.layout(), value), from, to, false, 1, {nullptr, 1}, context);
    if (!context.errors.empty()) return fail(Errc::invalid_argument, "{}", context.errors.list().front().second);
    return out->value(0);
}

// A cast of one cell: nothing where it cannot be.
template <class In, class Out>
using Convert = std::function<std::optional<Out>(In, const RowScope&)>;

template <class In, class Out, class F>
ColumnPtr convert(const Column& in, const Type& from, const Type& to, bool tries, std::size_t size, Rows rows, EvalContext& context,
                  F f) {
    auto out = std::make_shared<Column>(to.layout(), size);
    const CellView<In> view(in);
    Out* cells = out->cells<Out>();
    std::uint8_t* nulls = in.may_be_null() ? out->make_nulls() : nullptr;
    const auto fails = [&](std::size_t row) {
        if (nulls == nullptr) nulls = out->make_nulls();
        nulls[row] = 1, cells[row] = Out{};
        if (tries) return;
        std::string text;
        append_text(text, in, row, from);
        if (text.size() > 100) text = text.substr(0, 100) + "...";
        context.errors.add(row, fmt::format("'{}' cannot be cast to {}", text, text_of(or_null(to))));
    };
    rows.each([&](std::size_t row) {
        if (nulls != nullptr && view.is_null(row)) {
            nulls[row] = 1, cells[row] = Out{};
            return;
        }
        const RowScope scope{context, *out, row};
        const std::optional<Out> value = f(view[row], scope);
        if (value)
            cells[row] = *value;
        else
            fails(row);
    });
    return out;
}

}  // namespace

Result<void> check_cast(const Type& from, const Type& to, Place place) {
    const auto no = [&] {
        return fail_at(place, fmt::format("{} cannot be cast to {}", text_of(or_null(from)), text_of(or_null(to))));
    };
    if (from.kind == Kind::null || to.is_text()) return {};
    if (from.is_text()) {
        if (to.is_nested() || to.is_interval()) return no();
        return {};
    }
    const bool numeric = from.is_number() || from.kind == Kind::boolean;
    if (numeric && (to.is_number() || to.kind == Kind::boolean)) return {};
    if (from.is_whole_number() && to.is_timestamp()) return {};
    if (from.is_timestamp() && (to.is_timestamp() || to.kind == Kind::date || to.kind == Kind::time || to.is_whole_number()))
        return {};
    if (from.kind == Kind::date && to.is_timestamp()) return {};
    if (from.kind != to.kind) return no();
    if (!from.is_nested()) return {};
    if (from.elements.size() != to.elements.size()) return no();
    for (std::size_t i = 0; i < from.elements.size(); ++i) KNS_TRY(check_cast(from.elements[i], to.elements[i], place));
    return {};
}

ColumnPtr cast_column(const ColumnPtr& in, const Type& from, const Type& to, bool tries, std::size_t size, Rows rows,
                      EvalContext& context) {
    if (from.kind == Kind::null) return Column::constant(to.layout(), Value());
    const auto with = [&]<class In, class Out>(In, Out, auto f) {
        return convert<In, Out>(*in, from, to, tries, size, rows, context, f);
    };
    constexpr std::int64_t kWhole = 0;
    constexpr double kFloating = 0;
    constexpr Decimal kExact = 0;
    constexpr std::string_view kBytes;

    if (to.is_text() && from.layout() == Layout::bytes && (from.is_text() || from.kind == Kind::binary)) {
        auto out = with(kBytes, kBytes, [&](std::string_view text, const RowScope&) -> std::optional<std::string_view> {
            if (to.precision == kUnboundedLength || text.size() <= to.precision) return text;
            std::size_t bytes = 0;  // so many characters
            for (std::uint32_t n = 0; bytes < text.size() && n < to.precision; ++n) do
                    ++bytes;
                while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80);
            return text.substr(0, bytes);
        });
        std::const_pointer_cast<Column>(out)->borrow(*in);
        return out;
    }
    if (to.is_text()) {
        auto out = std::make_shared<Column>(Layout::bytes, size);
        auto* cells = out->cells<std::string_view>();
        std::string text;
        rows.each([&](std::size_t row) {
            cells[row] = {};
            if (in->is_null(row)) return out->set_null(row);
            text.clear();
            append_text(text, *in, row, from);
            cells[row] = out->arena().keep(text);
        });
        return out;
    }
    if (to.is_nested() || (to.kind == Kind::binary)) {
        if (!to.is_nested()) return in;
        auto out = with(kBytes, kBytes, [&](std::string_view bytes, const RowScope& scope) -> std::optional<std::string_view> {
            auto value = cast_nested(std::string(bytes), from, to);
            if (!value) return {};
            return scope.keep(std::get<std::string>(*value));
        });
        return out;
    }
    switch (to.layout()) {
        case Layout::whole:
            if (from.layout() == Layout::bytes)
                return with(kBytes, kWhole, [&](std::string_view text, const RowScope&) { return text_to_whole(text, to); });
            if (from.layout() == Layout::floating)
                return with(kFloating, kWhole, [&](double value, const RowScope&) {
                    if (to.kind == Kind::boolean) return std::optional<std::int64_t>(value != 0 ? 1 : 0);
                    return std::optional(to.kind == Kind::bigint
                                             ? whole_of(value)
                                             : narrowed(std::clamp<std::int64_t>(whole_of(value), INT32_MIN, INT32_MAX), to.kind));
                });
            if (from.layout() == Layout::exact)
                return with(kExact, kWhole, [&](Decimal value, const RowScope&) -> std::optional<std::int64_t> {
                    const Decimal whole = value / power_of_ten(from.scale);
                    if (to.kind == Kind::boolean) return value != 0 ? 1 : 0;
                    if (whole > INT64_MAX || whole < INT64_MIN || !in_range(static_cast<std::int64_t>(whole), to.kind)) return {};
                    return static_cast<std::int64_t>(whole);
                });
            return with(kWhole, kWhole,
                        [&](std::int64_t value, const RowScope&) { return std::optional(whole_to_whole(value, from, to)); });
        case Layout::floating: {
            const auto shape = [single = to.kind == Kind::real](double value) {
                return std::optional(single ? static_cast<double>(static_cast<float>(value)) : value);
            };
            if (from.layout() == Layout::bytes)
                return with(kBytes, kFloating, [&](std::string_view text, const RowScope&) {
                    const auto value = parse_double(text);
                    return value ? shape(*value) : value;
                });
            if (from.layout() == Layout::floating)
                return with(kFloating, kFloating, [&](double value, const RowScope&) { return shape(value); });
            if (from.layout() == Layout::exact)
                return with(kExact, kFloating, [&](Decimal value, const RowScope&) { return shape(to_double(value, from.scale)); });
            return with(kWhole, kFloating, [&](std::int64_t value, const RowScope&) { return shape(static_cast<double>(value)); });
        }
        case Layout::exact: {
            // What does not fit is NULL, as Flink has it, and no error.
            const auto null_of = [&](auto in_kind, auto f) {
                using In = decltype(in_kind);
                return convert<In, Decimal>(*in, from, to, true, size, rows, context, f);
            };
            if (from.layout() == Layout::bytes)
                return with(kBytes, kExact, [&](std::string_view text, const RowScope&) {
                    return parse_decimal(trimmed(text), to.precision, to.scale);
                });
            if (from.layout() == Layout::floating)
                return null_of(kFloating,
                               [&](double value, const RowScope&) { return from_double(value, to.precision, to.scale); });
            if (from.layout() == Layout::exact)
                return null_of(kExact,
                               [&](Decimal value, const RowScope&) { return fit(value, from.scale, to.precision, to.scale); });
            return null_of(kWhole,
                           [&](std::int64_t value, const RowScope&) { return fit(Decimal{value}, 0, to.precision, to.scale); });
        }
        case Layout::bytes: break;
    }
    return in;
}

void append_text(std::string& out, const Column& column, std::size_t row, const Type& type) {
    if (column.is_null(row)) {
        out += "NULL";
        return;
    }
    switch (type.kind) {
        case Kind::null: out += "NULL"; return;
        case Kind::boolean: out += column.at<std::int64_t>(row) != 0 ? "TRUE" : "FALSE"; return;
        case Kind::tinyint:
        case Kind::smallint:
        case Kind::integer:
        case Kind::bigint: fmt::format_to(std::back_inserter(out), "{}", column.at<std::int64_t>(row)); return;
        case Kind::real:
        case Kind::double_precision: append_double(out, column.at<double>(row), type.kind == Kind::real); return;
        case Kind::decimal: out += text_of(column.at<Decimal>(row), type.scale); return;
        case Kind::character:
        case Kind::text: out += column.at<std::string_view>(row); return;
        case Kind::binary:
            for (const char c : column.at<std::string_view>(row))
                fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
            return;
        case Kind::date: append_date(out, column.at<std::int64_t>(row)); return;
        case Kind::time: append_time_of_day(out, column.at<std::int64_t>(row), type.precision); return;
        case Kind::timestamp: append_timestamp(out, column.at<std::int64_t>(row), type.precision); return;
        case Kind::timestamp_ltz: append_timestamp(out, to_local(column.at<std::int64_t>(row)), type.precision); return;
        case Kind::months: append_months(out, column.at<std::int64_t>(row)); return;
        case Kind::span: append_span(out, column.at<std::int64_t>(row)); return;
        case Kind::array:
        case Kind::multiset:
        case Kind::map:
        case Kind::row: append_nested(out, column.at<std::string_view>(row), type); return;
    }
}

}  // namespace kns::sql
