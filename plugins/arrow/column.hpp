// A column's values on their way into a table, as Arrow lays them out, with what Arrow's own builders lack: the newest can be
// taken back. One thread.
#pragma once

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/firehose/table_schema.hpp"

namespace kns {

class Row;
class JsonWriter;

// How the members of JSON objects come to columns.
struct KeyRules {
    bool ignore_case = true, dots_become_underscores = false;
    bool open = false;  // what has no column gets one
};

// Whether a double says this whole number to its last digit.
constexpr bool is_exact(std::int64_t number) {
    constexpr std::int64_t kMost = std::int64_t{1} << 53;
    return number <= kMost && number >= -kMost;
}

class Column {
   public:
    using Kind = ColumnType::Kind;

    // Begins with so many nulls. The rules are for the structs in it.
    Column(std::string name, const ColumnType& type, std::size_t nulls, KeyRules rules, int id = 0);
    Column(Column&&) noexcept;
    Column& operator=(Column&&) noexcept;
    ~Column();

    const std::string& name() const { return name_; }
    Kind kind() const { return type_.kind; }
    const ColumnType& type() const { return type_; }
    std::size_t size() const { return valid_.size(); }
    std::size_t bytes() const;

    void add_null();
    // Of a kind of this width: a whole number, a float, a decimal's 16 bytes, a bool's one.
    template <class T>
    void add_fixed(T value) {
        valid_.push_back(1);
        data_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void add_text(std::string_view text);
    // After what it is made of has been added to `element`, or to `key` and `value`, or to `row`.
    void add_list();
    void add_row();
    Column& element() { return children_[0]; }
    Column& key() { return children_[0]; }
    Column& value() { return children_[1]; }
    Row& row() { return *row_; }

    // Holds nothing that a file could say: a struct that no member has come to yet.
    bool is_hollow() const;
    // What is behind the first so many is gone.
    void truncate(std::size_t size);
    void close();  // the structs in it
    // Whole numbers become floats, unless one would be rounded.
    bool widen();

    std::shared_ptr<arrow::Field> field(int& id) const;  // and its children's ids, where they have none, count on from there
    // All values; it is empty again, and of the same type.
    std::shared_ptr<arrow::ArrayData> take();
    void write(JsonWriter& out, std::size_t index) const;

   private:
    std::shared_ptr<arrow::DataType> arrow_type(int& id) const;
    void write_value(JsonWriter& out, std::size_t index) const;

    std::string name_;
    ColumnType type_;
    int id_;  // as its table numbers it, or 0
    std::vector<std::uint8_t> valid_;
    std::string data_;                   // of fixed width or text
    std::vector<std::int32_t> offsets_;  // of text, arrays and maps: one more than values
    std::vector<Column> children_;       // of arrays and maps
    std::unique_ptr<Row> row_;           // of structs
};

// The columns of one row, or of a struct, found by their keys in JSON.
class Row {
   public:
    Row(const TableSchema& schema, KeyRules rules) : rules_(rules) {
        for (const auto& column : schema) columns_.emplace_back(column.name, column.type, 0, rules, column.id);
    }

    std::vector<Column>& columns() { return columns_; }
    const std::vector<Column>& columns() const { return columns_; }
    bool is_open() const { return rules_.open; }
    // No columns are added any more.
    void close();
    // The key that a column has instead of its name.
    void rename(const std::string& column, const std::string& key);

    static constexpr int kNone = -1;
    // The column of the `position`th member of an object; records that look like the one before are fast.
    int find(std::size_t position, std::string_view key);
    // Another column, with nulls up to this row; kNone if there are too many.
    int add(std::string_view key, const ColumnType& type, std::size_t nulls);

    void truncate(std::size_t size) {
        for (auto& column : columns_) column.truncate(size);
    }

   private:
    std::string plain(std::string_view key) const;
    int search(std::string_view key) const;
    void remember(std::string_view key, int column);

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    struct Place {
        std::string key;
        int column = kNone;
    };
    std::vector<Column> columns_;
    std::vector<std::pair<std::string, std::string>> renamed_;  // key, column
    KeyRules rules_;
    std::vector<Place> order_;                                               // of the newest object's members
    std::unordered_map<std::string, int, TextHash, std::equal_to<>> known_;  // columns by keys as they have been seen
};

}  // namespace kns
