// Formats of tables, Parquet and ORC, with what can be said about them. Pure.
// Contract: the Firehose API reference, DataFormatConversionConfiguration with ParquetSerDe, OrcSerDe, OpenXJsonSerDe; names are
// its own, in small letters.
#pragma once

#include "core/base/api/delivery.hpp"
#include "core/firehose/table_schema.hpp"
#include "core/firehose/timestamp_formats.hpp"

namespace kns {

struct DeliveryConfig;

// Whether records of this format become rows, which are written together.
bool is_table_format(std::string_view format);

struct TableFormat {
    TableSchema schema;                          // empty: as the records have it
    std::map<std::string, std::string> columns;  // the keys in JSON of columns that are called otherwise
    TimestampFormats timestamps;
    Compression compress = Compression::snappy;
    // The settings' format_options:
    bool case_insensitive = true;                           // keys of JSON match columns whatever their case
    bool convert_dots_in_json_keys_to_underscores = false;  // "a.b" is column a_b
    std::uint64_t block_size_bytes = 256 << 20;             // of a row group, in memory; of ORC what is held
    std::uint64_t page_size_bytes = 1 << 20;                // Parquet
    bool enable_dictionary_compression = true;              // Parquet; the service's own default is false
    bool int96 = false;                                     // Parquet: timestamps as old readers of Hive want them
    std::uint64_t writer_version = 1;                       // Parquet: 1 or 2
    std::uint64_t stripe_size_bytes = 64 << 20;             // ORC
    std::uint64_t row_index_stride = 10'000;                // ORC
    double dictionary_key_threshold = 0;                    // ORC: the most distinct values, as a share, that make a dictionary
    std::vector<std::string> bloom_filter_columns;          // ORC
    double bloom_filter_false_positive_probability = 0.05;  // ORC
};

// Of settings with such a format; checks all that is said of it.
Result<TableFormat> table_format(const DeliverySettings& settings);

}  // namespace kns
