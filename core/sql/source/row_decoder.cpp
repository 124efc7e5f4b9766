#include "core/sql/source/row_decoder.hpp"

#include <array>

#include "core/sql/operator/operator.hpp"
#include "core/sql/source/csv_decoder.hpp"
#include "core/sql/source/json_decoder.hpp"

namespace kns::sql {
namespace {

constexpr std::array<std::string_view, 9> kMetadata = {"arrival_time", "timestamp", "partition_key", "shard_id", "sequence_number",
                                                       "offset",       "stream",    "topic",         "file"};

}  // namespace

std::optional<Type> metadata_type(std::string_view key) {
    if (key == "arrival_time" || key == "timestamp") return not_null(timestamp_ltz_type());
    if (key == "offset") return not_null(bigint_type());
    if (std::ranges::find(kMetadata, key) == kMetadata.end()) return {};
    return or_null(string_type(), key == "partition_key");
}

void RowDecoder::Filling::put(std::size_t row, const Value& value) {
    switch (value.index()) {
        case 0: return;
        case 1: return put(row, std::get<std::int64_t>(value));
        case 2: return put(row, std::get<double>(value));
        case 3: return put(row, std::get<Decimal>(value));
        default: return put_text(row, std::get<std::string>(value));
    }
}

RowDecoder::RowDecoder(const Table& table, const std::vector<FieldPath>& paths) {
    for (const auto& path : paths) {
        const TableColumn& column = table.columns[path[0]];
        Type type = column.type;
        for (std::size_t i = 1; i < path.size(); ++i) {
            Type element = type.elements[path[i]];
            type = std::move(element);
        }
        if (column.metadata) metadata_.push_back({columns_.size(), *column.metadata});
        columns_.push_back({.type = std::move(type), .column = nullptr});
    }
}

void RowDecoder::start_batch() {
    capacity_ = kBatchRows;
    for (auto& filling : columns_) {
        filling.column = std::make_shared<Column>(filling.type.layout(), capacity_);
        filling.nulls = filling.column->make_nulls();
        std::memset(filling.nulls, 1, capacity_);
        filling.filled = 0;
        switch (filling.type.layout()) {
            case Layout::whole: filling.cells = filling.column->cells<std::int64_t>(); break;
            case Layout::floating: filling.cells = filling.column->cells<double>(); break;
            case Layout::exact: filling.cells = filling.column->cells<Decimal>(); break;
            case Layout::bytes: filling.cells = filling.column->cells<std::string_view>(); break;
        }
    }
}

void RowDecoder::begin_row() {
    if (capacity_ == 0) start_batch();
    ++rows_;
}

void RowDecoder::drop_row() {
    --rows_;
    for (auto& filling : columns_) {
        filling.filled -= filling.nulls[rows_] == 0 ? 1 : 0;
        filling.nulls[rows_] = 1;
    }
}

void RowDecoder::set_metadata(const RecordMeta& meta) {
    const std::size_t row = rows_ - 1;
    for (const auto& [at, key] : metadata_) {
        Filling& column = columns_[at];
        if (key == "arrival_time" || key == "timestamp")
            column.put(row, meta.arrival_us);
        else if (key == "partition_key")
            column.put_text(row, meta.partition_key);
        else if (key == "shard_id")
            column.put_text(row, meta.shard_id);
        else if (key == "sequence_number")
            column.put_text(row, meta.sequence.text());
        else if (key == "offset")
            column.put(row, meta.offset);
        else
            column.put_text(row, meta.source);
    }
}

Batch RowDecoder::take() {
    Batch out{.size = rows_};
    for (auto& filling : columns_) {
        if (!filling.column) filling.column = std::make_shared<Column>(filling.type.layout());
        filling.column->resize(rows_);
        // Cells that are NULL hold nothing.
        if (filling.filled == rows_)
            filling.column->forget_nulls();
        else if (filling.type.layout() == Layout::bytes)
            for (std::size_t row = 0; row < rows_; ++row)
                if (filling.nulls[row] != 0) filling.column->cells<std::string_view>()[row] = {};
        out.columns.push_back(std::move(filling.column));
        filling.column = nullptr;
    }
    rows_ = capacity_ = 0;
    return out;
}

Result<std::unique_ptr<RowDecoder>> make_decoder(const Table& table, const std::vector<FieldPath>& paths) {
    const std::string* named = table.option("format");
    if (named == nullptr) named = table.option("value.format");
    const std::string format = named == nullptr ? "json" : *named;
    for (const auto& column : table.columns)
        if (column.metadata && !metadata_type(*column.metadata))
            return fail_at(table.place, fmt::format("the column `{}` of \"{}\": there is no metadata '{}'", column.name, table.name,
                                                    *column.metadata))
                .hint("there are timestamp, partition_key, shard_id, sequence_number, offset, stream, topic and file");
    if (format == "json") return std::unique_ptr<RowDecoder>(std::make_unique<JsonDecoder>(table, paths));
    if (format == "csv") return std::unique_ptr<RowDecoder>(std::make_unique<CsvDecoder>(table, paths));
    if (format == "raw") return std::unique_ptr<RowDecoder>(std::make_unique<RawDecoder>(table, paths));
    return fail_at(table.place, fmt::format("'format' = '{}' of \"{}\" is not known here", format, table.name))
        .hint("json, csv and raw are");
}

}  // namespace kns::sql
