#include "core/sql/data/type.hpp"

#include <algorithm>
#include <array>

namespace kns::sql {
namespace {

struct KindRow {
    Kind kind;
    std::string_view name;
};
constexpr std::array kKinds{
    KindRow{Kind::null, "NULL"},
    KindRow{Kind::boolean, "BOOLEAN"},
    KindRow{Kind::tinyint, "TINYINT"},
    KindRow{Kind::smallint, "SMALLINT"},
    KindRow{Kind::integer, "INT"},
    KindRow{Kind::bigint, "BIGINT"},
    KindRow{Kind::real, "FLOAT"},
    KindRow{Kind::double_precision, "DOUBLE"},
    KindRow{Kind::decimal, "DECIMAL"},
    KindRow{Kind::character, "CHAR"},
    KindRow{Kind::text, "VARCHAR"},
    KindRow{Kind::binary, "VARBINARY"},
    KindRow{Kind::date, "DATE"},
    KindRow{Kind::time, "TIME"},
    KindRow{Kind::timestamp, "TIMESTAMP"},
    KindRow{Kind::timestamp_ltz, "TIMESTAMP_LTZ"},
    KindRow{Kind::months, "INTERVAL YEAR TO MONTH"},
    KindRow{Kind::span, "INTERVAL DAY TO SECOND"},
    KindRow{Kind::array, "ARRAY"},
    KindRow{Kind::multiset, "MULTISET"},
    KindRow{Kind::map, "MAP"},
    KindRow{Kind::row, "ROW"},
};

// Digits before the point stay; of those behind it at least six, if there were so many.
Type bounded_decimal(std::uint32_t precision, std::uint32_t scale) {
    if (precision <= kMaxPrecision) return decimal_type(precision, scale);
    const std::uint32_t whole = precision - scale;
    const std::uint32_t least = std::min(scale, 6U);
    return decimal_type(kMaxPrecision, std::max(whole < kMaxPrecision ? kMaxPrecision - whole : 0, least));
}

bool is_exact(const Type& type) { return type.is_whole_number() || type.kind == Kind::decimal; }
bool either_nullable(const Type& a, const Type& b) { return a.nullable || b.nullable; }
bool has_decimal(const Type& a, const Type& b) { return a.kind == Kind::decimal || b.kind == Kind::decimal; }

Type wider_number(const Type& a, const Type& b) {
    if (a.is_approximate() || b.is_approximate()) {
        const bool single = (a.kind == Kind::real || b.kind == Kind::real) && a.kind != Kind::double_precision &&
                            b.kind != Kind::double_precision && a.kind == b.kind;
        return type_of(single ? Kind::real : Kind::double_precision);
    }
    if (!has_decimal(a, b)) return type_of(std::max(a.kind, b.kind));
    const Type left = as_decimal(a), right = as_decimal(b);
    const std::uint32_t scale = std::max(left.scale, right.scale);
    const std::uint32_t whole = std::max(left.precision - left.scale, right.precision - right.scale);
    return bounded_decimal(whole + scale, scale);
}

std::optional<Type> common_elements(const Type& a, const Type& b) {
    Type out = a;
    if (a.elements.size() != b.elements.size()) return {};
    for (std::size_t i = 0; i < a.elements.size(); ++i) {
        auto element = common_type(a.elements[i], b.elements[i]);
        if (!element) return {};
        out.elements[i] = std::move(*element);
    }
    return out;
}

std::optional<Type> common_kind(const Type& a, const Type& b) {
    if (a.kind == Kind::null) return b;
    if (b.kind == Kind::null) return a;
    if (a.is_number() && b.is_number()) return wider_number(a, b);
    if (a.is_text() && b.is_text()) {
        if (a.kind == Kind::character && a == b) return a;
        return type_of(Kind::text, std::max(a.precision, b.precision));
    }
    if (a.is_timestamp() && b.is_timestamp())
        return type_of(a.kind == b.kind ? a.kind : Kind::timestamp_ltz, std::max(a.precision, b.precision));
    if (a.is_timestamp() && b.kind == Kind::date) return a;
    if (b.is_timestamp() && a.kind == Kind::date) return b;
    if (a.kind != b.kind) return {};
    if (a.is_nested()) return common_elements(a, b);
    Type out = a;
    out.precision = std::max(a.precision, b.precision);
    return out;
}

Result<Type> resolve_kind(const TypeName& name) {
    const auto argument = [&](std::size_t at, std::uint32_t otherwise) {
        return at < name.arguments.size() ? name.arguments[at] : otherwise;
    };
    const auto with_digits = [&](Kind kind, std::uint32_t otherwise) -> Result<Type> {
        const std::uint32_t digits = argument(0, otherwise);
        if (digits > 9) return fail_at(name.place, fmt::format("{} has at most 9 digits of a second", name.name));
        if (digits > 6)
            return fail_at(name.place, fmt::format("{}({}) is not kept: microseconds are, {}(6)", name.name, digits, name.name));
        return type_of(kind, digits);
    };
    const std::string& n = name.name;
    if (n == "BOOLEAN") return boolean_type();
    if (n == "TINYINT") return type_of(Kind::tinyint);
    if (n == "SMALLINT") return type_of(Kind::smallint);
    if (n == "INT" || n == "INTEGER") return integer_type();
    if (n == "BIGINT") return bigint_type();
    if (n == "FLOAT" || n == "REAL") return type_of(Kind::real);
    if (n == "DOUBLE" || n == "DOUBLE PRECISION") return double_type();
    if (n == "DECIMAL" || n == "DEC" || n == "NUMERIC") {
        const std::uint32_t precision = argument(0, 10), scale = argument(1, 0);
        if (precision < 1 || precision > kMaxPrecision) return fail_at(name.place, "a DECIMAL has 1 to 38 digits");
        if (scale > precision) return fail_at(name.place, "a DECIMAL's scale is at most its precision");
        return decimal_type(precision, scale);
    }
    if (n == "CHAR" || n == "CHARACTER") return type_of(Kind::character, argument(0, 1));
    if (n == "VARCHAR" || n == "CHARACTER VARYING" || n == "CHAR VARYING")
        return type_of(Kind::text, argument(0, n == "VARCHAR" ? kUnboundedLength : 1));
    if (n == "STRING") return string_type();
    if (n == "BINARY") return type_of(Kind::binary, argument(0, 1));
    if (n == "VARBINARY" || n == "BINARY VARYING" || n == "BYTES") return type_of(Kind::binary, argument(0, kUnboundedLength));
    if (n == "DATE") return type_of(Kind::date);
    if (n.starts_with("TIMESTAMP_LTZ") || n == "TIMESTAMP WITH LOCAL TIME ZONE") return with_digits(Kind::timestamp_ltz, 6);
    if (n == "TIMESTAMP WITH TIME ZONE")
        return fail_at(name.place, "TIMESTAMP WITH TIME ZONE is no type of Flink's SQL: TIMESTAMP_LTZ is");
    if (n.starts_with("TIMESTAMP")) return with_digits(Kind::timestamp, 6);
    if (n.starts_with("TIME")) return with_digits(Kind::time, 0);
    if (n.starts_with("INTERVAL")) return type_of(n.ends_with("MONTH") || n.ends_with("YEAR") ? Kind::months : Kind::span, 3);
    if (n == "ARRAY" || n == "MULTISET" || n == "MAP" || n == "ROW") {
        Type out = type_of(n == "ARRAY" ? Kind::array : n == "MULTISET" ? Kind::multiset : n == "MAP" ? Kind::map : Kind::row);
        for (const auto& element : name.elements) out.elements.push_back(KNS_TRY(resolve(element)));
        for (const auto& field : name.fields) out.fields.push_back(field.text);
        return out;
    }
    return fail_at(name.place, fmt::format("{} is no type that is known here", n));
}

}  // namespace

Layout Type::layout() const {
    switch (kind) {
        case Kind::real:
        case Kind::double_precision: return Layout::floating;
        case Kind::decimal: return Layout::exact;
        case Kind::character:
        case Kind::text:
        case Kind::binary:
        case Kind::array:
        case Kind::multiset:
        case Kind::map:
        case Kind::row: return Layout::bytes;
        default: return Layout::whole;
    }
}

Type boolean_type() { return type_of(Kind::boolean); }
Type bigint_type() { return type_of(Kind::bigint); }
Type integer_type() { return type_of(Kind::integer); }
Type double_type() { return type_of(Kind::double_precision); }
Type string_type() { return type_of(Kind::text, kUnboundedLength); }
Type timestamp_type(std::uint32_t precision) { return type_of(Kind::timestamp, precision); }
Type timestamp_ltz_type(std::uint32_t precision) { return type_of(Kind::timestamp_ltz, precision); }
Type decimal_type(std::uint32_t precision, std::uint32_t scale) { return type_of(Kind::decimal, precision, scale); }
Type array_type(Type element) {
    Type out = type_of(Kind::array);
    out.elements.push_back(std::move(element));
    return out;
}
Type map_type(Type key, Type value) {
    Type out = type_of(Kind::map);
    out.elements.push_back(std::move(key));
    out.elements.push_back(std::move(value));
    return out;
}
Type row_type(std::vector<std::string> fields, std::vector<Type> types) {
    Type out = type_of(Kind::row);
    out.fields = std::move(fields);
    out.elements = std::move(types);
    return out;
}

std::string text_of(const Type& type) {
    std::string out(std::ranges::find(kKinds, type.kind, &KindRow::kind)->name);
    switch (type.kind) {
        case Kind::decimal: out += fmt::format("({}, {})", type.precision, type.scale); break;
        case Kind::time:
        case Kind::timestamp:
        case Kind::timestamp_ltz: out += fmt::format("({})", type.precision); break;
        case Kind::character: out += fmt::format("({})", type.precision); break;
        case Kind::text:
            if (type.precision == kUnboundedLength) {
                out = "STRING";
            } else {
                out += fmt::format("({})", type.precision);
            }
            break;
        case Kind::binary:
            if (type.precision == kUnboundedLength) {
                out = "BYTES";
            } else {
                out += fmt::format("({})", type.precision);
            }
            break;
        case Kind::array:
        case Kind::multiset:
        case Kind::map:
        case Kind::row:
            out += '<';
            for (std::size_t i = 0; i < type.elements.size(); ++i) {
                if (i > 0) out += ", ";
                if (type.kind == Kind::row) out += fmt::format("`{}` ", type.fields[i]);
                out += text_of(type.elements[i]);
            }
            out += '>';
            break;
        default: break;
    }
    if (!type.nullable) out += " NOT NULL";
    return out;
}

Result<Type> resolve(const TypeName& name) { return or_null(KNS_TRY(resolve_kind(name)), name.nullable); }

Type as_decimal(const Type& type) {
    switch (type.kind) {
        case Kind::tinyint: return or_null(decimal_type(3, 0), type.nullable);
        case Kind::smallint: return or_null(decimal_type(5, 0), type.nullable);
        case Kind::integer: return or_null(decimal_type(10, 0), type.nullable);
        case Kind::bigint: return or_null(decimal_type(19, 0), type.nullable);
        default: return type;
    }
}

std::optional<Type> common_type(const Type& a, const Type& b) {
    auto out = common_kind(a, b);
    if (out) out->nullable = either_nullable(a, b) || a.kind == Kind::null || b.kind == Kind::null;
    return out;
}

Type sum_type(const Type& a, const Type& b) {
    if (!has_decimal(a, b) || !is_exact(a) || !is_exact(b)) return or_null(wider_number(a, b), either_nullable(a, b));
    const Type left = as_decimal(a), right = as_decimal(b);
    const std::uint32_t scale = std::max(left.scale, right.scale);
    const std::uint32_t whole = std::max(left.precision - left.scale, right.precision - right.scale) + 1;
    return or_null(bounded_decimal(whole + scale, scale), either_nullable(a, b));
}

Type product_type(const Type& a, const Type& b) {
    if (!has_decimal(a, b) || !is_exact(a) || !is_exact(b)) return or_null(wider_number(a, b), either_nullable(a, b));
    const Type left = as_decimal(a), right = as_decimal(b);
    return or_null(bounded_decimal(left.precision + right.precision, left.scale + right.scale), either_nullable(a, b));
}

Type quotient_type(const Type& a, const Type& b) {
    if (!has_decimal(a, b) || !is_exact(a) || !is_exact(b)) return or_null(wider_number(a, b), either_nullable(a, b));
    const Type left = as_decimal(a), right = as_decimal(b);
    const std::uint32_t scale = std::max(6U, left.scale + right.precision + 1);
    return or_null(bounded_decimal(left.precision - left.scale + right.scale + scale, scale), either_nullable(a, b));
}

Type remainder_type(const Type& a, const Type& b) {
    if (!has_decimal(a, b) || !is_exact(a) || !is_exact(b)) {
        // MOD's is the type of what is divided by, as Calcite has it.
        return or_null(a.is_whole_number() && b.is_whole_number() ? type_of(b.kind) : wider_number(a, b), either_nullable(a, b));
    }
    const Type left = as_decimal(a), right = as_decimal(b);
    const std::uint32_t scale = std::max(left.scale, right.scale);
    const std::uint32_t whole = std::min(left.precision - left.scale, right.precision - right.scale);
    return or_null(bounded_decimal(std::max(1U, whole + scale), scale), either_nullable(a, b));
}

bool converts_implicitly(const Type& from, const Type& to) {
    if (from.kind == Kind::null) return true;
    if (from.is_text() && to.is_text()) return true;
    if (from.is_timestamp() && to.is_timestamp()) return true;
    if (from.kind == Kind::date && to.is_timestamp()) return true;
    if (from.is_whole_number() && to.is_whole_number()) return from.kind <= to.kind;
    if (is_exact(from) && to.kind == Kind::decimal) return true;
    if (from.is_number() && to.is_approximate()) return from.kind != Kind::double_precision || to.kind == Kind::double_precision;
    if (from.kind != to.kind) return false;
    if (!from.is_nested()) return true;
    if (from.elements.size() != to.elements.size()) return false;
    for (std::size_t i = 0; i < from.elements.size(); ++i)
        if (!converts_implicitly(from.elements[i], to.elements[i])) return false;
    return true;
}

}  // namespace kns::sql
