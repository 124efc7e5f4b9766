#include "core/firehose/table_schema.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/base/json.hpp"

namespace kns {
namespace {

using Kind = ColumnType::Kind;
constexpr int kDeepest = 16;
constexpr std::size_t kMostColumns = 10'000, kMostBytes = 1 << 20;

struct TypeWord {
    std::string_view word;
    Kind kind;
};
constexpr TypeWord kTypeWords[] = {
    {"boolean", Kind::boolean},
    {"bool", Kind::boolean},
    {"tinyint", Kind::tinyint},
    {"smallint", Kind::smallint},
    {"int2", Kind::smallint},
    {"int", Kind::integer},
    {"integer", Kind::integer},
    {"int4", Kind::integer},
    {"bigint", Kind::bigint},
    {"int8", Kind::bigint},
    {"long", Kind::bigint},
    {"float", Kind::real},
    {"real", Kind::real},
    {"float4", Kind::real},
    {"double", Kind::double_precision},
    {"float8", Kind::double_precision},
    {"decimal", Kind::decimal},
    {"numeric", Kind::decimal},
    {"string", Kind::text},
    {"text", Kind::text},
    {"varchar", Kind::text},
    {"char", Kind::text},
    {"json", Kind::text},
    {"jsonb", Kind::text},
    {"uuid", Kind::text},
    {"binary", Kind::binary},
    {"varbinary", Kind::binary},
    {"bytea", Kind::binary},
    {"date", Kind::date},
    {"timestamp", Kind::timestamp},
    {"datetime", Kind::timestamp},
    {"timestamptz", Kind::timestamptz},
    {"array", Kind::array},
    {"map", Kind::map},
    {"struct", Kind::row},
    {"row", Kind::row},
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

Result<void> check_names(const TableSchema& columns) {
    if (columns.empty()) return fail(Errc::invalid_argument, "the schema has no columns");
    if (columns.size() > kMostColumns)
        return fail(Errc::invalid_argument, "the schema has {} columns, and {} at most can be", columns.size(), kMostColumns);
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(lower(column.name));
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
        return fail(Errc::invalid_argument, "the schema has the column \"{}\" twice", *twice);
    return {};
}

// DDL, a token at a time.
class DdlReader {
   public:
    explicit DdlReader(std::string_view text) : rest_(text) { advance(); }

    Result<TableSchema> read() {
        bool braced = false;
        if (takes("create")) {
            while (!token_.empty() && token_ != "(") advance();  // its name, and what is said before it
            if (!take("(")) return fail(Errc::invalid_argument, "the schema says CREATE, and no columns in parentheses");
            braced = true;
        } else {
            braced = take("(");
        }
        TableSchema out;
        while (!token_.empty() && token_ != ")" && token_ != ";") {
            out.push_back(KNS_TRY(column(0)));
            // What else is said of it (COMMENT, NOT NULL) is not needed here.
            for (int depth = 0; !token_.empty() && (depth > 0 || quoted_ || !is_end()); advance())
                if (!quoted_) depth += token_ == "(" ? 1 : token_ == ")" ? -1 : 0;
            if (!take(",")) break;
        }
        if (braced && token_ != ")") return fail(Errc::invalid_argument, "the schema ends before its closing parenthesis");
        if (!broken_.empty()) return fail(Errc::invalid_argument, "the schema has {}", broken_);
        KNS_TRY(check_names(out));
        return out;
    }

    Result<ColumnType> type(int depth) {
        if (depth > kDeepest) return fail(Errc::invalid_argument, "the schema's types nest more than {} deep", kDeepest);
        const std::string word = lower(token_);
        const auto known = std::ranges::find(kTypeWords, std::string_view(word), &TypeWord::word);
        if (known == std::end(kTypeWords) || quoted_)
            return token_.empty() ? fail(Errc::invalid_argument, "the schema ends where a type should be")
                                  : fail(Errc::invalid_argument, "the schema says \"{}\" where a type should be", token_)
                                        .hint(
                                            "boolean, int, bigint, double, decimal(10,2), string, date, timestamp, array<..>, "
                                            "map<string,..>, struct<name:..>");
        advance();
        ColumnType out{.kind = known->kind};
        if (out.kind == Kind::decimal) KNS_TRY(read_decimal(out));
        if (out.kind == Kind::double_precision) takes("precision");
        if (out.kind == Kind::text || out.kind == Kind::binary) KNS_TRY(skip_length());
        if (out.kind == Kind::timestamp) {
            KNS_TRY(skip_length());
            const bool with = takes("with");
            if ((with || takes("without")) && !((takes("local"), takes("time")) && takes("zone")))
                return fail(Errc::invalid_argument, "after TIMESTAMP only WITH TIME ZONE or WITHOUT TIME ZONE can come");
            if (with) out.kind = Kind::timestamptz;
        }
        if (out.kind == Kind::array || out.kind == Kind::map || out.kind == Kind::row) KNS_TRY(read_fields(out, depth));
        return out;
    }
    bool at_end() const { return token_.empty(); }

   private:
    Result<TableColumn> column(int depth) {
        if (token_.empty() || (!quoted_ && !is_word(token_[0])))
            return fail(Errc::invalid_argument, "the schema says \"{}\" where a column's name should be", token_);
        TableColumn out{.name = std::string(token_), .type = {}};
        advance();
        if (depth > 0) take(":");  // struct<a:int>, and row(a int)
        out.type = KNS_TRY(context(type(depth), fmt::format("column \"{}\"", out.name)));
        return out;
    }
    Result<void> read_fields(ColumnType& out, int depth) {
        const std::string_view close = token_ == "(" ? ")" : ">";
        if (!take("<") && !take("("))
            return fail(Errc::invalid_argument, "what an array, a map or a struct is made of is missing: array<string>");
        do {
            if (out.kind == Kind::row)
                out.fields.push_back(KNS_TRY(column(depth + 1)));
            else
                out.fields.push_back({.name = out.kind == Kind::array ? "element"
                                              : out.fields.empty()    ? "key"
                                                                      : "value",
                                      .type = KNS_TRY(type(depth + 1))});
        } while (take(","));
        if (!take(close)) return fail(Errc::invalid_argument, "\"{}\" is missing in the schema, before \"{}\"", close, token_);
        if (out.fields.size() != (out.kind == Kind::array ? 1U : 2U) && out.kind != Kind::row)
            return fail(Errc::invalid_argument, "an array has one type, and a map two");
        if (out.kind == Kind::map && out.fields[0].type.kind != Kind::text)
            return fail(Errc::invalid_argument, "the keys of a map are strings, as JSON's are");
        return out.kind == Kind::row ? check_names(out.fields) : Result<void>();
    }
    Result<void> read_decimal(ColumnType& out) {
        out.precision = 10;  // Hive's own
        if (!take("(")) return {};
        out.precision = KNS_TRY(number());
        if (take(",")) out.scale = KNS_TRY(number());
        if (!take(")") || out.precision < 1 || out.precision > 38 || out.scale > out.precision)
            return fail(Errc::invalid_argument, "a decimal has 1 to 38 digits, and no more of them behind the point");
        return {};
    }
    Result<void> skip_length() {
        if (!take("(")) return {};
        KNS_TRY(number());
        return take(")") ? Result<void>() : fail(Errc::invalid_argument, "\")\" is missing in the schema, before \"{}\"", token_);
    }
    Result<int> number() {
        int out = 0;
        const auto [end, error] = std::from_chars(token_.data(), token_.data() + token_.size(), out);
        if (error != std::errc() || end != token_.data() + token_.size() || out < 0)
            return fail(Errc::invalid_argument, "the schema says \"{}\" where a number should be", token_);
        advance();
        return out;
    }

    bool is_end() const { return token_ == "," || token_ == ")" || token_ == ";"; }
    bool take(std::string_view token) {
        if (quoted_ || token_ != token) return false;
        advance();
        return true;
    }
    bool takes(std::string_view word) {
        if (quoted_ || lower(token_) != word) return false;
        advance();
        return true;
    }
    static bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || (c & 0x80); }
    void skip_blank() {
        while (!rest_.empty()) {
            if (std::isspace(static_cast<unsigned char>(rest_[0]))) {
                rest_.remove_prefix(1);
            } else if (rest_.starts_with("--")) {
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            } else if (rest_.starts_with("/*")) {
                const auto end = rest_.find("*/", 2);
                rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 2);
            } else {
                return;
            }
        }
    }
    // The next token: a word, what is between quotes, or one character; empty at the end.
    void advance() {
        skip_blank();
        quoted_ = false;
        if (rest_.empty()) {
            token_ = {};
            return;
        }
        std::size_t length = 1;
        if (rest_[0] == '`' || rest_[0] == '"' || rest_[0] == '\'') {
            const auto end = rest_.find(rest_[0], 1);
            quoted_ = true;
            if (end == std::string_view::npos || end == 1) broken_ = end == 1 ? "an empty name" : "a quote that does not end";
            token_ = rest_.substr(1, end == std::string_view::npos ? end : end - 1);
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            if (!broken_.empty()) token_ = {}, rest_ = {};
            return;
        }
        while (is_word(rest_[0]) && length < rest_.size() && is_word(rest_[length])) ++length;
        token_ = rest_.substr(0, length);
        rest_.remove_prefix(length);
    }

