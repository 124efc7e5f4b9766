// A catalog with the newest schema that lives as long as the test.
#pragma once

#include "core/store/database.hpp"

namespace kns {

inline Database memory_database() { return Database::open(":memory:", Access::write).value(); }

}  // namespace kns
