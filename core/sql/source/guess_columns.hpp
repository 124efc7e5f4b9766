// The columns of records that nobody described, as a few of them look. Pure.
#pragma once

#include "core/sql/plan/catalog.hpp"

namespace kns::sql {

// Members of JSON objects: whole numbers are BIGINT, others DOUBLE, texts STRING, or TIMESTAMP where all of them are times; objects
// are ROWs, lists ARRAYs. What differs from record to record is STRING. An error if none is an object.
Result<std::vector<TableColumn>> guess_columns(const std::vector<std::string>& records);

}  // namespace kns::sql
