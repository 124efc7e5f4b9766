#include "core/store/delivery_store.hpp"

namespace kns {
namespace {

constexpr std::string_view kSelectDeliveries =
    "SELECT id, name, config, version, created_ms, delivered_records, delivered_bytes, delivered_objects, last_delivery_ms, "
    "last_error, failed_records"
    " FROM delivery ORDER BY name";
constexpr std::string_view kInsertDelivery =
    "INSERT INTO delivery (name, config, version, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING";
constexpr std::string_view kUpdateDelivery = "UPDATE delivery SET config = ?, version = ? WHERE name = ?";
constexpr std::string_view kDeleteDelivery = "DELETE FROM delivery WHERE name = ?";
constexpr std::string_view kAddDelivered =
    "UPDATE delivery SET delivered_records = delivered_records + ?, delivered_bytes = delivered_bytes + ?,"
    " delivered_objects = delivered_objects + ?, failed_records = failed_records + ?, last_delivery_ms = ?,"
    " last_error = NULL, last_object = ?6"
    " WHERE name = ?7 AND last_object IS NOT ?6";
constexpr std::string_view kSetDeliveryError = "UPDATE delivery SET last_error = ? WHERE name = ?";

}  // namespace

Result<std::vector<DeliveryRow>> DeliveryStore::all() {
    auto rows = KNS_TRY(db_.query(kSelectDeliveries));
    std::vector<DeliveryRow> out;
    while (KNS_TRY(rows.step())) {
        DeliveryRow& row = out.emplace_back();
        row.id = rows.integer(0);
        row.name = rows.text(1);
        row.config = KNS_TRY(context(from_json_text<DeliveryConfig>(rows.text(2)), "the catalog's delivery stream " + row.name));
        row.version = rows.u64(3);
        row.created_ms = rows.integer(4);
        row.delivered = {.records = rows.u64(5), .bytes = rows.u64(6), .objects = rows.u64(7)};
        row.last_delivery_ms = rows.maybe_integer(8);
        row.last_error = rows.maybe_text(9);
        row.delivered.failed_records = rows.u64(10);
    }
    return out;
}

Result<void> DeliveryStore::create(DeliveryRow& row) {
    KNS_TRY(db_.change(kInsertDelivery, row.name, to_json(row.config), row.version, row.created_ms));
    if (db_.changes() == 0) return fail(Errc::already_exists, "delivery stream \"{}\" exists already", row.name);
    row.id = db_.last_insert_id();
    return {};
}

Result<void> DeliveryStore::update(const std::string& name, const DeliveryConfig& config, std::uint64_t version) {
    return db_.change(kUpdateDelivery, to_json(config), version, name);
}

Result<void> DeliveryStore::remove(const std::string& name) { return db_.change(kDeleteDelivery, name); }

Result<bool> DeliveryStore::add_delivered(const std::string& name, const std::string& key, const DeliveryTotals& object,
                                          UnixMs now) {
    KNS_TRY(db_.change(kAddDelivered, object.records, object.bytes, object.objects, object.failed_records, now, key, name));
    return db_.changes() > 0;
}

Result<void> DeliveryStore::set_error(const std::string& name, const std::optional<std::string>& error) {
    return db_.change(kSetDeliveryError, error, name);
}

}  // namespace kns
