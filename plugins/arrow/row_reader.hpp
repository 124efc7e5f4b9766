// Records into rows: JSON objects into columns. One thread.
#pragma once

#include <simdjson.h>

#include <optional>

#include "core/firehose/table_format.hpp"
#include "core/plugin/format.hpp"
#include "plugins/arrow/column.hpp"

namespace kns {

class RowReader {
   public:
    explicit RowReader(const TableFormat& format);

    // One row for each JSON object in the record, which may hold several, one behind the other; or none, and why.
    std::optional<UnfitRecord> add(std::string_view record);
    std::size_t rows() const { return rows_; }
    std::size_t bytes() const;
    Row& row() { return row_; }
    // The rows have been taken.
    void clear() { rows_ = 0; }
    // No column comes to those that have been inferred.
    void close() { row_.close(); }

   private:
    using Element = simdjson::dom::element;
    std::optional<UnfitRecord> add_several(std::string_view record);
    std::optional<UnfitRecord> add_row(const Element& element);
    bool add_members(Row& row, const simdjson::dom::object& object, std::size_t before);
    bool add_value(Column& column, const Element& element);
    bool add_integer(Column& column, const Element& element);
    bool add_float(Column& column, const Element& element);
    bool add_decimal(Column& column, const Element& element);
    bool add_time(Column& column, const Element& element);
    bool add_text(Column& column, const Element& element);
    bool add_array(Column& column, const Element& element);
    bool add_map(Column& column, const Element& element);
    bool unfit(const Column& column, const Element& element, std::string_view more = {});

    TableFormat format_;
    bool infers_;
    Row row_;
    std::size_t rows_ = 0;
    simdjson::dom::parser parser_;
    std::string why_;
};

}  // namespace kns
