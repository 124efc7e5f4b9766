#include "core/firehose/postgres_table.hpp"

#include <catch2/catch.hpp>

#include "core/firehose/destination.hpp"

namespace kns {
namespace {

TEST_CASE("a table has its place in a URL, which comes back in its one form") {
    struct Case {
        const char *given, *url;
    };
    const Case c = GENERATE(values<Case>({
        {"postgres://kns@db/shop?table=clicks", "postgres://kns@db:5432/shop?table=clicks"},
        {"postgresql://db:5433/shop?columns=a,b&table=s.clicks&sslmode=require",
         "postgres://db:5433/shop?table=s.clicks&columns=a,b&sslmode=require"},
        {"postgres://[::1]:5432/shop?table=t&columns=data&format=raw",
         "postgres://[::1]:5432/shop?table=t&columns=data&format=raw"},
        {"postgres://db/shop?table=t&format=json", "postgres://db:5432/shop?table=t"},
    }));
    const auto destination = parse_destination(c.given);
    REQUIRE(destination);
    CHECK(destination->url() == c.url);
    CHECK(parse_destination(destination->url())->url() == c.url);
    CHECK_FALSE(destination->takes_objects());
}

TEST_CASE("what is no table is refused with the reason") {
    struct Case {
        const char *url, *message;
    };
    const Case c = GENERATE(values<Case>({
        {"postgres://me:hush@db/shop?table=t", "a URL is no place for a password"},
        {"postgres://db?table=t", "\"postgres://db?table=t\" is no table: it names no database"},
        {"postgres://db/shop", "\"postgres://db/shop\" is no table: it does not say which: ?table=NAME"},
        {"postgres:/db?table=t", "\"postgres:/db?table=t\" is no table: its scheme is not followed by ://"},
        {"postgres:///shop?table=t", "\"postgres:///shop?table=t\" is no table: it names no host"},
        {"postgres://db:0/shop?table=t", "\"postgres://db:0/shop?table=t\" is no table: its port is none"},
        {"postgres://db/shop?table=a'b", "\"postgres://db/shop?table=a'b\" is no table: its table is no name"},
        {"postgres://db/shop?table=t&format=raw",
         "\"postgres://db/shop?table=t&format=raw\" is no table: format=raw needs the one column: &columns=NAME"},
        {"postgres://db/shop?table=t&options=x",
         "\"postgres://db/shop?table=t&options=x\" is no table: it says \"options=x\"; "
         "table, columns, format (json or raw) and sslmode are known"},
    }));
    const auto table = parse_postgres_table(c.url);
    REQUIRE_FALSE(table);
    CHECK(table.error().message == c.message);
}

TEST_CASE("a record is a line of COPY, with its columns in order and everything escaped") {
    const std::vector<std::string> columns{"a", "b", "c"};
    CHECK(copy_line(R"({"b":"x\ty\nz\\","a":1,"d":"no column"})", columns).value() == "1\tx\\ty\\nz\\\\\t\\N");
    CHECK(copy_line(R"({"a":true,"b":null,"c":{"k":[1,"\\"]}})", columns).value() == "true\t\\N\t{\"k\":[1,\"\\\\\\\\\"]}");
    CHECK(copy_line(R"({"a":"","b":"\\N","c":"\\."})", columns).value() == "\t\\\\N\t\\\\.");
    CHECK(copy_line("{}", {}).value().empty());
    for (const auto* odd : {"", "[1]", "1", "{"}) CHECK_FALSE(copy_line(odd, columns));
    CHECK(copy_line_raw("a\tb\\\r\nc\n") == "a\\tb\\\\\\r\\nc");
    CHECK(copy_line_raw("").empty());
}

}  // namespace
}  // namespace kns
