#include "core/firehose/table_format.hpp"

#include <catch2/catch.hpp>

#include "core/firehose/delivery_config.hpp"

namespace kns {
namespace {

DeliverySettings settings(std::map<std::string, std::string> options, std::string format = "parquet") {
    DeliverySettings out;
    out.format = std::move(format);
    out.schema = "id bigint, name string";
    out.compress = Compression::snappy;
    out.format_options = std::move(options);
    return out;
}
std::string wrong(const DeliverySettings& settings) {
    const auto format = table_format(settings);
    return format ? "" : format.error().message;
}

TEST_CASE("options of a format are read, each by its kind") {
    const auto parquet =
        table_format(settings({{"page_size_bytes", "65536"}, {"int96", "true"}, {"timestamp_formats", "millis"}})).value();
    CHECK(parquet.page_size_bytes == 65536);
    CHECK(parquet.int96);
    CHECK(parquet.timestamps.read("5") == 5000);
    const auto orc =
        table_format(settings({{"bloom_filter_columns", "id,name"}, {"dictionary_key_threshold", "0.5"}}, "orc")).value();
    CHECK(orc.bloom_filter_columns == std::vector<std::string>{"id", "name"});
    CHECK(orc.dictionary_key_threshold == 0.5);
}

TEST_CASE("an option that is unknown, of another format or out of bounds is refused") {
    CHECK(wrong(settings({{"pages", "1"}})) == "the format \"parquet\" has no option \"pages\"");
    CHECK(wrong(settings({{"int96", "true"}}, "orc")) == "the format \"orc\" has no option \"int96\"");
    CHECK(wrong(settings({{"int96", "yes"}})) == "the format option int96 is true or false, not \"yes\"");
    CHECK(wrong(settings({{"page_size_bytes", "1"}})) == "a page has 1 KiB to 64 MiB");
    CHECK(wrong(settings({{"bloom_filter_columns", "x"}}, "orc")) ==
          "bloom_filter_columns names \"x\", which is no column of the schema");
    auto zip = settings({});
    zip.compress = Compression::zip;
    CHECK(wrong(zip) == "Parquet is compressed inside with snappy, gzip or zstd, or not at all; not with zip");
    auto other = settings({});
    other.columns = {{"x", "y"}};
    CHECK(wrong(other) == "a key is given for \"x\", which is no column of the schema");
}

TEST_CASE("a table's usual buffer and compression come with its format, and go with it") {
    CreateDelivery request;
    request.name = "t";
    request.to = "file:///tmp/t/";
    request.format = "parquet";
    CHECK(make_delivery_config(request).error().message == "the format \"parquet\" needs a schema: the columns of its rows");
    request.schema = "id int";
    const auto made = make_delivery_config(request).value();
    CHECK(made.compress == Compression::snappy);
    CHECK(made.buffer_bytes == 128U << 20);
    UpdateDelivery back;
    back.format = "json";
    const auto plain = update_delivery_config(made, back).value();
    CHECK(plain.compress == Compression::none);
    CHECK(plain.buffer_bytes == 5U << 20);
    CHECK(plain.schema.empty());
    UpdateDelivery odd;
    odd.schema = "id int";
    CHECK(update_delivery_config(plain, odd).error().message ==
          "a schema, columns and format options belong to the formats parquet and orc");
    request.to = "http://127.0.0.1:9/";
    request.backup = "file:///tmp/b/";
    CHECK(make_delivery_config(request).error().message == "only objects can have the format \"parquet\"");
}

}  // namespace
}  // namespace kns
