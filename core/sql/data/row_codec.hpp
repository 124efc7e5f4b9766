// Rows as bytes: in state, as keys, and as the one cell of a nested value. Pure.
//
// Frozen, for savepoints hold it. A cell is one byte, 0 for NULL or 1, and then: whole 8 bytes, floating 8, exact 16, all little
// endian; bytes a length of 4 and themselves. A ROW's value is its fields' cells; an ARRAY's a count of 4 and its elements' cells;
// a MAP's and a MULTISET's a count of 4 and a key's cell and a value's (a number of times) in turn. Two equal values are equal
// bytes: -0.0 is kept as 0.0, and there is one NaN.
#pragma once

#include "core/sql/data/column.hpp"

namespace kns::sql {

void write_cell(std::string& out, const Column& column, std::size_t row);
void write_cell(std::string& out, const Value& value, Layout layout);
inline void write_null(std::string& out) { out += '\0'; }
void write_count(std::string& out, std::size_t count);

// Reads cells one after the other. What does not fit there ends it: `failed`, and all that follows is NULL.
class CellReader {
   public:
    explicit CellReader(std::string_view bytes) : bytes_(bytes) {}
    // Appends to the column; bytes are borrowed.
    void read_into(Column& column);
    // The same, but bytes are copied to the column's own.
    void read_kept(Column& column);
    Value read(Layout layout);
    void skip(Layout layout);
    std::size_t count();
    bool at_end() const { return bytes_.empty(); }
    bool failed() const { return failed_; }
    std::string_view rest() const { return bytes_; }

   private:
    template <class T>
    T take();
    std::string_view take_bytes();
    bool take_presence();

    std::string_view bytes_;
    bool failed_ = false;
};

}  // namespace kns::sql