    std::string_view rest_, token_;
    bool quoted_ = false;
    std::string broken_;
};

Result<TableSchema> properties_of(const JsonValue& schema, int depth);

// https://json-schema.org: of a type's description only what says how it is stored.
Result<ColumnType> type_of(const JsonValue& schema, int depth) {
    if (depth > kDeepest) return fail(Errc::invalid_argument, "the schema's types nest more than {} deep", kDeepest);
    const auto* type = schema["type"].as_string();
    if (const auto* several = schema["type"].as_array())  // ["string", "null"]
        for (const auto& each : *several)
            if (const auto* word = each.as_string(); word && *word != "null") type = type ? type : word;
    if (!type) return fail(Errc::invalid_argument, "a \"type\" is missing in the JSON schema");
    if (*type == "boolean") return ColumnType{.kind = Kind::boolean};
    if (*type == "integer") return ColumnType{.kind = Kind::bigint};
    if (*type == "number") return ColumnType{.kind = Kind::double_precision};
    if (*type == "string") {
        const auto* format = schema["format"].as_string();
        if (format && *format == "date-time") return ColumnType{.kind = Kind::timestamptz};
        if (format && *format == "date") return ColumnType{.kind = Kind::date};
        return ColumnType{};
    }
    if (*type == "array")
        return ColumnType{.kind = Kind::array,
                          .fields = {{"element", KNS_TRY(context(type_of(schema["items"], depth + 1), "items"))}}};
    if (*type == "object" && schema.has("properties"))
        return ColumnType{.kind = Kind::row, .fields = KNS_TRY(properties_of(schema, depth + 1))};
    if (*type == "object" && schema["additionalProperties"].as_object())
        return ColumnType{.kind = Kind::map,
                          .fields = {{"key", {}}, {"value", KNS_TRY(type_of(schema["additionalProperties"], depth + 1))}}};
    if (*type == "object") return ColumnType{};  // of whatever kind: as its JSON text
    return fail(Errc::invalid_argument, "\"{}\" is no type of a JSON schema", *type);
}

Result<TableSchema> properties_of(const JsonValue& schema, int depth) {
    TableSchema out;
    const auto* properties = schema["properties"].as_object();
    if (!properties) return fail(Errc::invalid_argument, "\"properties\" in the JSON schema is no object");
    for (const auto& [name, property] : *properties)
        out.push_back({.name = name, .type = KNS_TRY(context(type_of(property, depth), fmt::format("column \"{}\"", name)))});
    KNS_TRY(check_names(out));
    return out;
}

// API reference of Glue: GetTable's answer, a Table, a StorageDescriptor, or just Columns.
Result<TableSchema> glue_columns(const JsonValue& columns) {
    TableSchema out;
    if (!columns.as_array()) return fail(Errc::invalid_argument, "\"Columns\" in the schema is no list");
    for (const auto& column : *columns.as_array()) {
        const auto *name = column["Name"].as_string(), *type = column["Type"].as_string();
        if (!name || name->empty() || !type) return fail(Errc::invalid_argument, "a column of the schema needs Name and Type");
        DdlReader reader(*type);
        out.push_back({.name = *name, .type = KNS_TRY(context(reader.type(0), fmt::format("column \"{}\"", *name)))});
        if (!reader.at_end()) return fail(Errc::invalid_argument, "column \"{}\": \"{}\" is no type", *name, *type);
    }
    KNS_TRY(check_names(out));
    return out;
}

Result<TableSchema> parse_json_schema(std::string_view text) {
    const JsonValue schema = KNS_TRY(parse_json(text));
    const JsonValue& table = schema.has("Table") ? schema["Table"] : schema;
    const JsonValue& storage = table.has("StorageDescriptor") ? table["StorageDescriptor"] : table;
    if (storage.has("Columns")) return glue_columns(storage["Columns"]);
    if (!schema.has("properties"))
        return fail(Errc::invalid_argument,
                    "the schema is JSON, and has neither \"properties\" (as a JSON schema) nor \"Columns\" (as Glue's)");
    return properties_of(schema, 0);
}

}  // namespace

Result<TableSchema> parse_table_schema(std::string_view text) {
    if (text.size() > kMostBytes)
        return fail(Errc::invalid_argument, "a schema has {} bytes at most, not {}", kMostBytes, text.size());
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin != std::string_view::npos && text[begin] == '{') return parse_json_schema(text);
    return DdlReader(text).read();
}

std::string type_name(const ColumnType& type) {
    switch (type.kind) {
        case Kind::decimal: return fmt::format("decimal({},{})", type.precision, type.scale);
        case Kind::text: return "string";
        case Kind::integer: return "int";
        case Kind::array: return fmt::format("array<{}>", type_name(type.fields[0].type));
        case Kind::map: return fmt::format("map<string,{}>", type_name(type.fields[1].type));
        case Kind::row: {
            std::string out;
            for (const auto& field : type.fields)
                out += fmt::format("{}{}:{}", out.empty() ? "" : ",", field.name, type_name(field.type));
            return fmt::format("struct<{}>", out);
        }
        default: return std::string(std::ranges::find(kTypeWords, type.kind, &TypeWord::kind)->word);
    }
}

}  // namespace kns
