// What is on disk, opened and checked, before any thread exists.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/paths.hpp"
#include "core/store/catalog.hpp"
#include "core/store/committer.hpp"
#include "core/store/database.hpp"
#include "core/store/delivery_store.hpp"
#include "core/store/key_ring.hpp"
#include "core/store/log.hpp"
#include "core/store/log_index.hpp"
#include "core/store/zones.hpp"
#include "core/stream/group_book.hpp"
#include "core/stream/stream_directory.hpp"

namespace kns {

// Where the log is: one directory, or as many as there are zones.
struct LogDirectory {
    std::unique_ptr<Directory> directory;
    ZonedDirectory* zones = nullptr;  // the same, if it is that
};
// `zone_paths`: the setting `zones`.
Result<LogDirectory> open_log_directory(const DataDir& data, const std::vector<std::string>& zone_paths);

struct Store {
    std::unique_ptr<Directory> log_directory, quarantine;
    ZonedDirectory* zones = nullptr;  // log_directory, if it is that
    Env env;
    std::optional<Database> db;
    std::unique_ptr<KeyRing> keys;
    LogIndex index;
    std::unique_ptr<Log> log;
    std::optional<Committer> committer;
    StreamDirectory streams;
    GroupBook groups{index};
    std::vector<DeliveryRow> deliveries;
    std::vector<Damage> damages;  // found while the log was read
    std::map<std::uint32_t, std::uint64_t> damaged_records;
    std::uint64_t damaged_batches = 0;

    // Once.
    Result<void> open(const DataDir& data, const std::vector<std::string>& zone_paths);
};

}  // namespace kns
