// A store as whoever runs it opens it: the catalog, the log, and what is kept of them in memory, each checked against the
// others, before any thread exists.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store/catalog.hpp"
#include "core/store/committer.hpp"
#include "core/store/delivery_store.hpp"
#include "core/store/key_ring.hpp"
#include "core/stream/group_book.hpp"
#include "core/stream/stream_directory.hpp"

namespace kns {

struct Store {
    std::optional<Database> db;
    std::unique_ptr<KeyRing> keys;  // null: no encrypted streams
    LogIndex index;
    std::unique_ptr<Log> log;
    std::optional<Committer> committer;
    StreamDirectory streams;
    GroupBook groups{index};
    std::vector<DeliveryRow> deliveries;
    std::vector<Damage> damages;  // found while the log was read
    std::map<std::uint32_t, std::uint64_t> damaged_records;
    std::uint64_t damaged_batches = 0;

    // Once. `env` outlives it. `prepare_log` is called before the log is read from `indexed` on.
    Result<void> open(const Env& env, const std::string& key_file = "",
                      const std::function<Result<void>(Place indexed)>& prepare_log = {});
};

}  // namespace kns
