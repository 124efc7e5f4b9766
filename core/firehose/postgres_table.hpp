// A table of PostgreSQL as a destination: postgres://USER@HOST:PORT/DATABASE?table=SCHEMA.TABLE&columns=a,b&format=raw&sslmode=M
//
// Records are JSON objects whose members are columns by their names, a member that is missing being NULL and one that is an
// object or array its JSON; or, with format=raw, each is the value of the one column. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

struct PostgresTable {
    std::string user, host, database;
    std::uint16_t port = 5432;
    std::string schema, table;         // schema may be empty
    std::vector<std::string> columns;  // empty: all that the table has
    bool raw = false;
    std::string sslmode;  // as libpq has them; empty: its default, which is to prefer TLS

    std::string origin() const;  // "postgres://user@host:5432"
    std::string path() const;    // "/database?table=..."
};

// "postgres://..." or "postgresql://...". Errors name what was given, if that is another URL.
Result<PostgresTable> parse_postgres_table(std::string_view url, std::string_view given = {});

// One line of COPY's text format, without its end.
std::string copy_line_raw(std::string_view record);
// An error if the record is no JSON object.
Result<std::string> copy_line(std::string_view record, const std::vector<std::string>& columns);

}  // namespace kns
