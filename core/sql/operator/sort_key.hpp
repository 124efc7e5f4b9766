// Sort keys as bytes that compare as the values do.
#pragma once

#include "core/sql/data/column.hpp"
#include "core/sql/plan/plan.hpp"

namespace kns::sql {

// Appends the row's key; what is equal for SQL is equal in bytes.
void append_sort_key(std::string& out, const Batch& batch, std::size_t row, const std::vector<SortKey>& keys);
// A number behind it that makes it unique: who came first is first.
void append_sequence(std::string& out, std::uint64_t sequence);

}  // namespace kns::sql
