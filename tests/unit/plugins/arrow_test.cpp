// Rows of tables as the arrow plugin makes them, read back as it shows them in trials; the files themselves are read by others'
// programs in tests/delivery.
#include <catch2/catch.hpp>

#include "plugins/built_in_plugins.hpp"

namespace kns {
namespace {

DeliveryConfig config(std::string schema, std::map<std::string, std::string> options = {}) {
    DeliveryConfig out;
    out.format = "parquet";
    out.compress = Compression::snappy;
    out.schema = std::move(schema);
    out.format_options = std::move(options);
    return out;
}

class Rows {
   public:
    explicit Rows(const DeliveryConfig& config, bool readable = true) {
        const auto list = load_plugins(built_in_plugins(), KNS_TEST_PLUGIN_DIRECTORY, registry_, "format " + config.format);
        if (std::ranges::none_of(list, [](const PluginInfo& info) { return info.name == "arrow" && info.usable; })) return;
        if (readable) registry_.divert({.sink = {}, .wrap = {}});
        format_ = registry_.make_format(config).value();
    }
    // A build without Arrow has nothing to test here.
    bool missing() const {
        if (!format_) WARN("skipped: this build has no Arrow");
        return !format_;
    }
    // What became of one record: its rows, or why there are none.
    std::string of(std::string_view record) {
        const auto unfit = add(record);
        return unfit ? fmt::format("{}: {}", unfit->code.substr(unfit->code.find('.') + 1), unfit->message) : end();
    }
    std::optional<UnfitRecord> add(std::string_view record) { return format_->append(record, out_).value(); }
    std::string end() {
        CHECK(format_->finish(out_));
        return std::exchange(out_, {});
    }

