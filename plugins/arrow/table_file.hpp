// The bytes of one file of rows, Parquet or ORC, or lines of JSON to read. One thread; the file's bytes are appended to a string
// as they become ready.
#pragma once

#include <memory>
#include <string>

#include "core/firehose/table_format.hpp"
#include "plugins/arrow/column.hpp"

namespace kns {

class TableFile {
   public:
    enum class Kind { parquet, orc, json };

    virtual ~TableFile() = default;
    // Takes all rows of the columns. The first that come say what columns there are.
    virtual Result<void> write(Row& row, std::size_t rows, std::string& out) = 0;
    virtual Result<void> close(std::string& out) = 0;

    static std::unique_ptr<TableFile> make(Kind kind, const TableFormat& format);
};

}  // namespace kns
