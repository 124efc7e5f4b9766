// The metadata and the manifests of a table of Iceberg, whoever wrote them.
#include "plugins/iceberg/avro.hpp"
#include "plugins/iceberg/manifests.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto choice = input.choice();
    if (choice % 2 == 0) {
        if (const auto file = read_avro(input.rest())) {
            // What can be written again is the same then.
            if (const auto bytes = write_avro(*file)) {
                const auto back = read_avro(*bytes);
                must(back && back->records.size() == file->records.size() && back->metadata == file->metadata);
            }
        }
        std::ignore = read_manifest_list(input.rest());
        return 0;
    }
    auto table = TableMetadata::parse(input.rest());
    if (!table) return 0;
    const auto wanted = parse_table_schema("a int, b decimal(9,2), s struct<x:bigint,l:array<string>,m:map<string,date>>").value();
    if (const auto columns = table->take_columns(wanted)) {
        // They are there now, with these ids.
        must(*table->take_columns(wanted) == *columns);
        must(TableMetadata::parse(table->text()).has_value());
    }
    table->append({.snapshot_id = 1, .at = 1, .manifest_list = "l", .object_key = "k"}, "v");
    std::ignore = table->forget();
    must(TableMetadata::parse(table->text()).has_value());
    return 0;
}
