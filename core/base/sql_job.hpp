// What `kns sql` hands to the process that runs a query, as one JSON object on descriptor 3, and what that says there meanwhile,
// line by line. The rows themselves go to its stdout. Always the same build on both sides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/describe.hpp"

namespace kns {

inline constexpr int kSqlJobFd = 3;
inline constexpr const char* kSqlFlag = "--sql";

struct SqlJob {
    std::string text;            // the statements
    std::string action = "run";  // "run", "explain", "translate", "test"
    std::string socket;          // of the daemon; empty: there is none, and streams cannot be read
    std::string from = "start";  // where streams begin
    std::string output;          // "text", "json", "ndjson", "tsv"; "screen": text for somebody who draws it
    std::string errors;          // a file for records that are no rows; empty: none
    std::int64_t for_ms = 0;     // 0: without an end
    bool until_end = false;      // streams end where they end now
    bool strict = false;         // nothing that Flink would refuse

    static constexpr auto fields() {
        return std::tuple{
            field("text", &SqlJob::text),     field("action", &SqlJob::action),       field("socket", &SqlJob::socket),
            field("from", &SqlJob::from),     field("output", &SqlJob::output),       field("errors", &SqlJob::errors),
            field("for_ms", &SqlJob::for_ms), field("until_end", &SqlJob::until_end), field("strict", &SqlJob::strict)};
    }
};

struct SqlFailure {
    std::string code, message, hint;

    static constexpr auto fields() {
        return std::tuple{field("code", &SqlFailure::code), field("message", &SqlFailure::message),
                          field("hint", &SqlFailure::hint)};
    }
};

struct SqlColumn {
    std::string name;
    bool right = false;  // numbers

    static constexpr auto fields() { return std::tuple{field("name", &SqlColumn::name), field("right", &SqlColumn::right)}; }
};

// What the rows have, said before the first of them if they are for a screen.
struct SqlHead {
    std::vector<SqlColumn> columns;
    bool updates = false;  // rows may be taken back

    static constexpr auto fields() { return std::tuple{field("columns", &SqlHead::columns), field("updates", &SqlHead::updates)}; }
};

// One line; what is set, is meant.
struct SqlEvent {
    std::optional<SqlFailure> error{};
    std::optional<SqlHead> head{};
    std::string warning{};

    static constexpr auto fields() {
        return std::tuple{field("error", &SqlEvent::error), field("head", &SqlEvent::head), field("warning", &SqlEvent::warning)};
    }
};

}  // namespace kns
