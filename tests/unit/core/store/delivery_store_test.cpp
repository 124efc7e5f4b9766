#include "core/store/delivery_store.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/store/memory_database.hpp"

namespace kns {
namespace {

DeliveryRow row_named(std::string name) {
    return {.name = std::move(name), .config = make_delivery_config({{.to = "/out"}, "x"}).value(), .created_ms = 5};
}

TEST_CASE("a delivery stream is stored whole and found again") {
    Database db = memory_database();
    DeliveryStore store(db);
    auto b = row_named("b"), a = row_named("a");
    REQUIRE(store.create(b));
    REQUIRE(store.create(a));
    const auto all = store.all().value();
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "a");
    CHECK(all[0].config == a.config);
    CHECK(all[0].version == 1);
    CHECK(all[0].created_ms == 5);
    CHECK(store.create(a).error().code == Errc::already_exists);
    REQUIRE(store.remove("a"));
    CHECK(store.all().value().size() == 1);
}

TEST_CASE("a delivery adds to the totals and clears the error") {
    Database db = memory_database();
    DeliveryStore store(db);
    auto row = row_named("a");
    REQUIRE(store.create(row));
    REQUIRE(store.set_error("a", "disk full"));
    CHECK(store.all().value()[0].last_error == "disk full");
    REQUIRE(store.add_delivered("a", "k1", {.records = 3, .bytes = 30, .objects = 1}, 100));
    REQUIRE(store.add_delivered("a", "k2", {.records = 2, .bytes = 20, .objects = 1}, 200));
    CHECK_FALSE(store.add_delivered("a", "k2", {.records = 2, .bytes = 20, .objects = 1}, 300).value());  // made again
    const auto after = store.all().value()[0];
    CHECK(after.delivered.records == 5);
    CHECK(after.delivered.bytes == 50);
    CHECK(after.delivered.objects == 2);
    CHECK(after.last_delivery_ms == 200);
    CHECK_FALSE(after.last_error);
}

TEST_CASE("an update replaces the configuration and its version") {
    Database db = memory_database();
    DeliveryStore store(db);
    auto row = row_named("a");
    REQUIRE(store.create(row));
    row.config.prefix = "p/";
    REQUIRE(store.update("a", row.config, 2));
    CHECK(store.all().value()[0].config == row.config);
    CHECK(store.all().value()[0].version == 2);
}

}  // namespace
}  // namespace kns
