// A plan as it runs: conditions where they cost least, joins by keys and time, windows and their aggregates as one, only the
// columns that are looked at. Pure.
#pragma once

#include "core/sql/plan/plan.hpp"

namespace kns::sql {

Result<PlanPtr> optimize(PlanPtr plan);

// --- its parts, in their order

PlanPtr push_filters(PlanPtr plan);
// Keys of joins, and what kind of join they make of it. An error where a join has none.
Result<PlanPtr> classify_joins(PlanPtr plan);
// TUMBLE and the like right below their aggregate: rows are not copied into windows, they are counted in slices of them.
PlanPtr fuse_windows(PlanPtr plan);
// Watermarks that nobody asks for, columns that nobody looks at.
PlanPtr prune(PlanPtr plan);

}  // namespace kns::sql
