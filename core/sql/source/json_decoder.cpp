// The only file here that includes simdjson.
#include "core/sql/source/json_decoder.hpp"

#include <simdjson.h>

#include <charconv>

#include "core/base/base64.hpp"
#include "core/sql/data/row_codec.hpp"
#include "core/sql/expression/calendar.hpp"

namespace kns::sql {
namespace {

using simdjson::ondemand::json_type;
using Json = simdjson::ondemand::value;
constexpr std::size_t kMaxDepth = 64;

std::string_view raw_number(Json& value) {
    std::string_view token = value.raw_json_token();
    while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t'))
        token.remove_suffix(1);
    return token;
}

std::optional<std::int64_t> whole_of_text(std::string_view text, Kind kind) {
    const auto value = parse_decimal(text, kMaxPrecision, 0);
    if (!value || *value > INT64_MAX || *value < INT64_MIN) return {};
    const auto out = static_cast<std::int64_t>(*value);
    if (kind == Kind::integer && (out > INT32_MAX || out < INT32_MIN)) return {};
    if (kind == Kind::smallint && (out > INT16_MAX || out < INT16_MIN)) return {};
    if (kind == Kind::tinyint && (out > INT8_MAX || out < INT8_MIN)) return {};
    return out;
}

bool in_range(std::int64_t value, Kind kind) {
    switch (kind) {
        case Kind::tinyint: return value >= INT8_MIN && value <= INT8_MAX;
        case Kind::smallint: return value >= INT16_MIN && value <= INT16_MAX;
        case Kind::integer: return value >= INT32_MIN && value <= INT32_MAX;
        default: return true;
    }
}

std::optional<std::int64_t> time_of_text(std::string_view text, const Type& type) {
    switch (type.kind) {
        case Kind::date: return parse_date(text);
        case Kind::time: return parse_time_of_day(text);
        case Kind::timestamp: {
            if (text.ends_with('Z')) text.remove_suffix(1);
            return parse_timestamp(text);
        }
        default: return parse_timestamp(text, true);
    }
}

// A value of a type as bytes of a cell's content; nothing: it is none. `null` is told by `null`.
std::optional<Value> value_of(Json value, const Type& type, std::size_t depth);

std::optional<Value> text_of_json(Json& value) {
    json_type kind;
    if (value.type().get(kind) != simdjson::SUCCESS) return {};
    if (kind == json_type::string) {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) return {};
        return Value(std::string(text));
    }
    // Whatever else is there, as JSON.
    std::string_view raw;
    if (simdjson::to_json_string(value).get(raw) != simdjson::SUCCESS) return {};
    while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\n')) raw.remove_suffix(1);
    return Value(std::string(raw));
}

std::optional<Value> scalar_of(Json& value, const Type& type) {
    json_type kind;
    if (value.type().get(kind) != simdjson::SUCCESS) return {};
    const bool is_text = kind == json_type::string;
    std::string_view text;
    if (is_text && value.get_string().get(text) != simdjson::SUCCESS) return {};
    switch (type.kind) {
        case Kind::boolean: {
            bool flag = false;
            if (kind == json_type::boolean && value.get_bool().get(flag) == simdjson::SUCCESS) return Value(std::int64_t{flag});
            if (is_text && (text == "true" || text == "false")) return Value(std::int64_t{text == "true"});
            return {};
        }
        case Kind::tinyint:
        case Kind::smallint:
        case Kind::integer:
        case Kind::bigint: {
            std::int64_t number = 0;
            if (kind == json_type::number && value.get_int64().get(number) == simdjson::SUCCESS)
                return in_range(number, type.kind) ? std::optional<Value>(number) : std::nullopt;
            if (kind != json_type::number && !is_text) return {};
            const auto whole = whole_of_text(is_text ? text : raw_number(value), type.kind);
            return whole ? std::optional<Value>(*whole) : std::nullopt;
        }
        case Kind::real:
        case Kind::double_precision: {
            double number = 0;
            if (kind == json_type::number && value.get_double().get(number) != simdjson::SUCCESS) return {};
            if (is_text) {
                const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
                if (error != std::errc{} || end != text.data() + text.size()) return {};
            } else if (kind != json_type::number) {
                return {};
            }
            return Value(type.kind == Kind::real ? static_cast<double>(static_cast<float>(number)) : number);
        }
        case Kind::decimal: {
            if (kind != json_type::number && !is_text) return {};
            const auto number = parse_decimal(is_text ? text : raw_number(value), type.precision, type.scale);
            return number ? std::optional<Value>(*number) : std::nullopt;
        }
        case Kind::binary: {
            if (!is_text) return {};
            auto bytes = base64_decode(text);
            return bytes ? std::optional<Value>(std::move(*bytes)) : std::nullopt;
        }
        default: {
            if (!is_text) return {};
            const auto time = time_of_text(text, type);
            return time ? std::optional<Value>(*time) : std::nullopt;
        }
    }
}

std::optional<Value> nested_of(Json& value, const Type& type, std::size_t depth) {
    std::string out;
    if (type.kind == Kind::array) {
        simdjson::ondemand::array list;
        if (value.get_array().get(list) != simdjson::SUCCESS) return {};
        std::size_t count = 0;
        std::string cells;
        for (auto item : list) {
            Json element;
            if (std::move(item).get(element) != simdjson::SUCCESS) return {};
            const auto cell = value_of(element, type.elements[0], depth + 1);
            if (!cell) return {};
            write_cell(cells, *cell, type.elements[0].layout());
            ++count;
        }
        write_count(out, count);
        return Value(out + cells);
    }
    simdjson::ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return {};
    if (type.kind == Kind::row) {
        std::vector<Value> fields(type.elements.size());
        for (auto member : object) {
            std::string_view name;
            Json element;
            if (member.unescaped_key().get(name) != simdjson::SUCCESS) return {};
            const auto at = std::ranges::find(type.fields, name) - type.fields.begin();
            if (std::move(member.value()).get(element) != simdjson::SUCCESS) return {};
            if (static_cast<std::size_t>(at) >= fields.size()) continue;
            auto cell = value_of(element, type.elements[static_cast<std::size_t>(at)], depth + 1);
            if (!cell) return {};
            fields[static_cast<std::size_t>(at)] = std::move(*cell);
        }
        for (std::size_t i = 0; i < fields.size(); ++i) write_cell(out, fields[i], type.elements[i].layout());
        return Value(std::move(out));
    }
    std::size_t count = 0;
    std::string cells;
    const Type number = integer_type();
    const Type& second = type.kind == Kind::map ? type.elements[1] : number;
    for (auto member : object) {
        std::string_view name;
        Json element;
        if (member.unescaped_key().get(name) != simdjson::SUCCESS) return {};
        if (type.elements[0].layout() != Layout::bytes) return {};
        write_cell(cells, Value(std::string(name)), Layout::bytes);
        if (std::move(member.value()).get(element) != simdjson::SUCCESS) return {};
        const auto cell = value_of(element, second, depth + 1);
        if (!cell) return {};
        write_cell(cells, *cell, second.layout());
        ++count;
    }
    write_count(out, count);
    return Value(out + cells);
}

std::optional<Value> value_of(Json value, const Type& type, std::size_t depth) {
    if (depth > kMaxDepth) return {};
    bool null = false;
    if (value.is_null().get(null) == simdjson::SUCCESS && null) return Value();
    if (type.is_text()) return text_of_json(value);
    if (type.is_nested()) return nested_of(value, type, depth);
    return scalar_of(value, type);
}

}  // namespace

