#include "core/firehose/table_format.hpp"

#include <algorithm>
#include <charconv>

#include "core/firehose/delivery_config.hpp"

namespace kns {
namespace {

constexpr std::string_view kParquet = "parquet", kOrc = "orc";

template <class T>
bool read_value(std::string_view text, T& out) {
    if constexpr (std::is_same_v<T, bool>) {
        out = text == "true";
        return out || text == "false";
    } else {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        return error == std::errc() && end == text.data() + text.size();
    }
}
bool read_value(std::string_view text, std::vector<std::string>& out) {
    while (!text.empty()) {
        const auto name = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), name.size() + 1));
        out.emplace_back(name);
    }
    return !out.empty();
}

struct Option {
    std::string_view name;
    std::string_view format;  // empty: of all of them
    bool (*read)(std::string_view, TableFormat&);
    std::string_view values;
};
template <auto Member>
bool read_into(std::string_view text, TableFormat& out) {
    return read_value(text, out.*Member);
}
bool read_timestamps(std::string_view text, TableFormat&) { return !text.empty(); }  // read for itself: it says what is wrong

constexpr Option kOptions[] = {
    {"timestamp_formats", "", read_timestamps, "patterns, separated by |"},
    {"case_insensitive", "", read_into<&TableFormat::case_insensitive>, "true or false"},
    {"convert_dots_in_json_keys_to_underscores", "", read_into<&TableFormat::convert_dots_in_json_keys_to_underscores>,
     "true or false"},
    {"block_size_bytes", kParquet, read_into<&TableFormat::block_size_bytes>, "a number of bytes"},
    {"page_size_bytes", kParquet, read_into<&TableFormat::page_size_bytes>, "a number of bytes"},
    {"enable_dictionary_compression", kParquet, read_into<&TableFormat::enable_dictionary_compression>, "true or false"},
    {"int96", kParquet, read_into<&TableFormat::int96>, "true or false"},
    {"writer_version", kParquet, read_into<&TableFormat::writer_version>, "1 or 2"},
    {"stripe_size_bytes", kOrc, read_into<&TableFormat::stripe_size_bytes>, "a number of bytes"},
    {"row_index_stride", kOrc, read_into<&TableFormat::row_index_stride>, "a number of rows"},
    {"dictionary_key_threshold", kOrc, read_into<&TableFormat::dictionary_key_threshold>, "0 to 1"},
    {"bloom_filter_columns", kOrc, read_into<&TableFormat::bloom_filter_columns>, "columns, separated by commas"},
    {"bloom_filter_false_positive_probability", kOrc, read_into<&TableFormat::bloom_filter_false_positive_probability>, "0 to 1"},
};

Result<void> read_options(const DeliverySettings& settings, TableFormat& out) {
    for (const auto& [name, value] : settings.format_options) {
        const auto option = std::ranges::find(kOptions, std::string_view(name), &Option::name);
        if (option == std::end(kOptions) || (!option->format.empty() && option->format != settings.format)) {
            std::string known;
            for (const auto& each : kOptions)
                if (each.format.empty() || each.format == settings.format)
                    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
            return fail(Errc::invalid_argument, "the format \"{}\" has no option \"{}\"", settings.format, name).hint(known);
        }
        if (!option->read(value, out))
            return fail(Errc::invalid_argument, "the format option {} is {}, not \"{}\"", name, option->values, value);
        if (name == "timestamp_formats") out.timestamps = KNS_TRY(TimestampFormats::parse(value));
    }
    // Small ones serve nobody; large ones would be more than a worker may hold. The service itself begins at 64 MiB, 64 KiB, 8 MiB.
    const auto within = [](std::uint64_t value, std::uint64_t least, std::uint64_t most) {
        return value >= least && value <= most;
    };
    if (!within(out.block_size_bytes, 1 << 20, 512 << 20) || !within(out.stripe_size_bytes, 1 << 20, 512 << 20))
        return fail(Errc::invalid_argument, "a row group or a stripe has 1 MiB to 512 MiB");
    if (!within(out.page_size_bytes, 1 << 10, 64 << 20)) return fail(Errc::invalid_argument, "a page has 1 KiB to 64 MiB");
    if (!within(out.writer_version, 1, 2))
        return fail(Errc::invalid_argument, "the writer_version is 1 or 2, not {}", out.writer_version);
    if (!within(out.row_index_stride, 1, 1 << 30)) return fail(Errc::invalid_argument, "the row_index_stride is at least 1");
    const auto is_share = [](double value) { return value >= 0 && value <= 1; };
    if (!is_share(out.dictionary_key_threshold) || !is_share(out.bloom_filter_false_positive_probability))
        return fail(Errc::invalid_argument, "dictionary_key_threshold and bloom_filter_false_positive_probability are 0 to 1");
    for (const auto& name : out.bloom_filter_columns)
        if (std::ranges::find(out.schema, name, &TableColumn::name) == out.schema.end())
            return fail(Errc::invalid_argument, "bloom_filter_columns names \"{}\", which is no column of the schema", name);
    return {};
}

}  // namespace

bool is_table_format(std::string_view format) { return format == kParquet || format == kOrc; }

Result<TableFormat> table_format(const DeliverySettings& settings) {
    TableFormat out;
    if (settings.schema.empty())
        return fail(Errc::invalid_argument, "the format \"{}\" needs a schema: the columns of its rows", settings.format)
            .hint("--schema FILE with CREATE TABLE or a JSON schema, or --schema infer to take them from the records");
    if (settings.schema != kInferSchema) out.schema = KNS_TRY(parse_table_schema(settings.schema));
    for (const auto& [name, key] : settings.columns) {
        if (!out.schema.empty() && std::ranges::find(out.schema, name, &TableColumn::name) == out.schema.end())
            return fail(Errc::invalid_argument, "a key is given for \"{}\", which is no column of the schema", name);
        if (key.empty()) return fail(Errc::invalid_argument, "the key of column \"{}\" is empty", name);
    }
    out.columns = settings.columns;
    out.compress = settings.compress;
    const bool parquet = settings.format == kParquet;
    const bool fits = out.compress == Compression::none || out.compress == Compression::snappy ||
                      out.compress == Compression::gzip || (out.compress == Compression::zstd);
    if (!fits)
        return fail(Errc::invalid_argument, "{} is compressed inside with snappy, gzip or zstd, or not at all; not with {}",
                    parquet ? "Parquet" : "ORC", name_of_enum(out.compress));
    KNS_TRY(read_options(settings, out));
    return out;
}

}  // namespace kns
