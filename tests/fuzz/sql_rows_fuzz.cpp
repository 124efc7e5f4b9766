// Records as rows of a table: whatever the bytes are, a row comes of them or a reason, and the rows before are as they were.
#include "core/sql/engine/script.hpp"
#include "core/sql/source/guess_columns.hpp"
#include "core/sql/source/row_decoder.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns::sql;
using kns::fuzz::must;

namespace {

const Table& table(const char* format) {
    static Catalog catalog = [] {
        Catalog out;
        const auto made = plan_script(
            "CREATE TABLE json (a BIGINT, b STRING, c DOUBLE, d DECIMAL(20, 4), e TIMESTAMP(3), f BOOLEAN, g ROW<x INT, y ROW<z "
            "STRING>>, h ARRAY<INT>, "
            "i MAP<STRING, DOUBLE>, j BYTES, k DATE, l TIME, m TIMESTAMP_LTZ(6), n TINYINT, o FLOAT) WITH ('format' = 'json');"
            "CREATE TABLE csv (a BIGINT, b STRING, c DOUBLE, d DATE) WITH ('format' = 'csv');",
            out);
        must(made.has_value());
        return out;
    }();
    return catalog.tables().at(format);
}

void decode(const char* format, const std::vector<FieldPath>& paths, std::string_view record) {
    const auto decoder = make_decoder(table(format), paths);
    must(decoder.has_value());
    const std::string padded = std::string(record) + std::string(kRecordPadding, ' ');
    std::size_t rows = 0;
    for (int n = 0; n < 2; ++n) rows += (*decoder)->append(std::string_view(padded).substr(0, record.size()), {}) ? 0 : 1;
    must((*decoder)->size() == rows);
    const Batch batch = (*decoder)->take();
    must(batch.size == rows && batch.columns.size() == paths.size());
    std::string text;
    Schema schema;
    for (const auto& path : paths) {
        Type type = table(format).columns[path[0]].type;
        for (std::size_t i = 1; i < path.size(); ++i) type = Type(type.elements[path[i]]);
        schema.push_back({.name = "c", .type = type});
    }
    append_changes(text, batch, schema);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view record(reinterpret_cast<const char*>(data), size);
    std::vector<FieldPath> all;
    for (std::size_t i = 0; i < table("json").columns.size(); ++i) all.push_back({i});
    all.push_back({6, 1, 0});
    decode("json", all, record);
    decode("csv", {{0}, {1}, {2}, {3}}, record);
    (void)guess_columns({std::string(record)});
    return 0;
}
