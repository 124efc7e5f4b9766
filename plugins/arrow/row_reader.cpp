#include "plugins/arrow/row_reader.hpp"

#include <arrow/util/decimal.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace kns {
namespace {

namespace dom = simdjson::dom;
using Kind = ColumnType::Kind;

// As the service names them.
constexpr std::string_view kParseError = "DataFormatConversion.ParseError", kMalformed = "DataFormatConversion.MalformedData";

// What a column would be that this value is the first of; nothing for null and what says nothing.
std::optional<ColumnType> inferred(const dom::element& element) {
    switch (element.type()) {
        case dom::element_type::BOOL: return ColumnType{.kind = Kind::boolean};
        case dom::element_type::INT64: return ColumnType{.kind = Kind::bigint};
        case dom::element_type::UINT64: return ColumnType{.kind = Kind::decimal, .precision = 20};  // what no bigint holds
        case dom::element_type::DOUBLE: return ColumnType{.kind = Kind::double_precision};
        case dom::element_type::STRING: return ColumnType{};
        case dom::element_type::NULL_VALUE: return std::nullopt;
        case dom::element_type::ARRAY: {
            const dom::array array = element.get_array().value_unsafe();
            for (const auto each : array)
                if (auto type = inferred(each)) return ColumnType{.kind = Kind::array, .fields = {{"element", std::move(*type)}}};
            return std::nullopt;
        }
        case dom::element_type::OBJECT: {
            const dom::object object = element.get_object().value_unsafe();
            for (const auto member : object)
                if (inferred(member.value)) return ColumnType{.kind = Kind::row};  // its members come with it
            return std::nullopt;
        }
    }
    return std::nullopt;
}

template <class T>
std::optional<T> number_in(std::string_view text) {
    T out{};
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

std::optional<std::int64_t> whole(double number) {
    constexpr double kExact = 9007199254740992.0;
    if (std::abs(number) > kExact || number != std::floor(number)) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

bool same_word(std::string_view text, std::string_view word) {
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

RowReader::RowReader(const TableFormat& format)
    : format_(format),
      infers_(format.schema.empty()),
      row_(format.schema, {format.case_insensitive, format.convert_dots_in_json_keys_to_underscores, infers_}) {
    for (const auto& [column, key] : format.columns) row_.rename(column, key);
}

std::size_t RowReader::bytes() const {
    std::size_t out = 0;
    for (const auto& column : row_.columns()) out += column.bytes();
    return out;
}

std::optional<UnfitRecord> RowReader::add(std::string_view record) {
    Element element;
    const auto error = parser_.parse(record.data(), record.size()).get(element);
    if (error == simdjson::SUCCESS) return add_row(element);
    if (error == simdjson::EMPTY) return UnfitRecord{kMalformed, "the record is empty"};
    return add_several(record);
}

std::optional<UnfitRecord> RowReader::add_several(std::string_view record) {
    const std::size_t before = rows_;
    const simdjson::padded_string padded(record);
    dom::document_stream documents;
    const auto give_up = [&](UnfitRecord unfit) {
        row_.truncate(before);
        rows_ = before;
        return unfit;
    };
    auto error = parser_.parse_many(padded, record.size() + 1).get(documents);
    if (error != simdjson::SUCCESS) return UnfitRecord{kParseError, simdjson::error_message(error)};
    for (auto document : documents) {
        Element element;
        error = document.get(element);
        if (error != simdjson::SUCCESS) return give_up({kParseError, simdjson::error_message(error)});
        if (auto unfit = add_row(element)) return give_up(std::move(*unfit));
    }
    if (rows_ == before || documents.truncated_bytes() > 0)
        return give_up({kParseError, "the record ends in the middle of its JSON"});
    return std::nullopt;
}

std::optional<UnfitRecord> RowReader::add_row(const Element& element) {
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return UnfitRecord{kMalformed, "the record is JSON, but no object"};
    if (!add_members(row_, object, rows_)) {
        row_.truncate(rows_);
        return UnfitRecord{kParseError, why_};
    }
    if (infers_ && std::ranges::all_of(row_.columns(), &Column::is_hollow)) {
        row_.truncate(rows_);
        return UnfitRecord{kMalformed, "the record has no values, and there are no columns yet"};
    }
    ++rows_;
    return std::nullopt;
}

bool RowReader::add_members(Row& row, const dom::object& object, std::size_t before) {
    std::size_t position = 0;
    for (const auto [key, value] : object) {
        int at = row.find(position, key);
        if (at == Row::kNone && infers_) {
            if (auto type = inferred(value)) {
                if (row.is_open()) at = row.add(key, *type, before);
                if (at == Row::kNone) {
                    why_ = fmt::format("\"{}\" would be one more column than the object can have", key);
                    return false;
                }
            }
        }
        ++position;
        if (at == Row::kNone) continue;
        Column& column = row.columns()[static_cast<std::size_t>(at)];
        column.truncate(before);  // of members with the same name the last counts
        if (!add_value(column, value)) return false;
    }
    for (auto& column : row.columns())
        if (column.size() == before) column.add_null();
    return true;
}

bool RowReader::unfit(const Column& column, const Element& element, std::string_view more) {
    constexpr std::size_t kShown = 60;
    std::string value = simdjson::minify(element);
    if (value.size() > kShown) value = value.substr(0, kShown) + "...";
    why_ = fmt::format("column \"{}\": {} is no {}{}", column.name(), value, type_name(column.type()), more);
    return false;
}

bool RowReader::add_value(Column& column, const Element& element) {
    if (element.is_null()) {
        column.add_null();
        return true;
    }
    switch (column.kind()) {
        case Kind::boolean: {
            bool value = false;
            std::string_view text;
            if (element.get(value) != simdjson::SUCCESS) {
                if (element.get(text) != simdjson::SUCCESS) return unfit(column, element);
                value = same_word(text, "true");
                if (!value && !same_word(text, "false")) return unfit(column, element);
            }
            column.add_fixed<std::uint8_t>(value ? 1 : 0);
            return true;
        }
        case Kind::tinyint:
        case Kind::smallint:
        case Kind::integer:
        case Kind::bigint: return add_integer(column, element);
        case Kind::real:
        case Kind::double_precision: return add_float(column, element);
        case Kind::decimal: return add_decimal(column, element);
        case Kind::date:
        case Kind::timestamp:
        case Kind::timestamptz: return add_time(column, element);
        case Kind::text:
        case Kind::binary: return add_text(column, element);
        case Kind::array: return add_array(column, element);
        case Kind::map: return add_map(column, element);
        case Kind::row: {
            dom::object object;
            if (element.get(object) != simdjson::SUCCESS) return unfit(column, element);
            if (!add_members(column.row(), object, column.size())) return false;
            column.add_row();
            return true;
        }
    }
    return unfit(column, element);
}

bool RowReader::add_integer(Column& column, const Element& element) {
    std::optional<std::int64_t> number;
    switch (element.type()) {
        case dom::element_type::INT64: number = element.get_int64().value_unsafe(); break;
        case dom::element_type::DOUBLE:
            if (infers_) return column.widen() ? add_float(column, element) : unfit(column, element);
            number = whole(element.get_double().value_unsafe());
            break;
        case dom::element_type::STRING:
            if (!infers_) number = number_in<std::int64_t>(element.get_string().value_unsafe());
            break;
        default: break;
    }
    const auto add = [&]<class T>(T) {
        if (!number || *number < std::numeric_limits<T>::min() || *number > std::numeric_limits<T>::max())
            return unfit(column, element);
        column.add_fixed(static_cast<T>(*number));
        return true;
    };
    switch (column.kind()) {
        case Kind::tinyint: return add(std::int8_t{});
        case Kind::smallint: return add(std::int16_t{});
        case Kind::integer: return add(std::int32_t{});
        default: return add(std::int64_t{});
    }
}

bool RowReader::add_float(Column& column, const Element& element) {
    std::optional<double> number;
    double given = 0;
    std::string_view text;
    // Of a column that was not asked to be one, what it would round is refused.
    const auto type = element.type();
    const bool rounds = infers_ && (type == dom::element_type::UINT64 ||
                                    (type == dom::element_type::INT64 && !is_exact(element.get_int64().value_unsafe())));
    if (!rounds && element.get(given) == simdjson::SUCCESS)
        number = given;
    else if (!infers_ && element.get(text) == simdjson::SUCCESS)
        number = number_in<double>(text);
    if (!number) return unfit(column, element);
    if (column.kind() == Kind::real && std::isfinite(*number) && std::abs(*number) > std::numeric_limits<float>::max())
        return unfit(column, element);
    if (column.kind() == Kind::real)
        column.add_fixed(static_cast<float>(*number));
    else
        column.add_fixed(*number);
    return true;
}

bool RowReader::add_decimal(Column& column, const Element& element) {
    std::string text;
    switch (element.type()) {  // not is_double(), which asks whether it could be one
        case dom::element_type::STRING:
            if (infers_) return unfit(column, element);
            text = element.get_string().value_unsafe();
            break;
        case dom::element_type::INT64:
        case dom::element_type::UINT64: text = simdjson::minify(element); break;
        case dom::element_type::DOUBLE: {
            // A JSON number has been through a double: what it had more of is gone, and must not be made up.
            const double value = element.get_double().value_unsafe();
            text = fmt::format("{:.15g}", value);
            if (number_in<double>(text) != value) return unfit(column, element, " that is sure to be exact: put it in quotes");
            break;
        }
        default: return unfit(column, element);
    }
    std::int32_t precision = 0, scale = 0;
    arrow::Decimal128 value;
    const auto& type = column.type();
    constexpr std::int32_t kMostDigits = 38;  // Arrow looks powers of ten up in a table of so many
    if (!arrow::Decimal128::FromString(text, &value, &precision, &scale).ok()) return unfit(column, element);
    if (scale > type.scale + kMostDigits || scale < type.scale - kMostDigits) return unfit(column, element);
    const auto fitted = value.Rescale(scale, type.scale);
    if (!fitted.ok() || !fitted->FitsInPrecision(type.precision)) return unfit(column, element);
    column.add_fixed(*fitted);
    return true;
}

bool RowReader::add_time(Column& column, const Element& element) {
    std::string_view text;
    double number = 0;
    std::optional<std::int64_t> micros;
    if (element.get(text) == simdjson::SUCCESS) {
        if (column.kind() == Kind::date) {
            const auto days = read_date(text);
            if (!days) return unfit(column, element);
            column.add_fixed(*days);
            return true;
        }
        micros = format_.timestamps.read(text);
    } else if (column.kind() != Kind::date && element.get(number) == simdjson::SUCCESS) {
        micros = format_.timestamps.read(number);
    }
    if (!micros) return unfit(column, element);
    column.add_fixed(*micros);
    return true;
}

bool RowReader::add_text(Column& column, const Element& element) {
    std::string_view text;
    if (element.get(text) == simdjson::SUCCESS) {
        column.add_text(text);
        return true;
    }
    if (column.kind() == Kind::binary) return unfit(column, element);
    column.add_text(simdjson::minify(element));  // whatever it is, it has a text
    return true;
}

bool RowReader::add_array(Column& column, const Element& element) {
    dom::array array;
    if (element.get(array) != simdjson::SUCCESS) return unfit(column, element);
    for (const auto each : array)
        if (!add_value(column.element(), each)) return false;
    column.add_list();
    return true;
}

bool RowReader::add_map(Column& column, const Element& element) {
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return unfit(column, element);
    for (const auto [key, value] : object) {
        column.key().add_text(key);
        if (!add_value(column.value(), value)) return false;
    }
    column.add_list();
    return true;
}

}  // namespace kns
