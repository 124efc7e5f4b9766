// Rows out of lines with separators, and rows that are one column: the record as it is.
// Contract: Flink 1.20, "CSV Format" and "Raw Format".
#pragma once

#include "core/sql/source/row_decoder.hpp"

namespace kns::sql {

class CsvDecoder : public RowDecoder {
   public:
    CsvDecoder(const Table& table, const std::vector<FieldPath>& paths);
    std::optional<std::string> append(std::string_view record, const RecordMeta& meta) override;
    std::size_t size() const override { return rows_; }

   private:
    bool split(std::string_view record);
    struct Wanted {
        std::size_t column, field;
        std::string name;
    };
    std::vector<Wanted> wanted_;
    std::vector<std::pair<std::string, bool>> fields_;  // of the record; whether they stood in quotes
    std::size_t count_ = 0, expected_ = 0;
    char delimiter_ = ',', quote_ = '"';
    std::optional<std::string> null_literal_;
    bool ignore_errors_ = false;
};

class RawDecoder : public RowDecoder {
   public:
    RawDecoder(const Table& table, const std::vector<FieldPath>& paths);
    std::optional<std::string> append(std::string_view record, const RecordMeta& meta) override;
    std::size_t size() const override { return rows_; }

   private:
    std::vector<std::size_t> wanted_;
};

}  // namespace kns::sql