struct JsonDecoder::Parser {
    simdjson::ondemand::parser json;
    std::string why;

    bool object(JsonDecoder& decoder, simdjson::ondemand::object& object, std::vector<Member>& members) {
        std::size_t next = 0;
        for (auto field : object) {
            simdjson::ondemand::raw_json_string key;
            if (field.key().get(key) != simdjson::SUCCESS) return broken(field.error());
            Member* found = nullptr;
            // Members come in the same order in most records.
            for (std::size_t n = 0; n < members.size() && found == nullptr; ++n) {
                Member& member = members[next];
                next = next + 1 == members.size() ? 0 : next + 1;
                if (key.unsafe_is_equal(member.name)) found = &member;
            }
            if (found == nullptr) continue;
            Json value;
            if (field.value().get(value) != simdjson::SUCCESS) return broken(field.value().error());
            if (!this->member(decoder, value, *found)) return false;
        }
        return true;
    }

    bool member(JsonDecoder& decoder, Json& value, Member& wanted) {
        const std::size_t row = decoder.rows_ - 1;
        if (wanted.members.empty()) return column(decoder, value, wanted, row);
        bool null = false;
        if (value.is_null().get(null) == simdjson::SUCCESS && null) return true;
        simdjson::ondemand::object inner;
        if (value.get_object().get(inner) != simdjson::SUCCESS) return wrong(decoder, wanted.name, "an object");
        if (!object(decoder, inner, wanted.members)) return false;
        if (!wanted.column) return true;
        if (inner.reset().error() != simdjson::SUCCESS) return broken(simdjson::TAPE_ERROR);
        return column(decoder, value, wanted, row);
    }

