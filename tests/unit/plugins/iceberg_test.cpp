// What Iceberg's tables and manifests are made of; the tables themselves are read by PyIceberg in tests/delivery.
#include <catch2/catch.hpp>

#include "core/base/json.hpp"
#include "plugins/iceberg/avro.hpp"
#include "plugins/iceberg/table_metadata.hpp"

namespace kns {
namespace {

std::string text_of(const JsonValue& value) {
    JsonWriter out;
    value.write(out);
    return out.take();
}

TEST_CASE("what is written as Avro is read as it was") {
    const AvroFile file{
        .schema =
            parse_json(
                R"({"type":"record","name":"r","fields":[{"name":"n","type":"long"},{"name":"s","type":["null","string"]},)"
                R"({"name":"l","type":{"type":"array","items":{"type":"record","name":"in","fields":[{"name":"b","type":"boolean"}]}}},)"
                R"({"name":"again","type":["null","in"]},{"name":"raw","type":"bytes"}]})")
                .value(),
        .metadata = {{"k", "v"}},
        .records = {
            parse_json(R"({"n":-9223372036854775808,"s":null,"l":[{"b":true},{"b":false}],"again":{"b":true},"raw":""})").value(),
            parse_json(R"({"n":300,"s":"x","l":[],"again":null,"raw":"y"})").value()}};
    const auto bytes = write_avro(file).value();
    const auto back = read_avro(bytes).value();
    CHECK(back.metadata == file.metadata);
    REQUIRE(back.records.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) CHECK(text_of(back.records[i]) == text_of(file.records[i]));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto cut = read_avro(std::string_view(bytes).substr(0, i));
        CHECK((!cut || cut->records.empty()));  // its head alone is a file without records
    }
    CHECK(write_avro({.schema = file.schema, .metadata = {}, .records = {parse_json(R"({"n":"x"})").value()}}).error().message ==
          "expected a whole number, got a string");
}

TEST_CASE("columns get the table's ids by their names, and new ones come behind") {
    auto table = TableMetadata::make("file:///t", "u", 1);
    const auto first = table.take_columns(parse_table_schema("a int, s struct<x:tinyint,l:array<string>>").value()).value();
    CHECK(first[0].id == 1);
    CHECK(first[1].id == 2);
    CHECK(first[1].type.fields[0].id == 3);
    CHECK(first[1].type.fields[0].type.kind == ColumnType::Kind::integer);
    CHECK(first[1].type.fields[1].type.fields[0].id == 5);
    CHECK(table.current_schema_id() == 0);
    auto again = TableMetadata::parse(table.text()).value();
    const auto second = again.take_columns(parse_table_schema("b date, s struct<y:int,x:int>, a int").value()).value();
    CHECK(second[0].id == 6);
    CHECK(second[1].type.fields[0].id == 7);
    CHECK(second[1].type.fields[1].id == 3);
    CHECK(second[2].id == 1);
    CHECK(again.current_schema_id() == 1);
    CHECK(again.take_columns(parse_table_schema("a int").value()).value()[0].id == 1);
    CHECK(again.current_schema_id() == 1);
    CHECK(again.take_columns(parse_table_schema("a string").value()).error().message ==
          "column \"a\" is int in the table, and not string");
    CHECK(again.take_columns(parse_table_schema("s int").value()).error().message ==
          "column \"s\" is struct in the table, and not int");
}

TEST_CASE("a table that must not be appended to is left alone") {
    struct Case {
        const char *json, *message;
    };
    const Case c = GENERATE(values<Case>({
        {"[]", "the table's metadata is no object"},
        {R"({"format-version":1})", "the table has Iceberg's format version 1, and kns appends to version 2"},
        {R"({"format-version":3})", "the table has Iceberg's format version 3, and kns appends to version 2"},
        {R"({"format-version":2,"default-spec-id":1,"partition-specs":[{"spec-id":0,"fields":[]},{"spec-id":1,"fields":[{}]}]})",
         "the table has partitions, and kns appends to tables without"},
        {R"({"format-version":2})", "the table's metadata has no current schema"},
        {R"({"format-version":2,"schemas":[{"schema-id":0}],"current-snapshot-id":7})",
         "the table's metadata lacks its current snapshot"},
    }));
    CHECK(TableMetadata::parse(c.json).error().message == c.message);
    const auto required =
        R"({"format-version":2,"schemas":[{"schema-id":0,"fields":[{"id":1,"name":"a","required":true,"type":"int"}]}]})";
    CHECK(TableMetadata::parse(required)->take_columns(parse_table_schema("a int").value()).error().message ==
          "column \"a\" of the table must always have a value, which records may lack");
}

TEST_CASE("a table forgets what its properties say, and nothing of a table that says nothing") {
    auto ours = TableMetadata::make("file:///t", "u", 1);
    for (int i = 0; i < 101; ++i)
        ours.append({.snapshot_id = i + 1,
                     .at = i,
                     .manifest_list = fmt::format("l{}", i),
                     .object_key = fmt::format("k{}", i),
                     .delivery = i % 2 ? "odd" : "even",
                     .rows = 2,
                     .bytes = 3},
                    i ? fmt::format("v{}", i) : "");
    CHECK(ours.has_object("k0", "even"));
    auto forgotten = ours.forget();
    CHECK(forgotten.metadata_files.empty());
    CHECK(forgotten.manifest_lists == std::vector<std::string>{"l0"});
    CHECK(forgotten.next_list == "l1");
    CHECK_FALSE(ours.has_object("k0", "even"));
    CHECK(ours.has_object("k1", "odd"));
    ours.append({.snapshot_id = 200, .at = 200, .manifest_list = "l", .object_key = "rare", .delivery = "rare"}, "v");
    for (int i = 0; i < 100; ++i)
        ours.append({.snapshot_id = i + 300, .at = 300, .manifest_list = "l", .object_key = "k", .delivery = "odd"}, "v");
    std::ignore = ours.forget();
    CHECK(ours.has_object("rare", "rare"));
    CHECK_FALSE(ours.has_object("rare", "odd"));
    auto theirs = TableMetadata::parse(R"({"format-version":2,"schemas":[{"schema-id":0}]})").value();
    for (int i = 0; i < 300; ++i) theirs.append({.snapshot_id = i + 1, .at = i, .manifest_list = "l", .object_key = "k"}, "v");
    forgotten = theirs.forget();
    CHECK(forgotten.metadata_files.empty());
    CHECK(forgotten.manifest_lists.empty());
}

}  // namespace
}  // namespace kns
