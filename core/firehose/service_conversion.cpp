#include "core/firehose/service_conversion.hpp"

#include <algorithm>

namespace kns {
namespace {

std::string text_of(const JsonValue& in, std::string_view name) {
    const auto* text = in[name].as_string();
    return text ? *text : std::string();
}

using Options = std::map<std::string, std::string>;

struct OptionName {
    std::string_view member, option;
};
constexpr OptionName kParquetOptions[] = {{"BlockSizeBytes", "block_size_bytes"},
                                          {"PageSizeBytes", "page_size_bytes"},
                                          {"EnableDictionaryCompression", "enable_dictionary_compression"}};
constexpr OptionName kOrcOptions[] = {{"StripeSizeBytes", "stripe_size_bytes"},
                                      {"RowIndexStride", "row_index_stride"},
                                      {"DictionaryKeyThreshold", "dictionary_key_threshold"},
                                      {"BloomFilterFalsePositiveProbability", "bloom_filter_false_positive_probability"}};
constexpr OptionName kOpenXOptions[] = {{"CaseInsensitive", "case_insensitive"},
                                        {"ConvertDotsInJsonKeysToUnderscores", "convert_dots_in_json_keys_to_underscores"}};

// Numbers and switches, as JSON writes them.
void take_options(const JsonValue& from, std::span<const OptionName> names, Options& out) {
    for (const auto& [member, option] : names) {
        if (from[member].is_null()) continue;
        JsonWriter text;
        from[member].write(text);
        out[std::string(option)] = text.take();
    }
}

// Words with something between them, none of which has it.
Result<std::string> joined(const JsonValue& list, char between) {
    std::string out;
    for (const auto& each : list.as_array() ? *list.as_array() : JsonValue::Array()) {
        const auto* word = each.as_string();
        if (!word || word->find(between) != std::string::npos)
            return fail(Errc::invalid_argument, "kns cannot tell this apart in a list: {}", word ? *word : "no text");
        out += (out.empty() ? "" : std::string(1, between)) + *word;
    }
    return out;
}

Result<void> read_deserializer(const JsonValue& deserializer, UpdateDelivery& out) {
    const JsonValue &open_x = deserializer["OpenXJsonSerDe"], &hive = deserializer["HiveJsonSerDe"];
    if (open_x.is_null() == hive.is_null())
        return fail(Errc::invalid_argument, "a Deserializer is either an OpenXJsonSerDe or a HiveJsonSerDe");
    take_options(open_x, kOpenXOptions, *out.format_options);
    if (const auto* keys = open_x["ColumnToJsonKeyMappings"].as_object())
        for (const auto& [column, key] : *keys) (*out.columns)[column] = key.as_string() ? *key.as_string() : "";
    if (const auto formats = KNS_TRY(joined(hive["TimestampFormats"], '|')); !formats.empty())
        (*out.format_options)["timestamp_formats"] = formats;
    return {};
}

Result<Compression> read_compression(const std::string& name) {
    static constexpr std::pair<std::string_view, Compression> kNames[] = {
        {"", Compression::snappy},   {"SNAPPY", Compression::snappy},     {"GZIP", Compression::gzip},
        {"ZLIB", Compression::gzip}, {"UNCOMPRESSED", Compression::none}, {"NONE", Compression::none}};
    const auto* known = std::ranges::find(kNames, std::string_view(name), &std::pair<std::string_view, Compression>::first);
    if (known == std::end(kNames)) return fail(Errc::invalid_argument, "\"{}\" is no Compression", name);
    return known->second;
}

Result<void> read_serializer(const JsonValue& serializer, UpdateDelivery& out) {
    const JsonValue &parquet = serializer["ParquetSerDe"], &orc = serializer["OrcSerDe"];
    if (parquet.is_null() == orc.is_null())
        return fail(Errc::invalid_argument, "a Serializer is either a ParquetSerDe or an OrcSerDe");
    const bool is_parquet = orc.is_null();
    out.format = is_parquet ? "parquet" : "orc";
    out.compress = KNS_TRY(read_compression(text_of(is_parquet ? parquet : orc, "Compression")));
    take_options(parquet, kParquetOptions, *out.format_options);
    take_options(orc, kOrcOptions, *out.format_options);
    if (text_of(parquet, "WriterVersion") == "V2") (*out.format_options)["writer_version"] = "2";
    if (text_of(orc, "FormatVersion") == "V0_11")
        return fail(Errc::unsupported, "kns writes ORC's FormatVersion V0_12, and not V0_11");
    if (const auto names = KNS_TRY(joined(orc["BloomFilterColumns"], ',')); !names.empty())
        (*out.format_options)["bloom_filter_columns"] = names;
    return {};
}

}  // namespace

bool converts_format(const JsonValue& destination) {
    const JsonValue& conversion = destination["DataFormatConversionConfiguration"];
    const bool* enabled = conversion["Enabled"].as_bool();
    return !conversion.is_null() && (!enabled || *enabled);
}

Result<void> read_conversion(const JsonValue& destination, const FindTable& find_table, UpdateDelivery& out) {
    out.format = DeliverySettings().format;
    out.schema = "";
    out.columns.emplace();
    out.format_options.emplace();
    if (!converts_format(destination)) return {};
    const JsonValue& conversion = destination["DataFormatConversionConfiguration"];
    for (const auto* name : {"SchemaConfiguration", "InputFormatConfiguration", "OutputFormatConfiguration"})
        if (conversion[name].is_null()) return fail(Errc::invalid_argument, "DataFormatConversionConfiguration needs {}", name);
    if (text_of(destination, "CompressionFormat") != "UNCOMPRESSED")
        return fail(Errc::invalid_argument,
                    "with DataFormatConversionConfiguration the CompressionFormat is UNCOMPRESSED: the format compresses itself");
    KNS_TRY(read_deserializer(conversion["InputFormatConfiguration"]["Deserializer"], out));
    KNS_TRY(read_serializer(conversion["OutputFormatConfiguration"]["Serializer"], out));
    const JsonValue& schema = conversion["SchemaConfiguration"];
    const auto database = text_of(schema, "DatabaseName"), table = text_of(schema, "TableName"),
               version = text_of(schema, "VersionId");
    if (database.empty() || table.empty())
        return fail(Errc::invalid_argument, "a SchemaConfiguration needs DatabaseName and TableName");
    if (!version.empty() && version != "LATEST")
        return fail(Errc::unsupported, "kns has one version of a table: the VersionId is LATEST, not {}", version);
    for (const auto& name : {database, table})
        if (name.find('/') != std::string::npos || name.starts_with('.'))
            return fail(Errc::invalid_argument, "\"{}\" is no name of a database or table", name);
    out.schema = KNS_TRY(find_table(database, table));
    return {};
}

std::string data_catalog_table(const JsonValue& destination) {
    const JsonValue& schema = destination["DataFormatConversionConfiguration"]["SchemaConfiguration"];
    if (schema.is_null()) return "null";
    JsonWriter out;
    out.begin_object();
    for (const auto& [name, member] :
         {std::pair("catalogId", "CatalogId"), std::pair("databaseName", "DatabaseName"), std::pair("tableName", "TableName"),
          std::pair("region", "Region"), std::pair("versionId", "VersionId")}) {
        out.key(name);
        schema[member].write(out);
    }
    out.key("catalogArn").null().end_object();
    return out.take();
}

}  // namespace kns
