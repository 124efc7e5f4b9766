// Where a data directory has its things: the log, in one directory or in as many as there are zones, and the evidence.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/paths.hpp"
#include "core/store/zones.hpp"

namespace kns {

struct Disk {
    std::unique_ptr<Directory> log, quarantine;
    ZonedDirectory* zones = nullptr;  // the log, if it is that
    Env env;                          // of all this

    // Once, with the directory's lock. `zone_paths`: the setting `zones`.
    Result<void> open(const DataDir& data, const std::vector<std::string>& zone_paths);
    // Before anybody reads the log from `indexed` on.
    Result<void> compare_zones(Place indexed);
};

// Makes the database's files if they are not there; nobody else may read them.
Result<void> keep_private(const std::string& database);

}  // namespace kns
