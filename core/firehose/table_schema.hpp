// The columns of a table that records become rows of. Read from what people have at hand: a CREATE TABLE as Hive, Athena and
// most databases write it, or its columns alone ("id bigint, at timestamp"); a JSON Schema; or the table as Glue describes it
// (`aws glue get-table`). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

struct TableColumn;

struct ColumnType {
    enum class Kind {
        boolean,
        tinyint,
        smallint,
        integer,
        bigint,
        real,
        double_precision,
        decimal,  // precision and scale
        text,
        binary,
        date,
        timestamp,    // without a zone: as a clock in UTC shows it
        timestamptz,  // a moment
        array,        // fields: one, "element"
        map,          // fields: "key", which is text, and "value"
        row,          // fields: its members
    };
    Kind kind = Kind::text;
    int precision = 0, scale = 0;
    std::vector<TableColumn> fields;

    bool operator==(const ColumnType&) const = default;
};

struct TableColumn {
    std::string name;
    ColumnType type;
    int id = 0;  // as a table numbers it; 0: nobody has

    bool operator==(const TableColumn&) const = default;
};

using TableSchema = std::vector<TableColumn>;

// At least one column; no two with the same name but for case; types nest 16 deep at most.
Result<TableSchema> parse_table_schema(std::string_view text);
// As Hive writes it: "array<struct<a:int,b:string>>".
std::string type_name(const ColumnType& type);

}  // namespace kns