    // The frequent types straight into their cells.
    bool column(JsonDecoder& decoder, Json& value, const Member& wanted, std::size_t row) {
        Filling& column = decoder.columns_[*wanted.column];
        if (column.type.kind == Kind::bigint) {
            std::int64_t number = 0;
            if (value.get_int64().get(number) == simdjson::SUCCESS) return column.put(row, number), true;
        } else if (column.type.kind == Kind::text) {
            std::string_view text;
            if (value.get_string().get(text) == simdjson::SUCCESS) return column.put_text(row, text), true;
        }
        const auto cell = value_of(value, column.type, 0);
        if (!cell) return wrong(decoder, wanted.name, text_of(or_null(column.type)));
        column.put(row, *cell);
        return true;
    }

    bool wrong(JsonDecoder& decoder, std::string_view name, std::string_view wanted) {
        if (decoder.ignore_errors_) return true;
        why = fmt::format("\"{}\" is not {}", name, wanted);
        return false;
    }
    bool broken(simdjson::error_code error) {
        why = error == simdjson::INCORRECT_TYPE ? "the record is no JSON object"
                                                : fmt::format("the record is no JSON: {}", simdjson::error_message(error));
        return false;
    }
};

JsonDecoder::JsonDecoder(const Table& table, const std::vector<FieldPath>& paths)
    : RowDecoder(table, paths), parser_(std::make_unique<Parser>()) {
    for (const auto* key : {"json.ignore-parse-errors", "value.json.ignore-parse-errors"})
        if (const auto* option = table.option(key)) ignore_errors_ = *option == "true";
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const TableColumn& column = table.columns[paths[i][0]];
        if (column.metadata) continue;
        std::vector<Member>* level = &members_;
        const Type* type = &column.type;
        std::string name = column.name;
        for (std::size_t n = 0;; ++n) {
            auto at = std::ranges::find(*level, name, &Member::name);
            if (at == level->end()) at = level->insert(level->end(), {.name = name});
            if (n + 1 == paths[i].size()) {
                at->column = i;
                break;
            }
            name = type->fields[paths[i][n + 1]];
            type = &type->elements[paths[i][n + 1]];
            level = &at->members;
        }
    }
}

JsonDecoder::~JsonDecoder() = default;

std::optional<std::string> JsonDecoder::append(std::string_view record, const RecordMeta& meta) {
    static_assert(kRecordPadding >= simdjson::SIMDJSON_PADDING);
    begin_row();
    set_metadata(meta);
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    auto error = parser_->json.iterate(simdjson::padded_string_view(record.data(), record.size(), record.size() + kRecordPadding))
                     .get(document);
    if (error == simdjson::SUCCESS) error = document.get_object().get(object);
    if (error == simdjson::SUCCESS && parser_->object(*this, object, members_)) return {};
    if (error != simdjson::SUCCESS) parser_->broken(error);
    drop_row();
    return parser_->why;
}

}  // namespace kns::sql
