// The consumers with enhanced fan-out that are registered for each stream.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "core/store/catalog.hpp"

namespace kns {

inline constexpr std::size_t kMaxConsumers = 20;  // per stream, as Kinesis

class ConsumerBook {
   public:
    explicit ConsumerBook(Database& db) : catalog_(db) {}
    Result<void> load();

    // --- any thread
    std::vector<ConsumerRow> of(std::int64_t stream_id) const;  // by name
    std::optional<ConsumerRow> find(std::int64_t stream_id, std::string_view name) const;

    // --- the catalog thread; on disk when a call returns
    // already_exists, limit_exceeded. A consumer that is registered again is another one: its creation is never that of
    // one before.
    Result<ConsumerRow> add(std::int64_t stream_id, const std::string& name, std::map<std::string, std::string> tags, UnixMs now);
    Result<void> update(const ConsumerRow& consumer);
    Result<void> remove(const ConsumerRow& consumer);
    void forget_stream(std::int64_t stream_id);  // whose rows went with it

   private:
    Catalog catalog_;
    std::int64_t last_created_s_ = 0;
    mutable std::mutex mutex_;
    std::map<std::int64_t, std::map<std::string, ConsumerRow, std::less<>>> by_stream_;
};

}  // namespace kns
