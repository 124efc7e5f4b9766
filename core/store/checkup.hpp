// What is wrong with a store, a finding a check: reads only, and changes nothing.
#pragma once

#include "core/base/api/doctor.hpp"
#include "core/store/database.hpp"
#include "core/store/env.hpp"
#include "core/store/log.hpp"

namespace kns {

// Of a database that could be opened, on its thread.
Result<std::vector<Finding>> check_store(Database& db, const Env& env);

// The same of one that no daemon has open, and whether it knows of everything in the log.
Result<std::vector<Finding>> check_idle_store(Database& db, const Env& env);

// Of one that could not.
Finding catalog_is_damaged(const Error& why);

// Whether the log holds what was acknowledged according to its marks; while no daemon writes to it.
Result<Finding> check_marks(const Env& env);

// What the index names and no file holds.
Result<std::vector<Damage>> missing_extents(Database& db, const Env& env);

// Files in the log directory that no start and no reader will look at again: temporary ones, and segments that were
// rewritten. Needs the catalog's generations.
Result<std::vector<std::string>> leftovers(Database& db, const Env& env);

// The copy of the catalog that the daemon keeps beside it.
std::string catalog_copy_of(const Env& env);

}  // namespace kns
