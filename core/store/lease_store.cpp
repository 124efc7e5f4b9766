#include "core/store/lease_store.hpp"

namespace kns {
namespace {

LeaseTableRow read_table(Rows& rows) {
    return {rows.integer(0), std::string(rows.text(1)), rows.integer(2), std::string(rows.text(3))};
}

}  // namespace

Result<std::vector<LeaseTableRow>> LeaseStore::tables() {
    auto rows = KNS_TRY(db_.query("SELECT id, name, created_ms, description FROM lease_table ORDER BY name"));
    std::vector<LeaseTableRow> out;
    while (KNS_TRY(rows.step())) out.push_back(read_table(rows));
    return out;
}

Result<std::optional<LeaseTableRow>> LeaseStore::table(std::string_view name) {
    auto rows = KNS_TRY(db_.query("SELECT id, name, created_ms, description FROM lease_table WHERE name = ?", name));
    if (!KNS_TRY(rows.step())) return std::nullopt;
    return read_table(rows);
}

Result<void> LeaseStore::add_table(const LeaseTableRow& row) {
    return db_.exec("INSERT INTO lease_table (name, created_ms, description) VALUES (?,?,?)", row.name, row.created_ms,
                    row.description);
}

Result<void> LeaseStore::describe_table(std::int64_t id, std::string_view description) {
    return db_.exec("UPDATE lease_table SET description = ? WHERE id = ?", description, id);
}

Result<void> LeaseStore::remove_table(std::int64_t id) {
    KNS_TRY(db_.exec("DELETE FROM lease_item WHERE table_id = ?", id));
    return db_.exec("DELETE FROM lease_table WHERE id = ?", id);
}

Result<std::optional<std::string>> LeaseStore::item(std::int64_t table, std::string_view key) {
    auto rows = KNS_TRY(db_.query("SELECT item FROM lease_item WHERE table_id = ? AND item_key = ?", table, key));
    if (!KNS_TRY(rows.step())) return std::nullopt;
    return std::string(rows.text(0));
}

Result<std::vector<LeaseStore::Row>> LeaseStore::items(std::int64_t table) {
    auto rows = KNS_TRY(db_.query("SELECT item_key, item FROM lease_item WHERE table_id = ? ORDER BY item_key", table));
    std::vector<Row> out;
    while (KNS_TRY(rows.step())) out.push_back({std::string(rows.text(0)), std::string(rows.text(1))});
    return out;
}

Result<void> LeaseStore::put_item(std::int64_t table, std::string_view key, std::string_view item) {
    return db_.exec("INSERT OR REPLACE INTO lease_item VALUES (?,?,?)", table, key, item);
}

Result<void> LeaseStore::remove_item(std::int64_t table, std::string_view key) {
    return db_.exec("DELETE FROM lease_item WHERE table_id = ? AND item_key = ?", table, key);
}

}  // namespace kns
