// Lease tables in the catalog: names, descriptions and items, which are JSON that this does not look into. The catalog thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/store/database.hpp"

namespace kns {

struct LeaseTableRow {
    std::int64_t id = 0;
    std::string name;
    UnixMs created_ms = 0;
    std::string description;  // JSON
};

class LeaseStore {
   public:
    explicit LeaseStore(Database& db) : db_(db) {}

    // Everything that `body` does is on disk when this returns, or nothing is.
    template <class Body>
    Result<void> transaction(Body body) {
        return db_.transaction(Sync::full, std::move(body));
    }

    Result<std::vector<LeaseTableRow>> tables();  // by name
    Result<std::optional<LeaseTableRow>> table(std::string_view name);
    Result<void> add_table(const LeaseTableRow& row);  // its id is given
    Result<void> describe_table(std::int64_t id, std::string_view description);
    Result<void> remove_table(std::int64_t id);

    struct Row {
        std::string key, item;
    };
    Result<std::optional<std::string>> item(std::int64_t table, std::string_view key);
    Result<std::vector<Row>> items(std::int64_t table);  // by key
    Result<void> put_item(std::int64_t table, std::string_view key, std::string_view item);
    Result<void> remove_item(std::int64_t table, std::string_view key);

   private:
    Database& db_;
};

}  // namespace kns
