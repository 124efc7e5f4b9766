// The types of SQL as Flink has them, and how values of each lie in memory. Pure.
// Contract: Flink 1.20, "Data Types"; Calcite's rules for the types of decimals, as Flink's type system sets them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/sql/text/syntax.hpp"

namespace kns::sql {

enum class Kind : std::uint8_t {
    null,  // of a NULL that nothing gives a type
    boolean,
    tinyint,
    smallint,
    integer,
    bigint,
    real,  // FLOAT
    double_precision,
    decimal,
    character,  // CHAR(n): of literals
    text,       // VARCHAR(n), STRING
    binary,     // BINARY(n), VARBINARY(n), BYTES
    date,
    time,
    timestamp,
    timestamp_ltz,
    months,  // INTERVAL YEAR TO MONTH
    span,    // INTERVAL DAY TO SECOND
    array,
    multiset,
    map,
    row,
};

// How values lie in a column.
//   whole    std::int64_t: TRUE is 1; whole numbers; days since 1970; microseconds since midnight or since 1970; months;
//            microseconds of an interval
//   floating double
//   exact    Decimal: the number times 10^scale
//   bytes    text in UTF-8, binary, and what is nested, in the form of row_codec.hpp
enum class Layout : std::uint8_t { whole, floating, exact, bytes };

inline constexpr std::uint32_t kMaxPrecision = 38;
inline constexpr std::uint32_t kUnboundedLength = 0x7fffffff;
inline constexpr std::int64_t kMicrosPerMs = 1000, kMicrosPerSecond = 1000 * 1000, kMicrosPerDay = 86'400 * kMicrosPerSecond;

struct Type {
    Kind kind = Kind::null;
    bool nullable = true;
    std::uint32_t precision = 0;  // of decimals; of text and binary the length; of times the digits of a second
    std::uint32_t scale = 0;
    std::vector<Type> elements{};       // of an array and a multiset one, of a map two, of a row its fields'
    std::vector<std::string> fields{};  // of a row: their names

    bool operator==(const Type&) const = default;

    Layout layout() const;
    bool is_whole_number() const { return kind >= Kind::tinyint && kind <= Kind::bigint; }
    bool is_number() const { return kind >= Kind::tinyint && kind <= Kind::decimal; }
    bool is_approximate() const { return kind == Kind::real || kind == Kind::double_precision; }
    bool is_text() const { return kind == Kind::character || kind == Kind::text; }
    bool is_timestamp() const { return kind == Kind::timestamp || kind == Kind::timestamp_ltz; }
    bool is_interval() const { return kind == Kind::months || kind == Kind::span; }
    bool is_nested() const { return kind >= Kind::array; }
    bool can_be_compared() const { return !is_nested() || kind == Kind::row || kind == Kind::array; }
    bool can_be_ordered() const { return !is_nested(); }
};

inline Type type_of(Kind kind, std::uint32_t precision = 0, std::uint32_t scale = 0) {
    return {.kind = kind, .precision = precision, .scale = scale};
}
Type boolean_type();
Type bigint_type();
Type integer_type();
Type double_type();
Type string_type();
Type timestamp_type(std::uint32_t precision = 3);
Type timestamp_ltz_type(std::uint32_t precision = 3);
Type decimal_type(std::uint32_t precision, std::uint32_t scale);
Type array_type(Type element);
Type map_type(Type key, Type value);
Type row_type(std::vector<std::string> fields, std::vector<Type> types);
inline Type not_null(Type type) {
    type.nullable = false;
    return type;
}
inline Type or_null(Type type, bool nullable = true) {
    type.nullable = nullable;
    return type;
}

// "DECIMAL(10, 2) NOT NULL", "ROW<`a` INT>"
std::string text_of(const Type& type);
// What a text in SQL names. Refused: what does not exist, and TIMESTAMP(7) to (9), for microseconds are kept.
Result<Type> resolve(const TypeName& name);

// A whole number as the decimal that holds all of its type.
Type as_decimal(const Type& type);
// What both can become without losing anything that is seen: of CASE, UNION, IN, comparisons. Nothing if there is none.
std::optional<Type> common_type(const Type& a, const Type& b);
// Of + - * / % over numbers. Calcite's rules: DECIMAL(38) at most, at least 6 digits of a quotient's fraction.
Type sum_type(const Type& a, const Type& b);
Type product_type(const Type& a, const Type& b);
Type quotient_type(const Type& a, const Type& b);
Type remainder_type(const Type& a, const Type& b);

// Whether INSERT may put one into the other without a CAST.
bool converts_implicitly(const Type& from, const Type& to);

}  // namespace kns::sql
