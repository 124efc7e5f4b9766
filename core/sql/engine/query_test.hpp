// Tests of a text: records that its tables are given, and the rows that have to come out. Pure.
//
//     --- sql                           statements, up to the next line that begins with ---
//     --- test NAME                     begins a test
//     --- input TABLE                   its records, a line each; several in turn, in the order in which they come
//     --- clock 2026-11-28T12:00:00Z    what the clock shows from here on; it stands still otherwise
//     --- expect                        the changes, in their order: +I[a, 1]
//     --- rows                          the rows that are there in the end, in any order: [a, 1]
//
// Lines before the first --- are for the reader; so are empty ones.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace kns::sql {

struct QueryTestResult {
    std::string name;
    bool passed = false;
    std::vector<std::string> expected{}, got{};
    std::vector<std::string> left_out{};  // why records were no rows
};

// Errors are those of the file and of its statements, with their place; tests that fail are results.
Result<std::vector<QueryTestResult>> run_query_tests(std::string_view text);

}  // namespace kns::sql
