// Delivery streams as rows. Lives on the catalog thread; a change is durable when the call returns.
#pragma once

#include <vector>

#include "core/firehose/delivery_config.hpp"
#include "core/store/database.hpp"

namespace kns {

struct DeliveryTotals {
    std::uint64_t records = 0, bytes = 0, objects = 0, failed_records = 0;
};

struct DeliveryRow {
    std::int64_t id = 0;
    std::string name;
    DeliveryConfig config;
    std::uint64_t version = 1;
    UnixMs created_ms = 0;
    DeliveryTotals delivered;  // ever
    std::optional<UnixMs> last_delivery_ms;
    std::optional<std::string> last_error;  // of the newest attempt; none once one succeeds
};

class DeliveryStore {
   public:
    explicit DeliveryStore(Database& db) : db_(db) {}

    Result<std::vector<DeliveryRow>> all();  // by name
    // Fills in the id. `already_exists` if the name is taken.
    Result<void> create(DeliveryRow& row);
    Result<void> update(const std::string& name, const DeliveryConfig& config, std::uint64_t version);
    Result<void> remove(const std::string& name);

    // Counts one object that is at its destination; gives whether that is news. After a crash the same object is made
    // again, under the same key: it counts once.
    Result<bool> add_delivered(const std::string& name, const std::string& key, const DeliveryTotals& object, UnixMs now);
    Result<void> set_error(const std::string& name, const std::optional<std::string>& error);

   private:
    Database& db_;
};

}  // namespace kns