   private:
    Registry registry_;
    std::unique_ptr<Format> format_;
    std::string out_;
};

TEST_CASE("values are read as their columns' types, from what JSON has for them") {
    Rows rows(config("i int, d double, n decimal(10,2), s string, b boolean, t timestamp, z timestamptz, y date, x binary"));
    if (rows.missing()) return;
    CHECK(
        rows.of(
            R"({"i":"12","d":"1.5","n":3.25,"s":7,"b":"TRUE","t":"2026-01-02 03:04:05","z":1767323045,"y":"2026-01-02","x":"ab"})") ==
        R"({"i":12,"d":1.5,"n":3.25,"s":"7","b":true,"t":"2026-01-02T03:04:05","z":"2026-01-02T03:04:05Z","y":"2026-01-02","x":"YWI="})"
        "\n");
    CHECK(rows.of(R"({"i":5.0,"n":"0.1","s":{"a": [1]}})") ==
          R"({"i":5,"d":null,"n":0.10,"s":"{\"a\":[1]}","b":null,"t":null,"z":null,"y":null,"x":null})"
          "\n");
    CHECK(rows.of(R"({"i":5.5})") == "ParseError: column \"i\": 5.5 is no int");
    CHECK(rows.of(R"({"i":3000000000})") == "ParseError: column \"i\": 3000000000 is no int");
    CHECK(rows.of(R"({"n":1.005})") == "ParseError: column \"n\": 1.005 is no decimal(10,2)");
    CHECK(rows.of(R"({"n":"123456789.00"})") == "ParseError: column \"n\": \"123456789.00\" is no decimal(10,2)");
    CHECK(rows.of(R"({"t":"yesterday"})") == "ParseError: column \"t\": \"yesterday\" is no timestamp");
    CHECK(rows.of(R"({"b":1})") == "ParseError: column \"b\": 1 is no boolean");
}

TEST_CASE("a decimal is exact, or refused") {
    Rows rows(config("n decimal(38,10)"));
    if (rows.missing()) return;
    CHECK(rows.of(R"({"n":"1234567890123456789012345678.0123456789"})") == "{\"n\":1234567890123456789012345678.0123456789}\n");
    CHECK(rows.of(R"({"n":1234567890123456789})") == "{\"n\":1234567890123456789.0000000000}\n");
    CHECK(rows.of(R"({"n":1234567890.1234567})") ==
          "ParseError: column \"n\": 1234567890.1234567 is no decimal(38,10) that is sure to be exact: put it in quotes");
}

TEST_CASE("a number is kept to its last digit where nobody asked for floats") {
    Rows rows(config("infer"));
    if (rows.missing()) return;
    CHECK(rows.of(R"({"a":18446744073709551615})") == "{\"a\":18446744073709551615}\n");
    CHECK(!rows.add(R"({"a":9007199254740993})"));
    CHECK(rows.add(R"({"a":0.5})")->message == "column \"a\": 0.5 is no bigint");
    CHECK(rows.add(R"({"a":18446744073709551615})")->message == "column \"a\": 18446744073709551615 is no bigint");
    CHECK(rows.end() == "{\"a\":9007199254740993}\n");
    CHECK(!rows.add(R"({"a":1})"));
    CHECK(!rows.add(R"({"a":0.5})"));
    CHECK(rows.add(R"({"a":9007199254740993})")->message == "column \"a\": 9007199254740993 is no double");
    CHECK(rows.end() == "{\"a\":1}\n{\"a\":0.5}\n");
}

TEST_CASE("numbers far out of their column's range are refused") {
    Rows rows(config("n decimal(10,2), f float"));
    if (rows.missing()) return;
    for (const auto* text : {"1e-100", "1e-40", "1e100", "1e-2147483648", "1e2147483647", "-", ""}) {
        INFO(text);
        CHECK(rows.add(fmt::format(R"({{"n":"{}"}})", text)));
    }
    CHECK(rows.of(R"({"f":1e300})") == "ParseError: column \"f\": 1e+300 is no float");
    CHECK(rows.of(R"({"n":"1e3","f":"nan"})") == "{\"n\":1000.00,\"f\":null}\n");
}

TEST_CASE("a record may hold several objects, all of which become rows or none") {
    Rows rows(config("a int"));
    if (rows.missing()) return;
    CHECK(rows.of(R"({"a":1} {"a":2})") == "{\"a\":1}\n{\"a\":2}\n");
    CHECK(!rows.add(R"({"a":1})"));
    CHECK(rows.add(R"({"a":2}{"a":"x"})"));
    CHECK(rows.add(R"({"a":3}{"a":)"));
    CHECK(rows.add("[1]")->code == "DataFormatConversion.MalformedData");
    CHECK(rows.add("")->code == "DataFormatConversion.MalformedData");
    CHECK(rows.add("{\"a\":\"\xff\"}")->code == "DataFormatConversion.ParseError");
    CHECK(!rows.add(R"({"a":4})"));
    CHECK(rows.end() == "{\"a\":1}\n{\"a\":4}\n");
}

TEST_CASE("keys find their columns whatever their case, unless it counts") {
    auto renamed = config("ts bigint, user_name string");
    renamed.columns = {{"ts", "timestamp"}};
    renamed.format_options = {{"convert_dots_in_json_keys_to_underscores", "true"}};
    Rows rows(renamed);
    if (rows.missing()) return;
    CHECK(rows.of(R"({"Timestamp":1,"user.name":"ann","ts":9})") == "{\"ts\":1,\"user_name\":\"ann\"}\n");
    CHECK(rows.of(R"({"ts":9,"timestamp":1,"timestamp":2})") == "{\"ts\":2,\"user_name\":null}\n");
    Rows strict(config("a int", {{"case_insensitive", "false"}}));
    CHECK(strict.of(R"({"A":1})") == "{\"a\":null}\n");
}

TEST_CASE("nested values that fail half way leave nothing behind") {
    Rows rows(config("a array<struct<x:int,m:map<string,int>>>, b struct<c:array<int>>"));
    if (rows.missing()) return;
    CHECK(!rows.add(R"({"a":[{"x":1,"m":{"k":1}}],"b":{"c":[1,2]}})"));
    CHECK(rows.add(R"({"a":[{"x":1,"m":{"k":1}},{"x":2,"m":{"k":"no"}}]})"));
    CHECK(rows.add(R"({"b":{"c":[1,"no"]}})"));
    CHECK(!rows.add(R"({"a":[],"b":{}})"));
    CHECK(!rows.add(R"({"a":null,"b":{"c":[null,3]}})"));
    CHECK(rows.end() ==
          "{\"a\":[{\"x\":1,\"m\":{\"k\":1}}],\"b\":{\"c\":[1,2]}}\n{\"a\":[],\"b\":{\"c\":null}}\n{\"a\":null,\"b\":{\"c\":[null,"
          "3]}}\n");
}

TEST_CASE("inferred columns come as records have them, and are those of one object") {
    Rows rows(config("infer"));
    if (rows.missing()) return;
    CHECK(rows.add("{}")->message == "the record has no values, and there are no columns yet");
    CHECK(!rows.add(R"({"a":1,"n":null,"e":[],"o":{"p":{}}})"));
    CHECK(!rows.add(R"({"b":{"x":[1]},"a":2.5})"));
    CHECK(rows.add(R"({"a":"text"})")->message == "column \"a\": \"text\" is no double");
    CHECK(!rows.add(R"({"A":3,"e":["z"],"b":{"y":true}})"));
    CHECK(rows.end() ==
          "{\"a\":1,\"b\":null,\"e\":null}\n{\"a\":2.5,\"b\":{\"x\":[1],\"y\":null},\"e\":null}\n"
          "{\"a\":3,\"b\":{\"x\":null,\"y\":true},\"e\":[\"z\"]}\n");
    CHECK(rows.of(R"({"z":"new"})") == "{\"z\":\"new\"}\n");
}

TEST_CASE("a file is Parquet or ORC from its first byte to its last") {
    auto each = config("a int");
    Rows parquet(each, false);
    if (parquet.missing()) return;
    const std::string file = parquet.of(R"({"a":1})");
    CHECK(file.starts_with("PAR1"));
    CHECK(file.ends_with("PAR1"));
    CHECK(parquet.of("[]") == "MalformedData: the record is JSON, but no object");
    CHECK(parquet.end().empty());
    each.format = "orc";
    CHECK(Rows(each, false).of(R"({"a":1})").starts_with("ORC"));
}

}  // namespace
}  // namespace kns
