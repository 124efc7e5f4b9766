#include "core/firehose/table_schema.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

std::string shown(std::string_view text) {
    const auto schema = parse_table_schema(text);
    if (!schema) return "error: " + schema.error().text();
    std::string out;
    for (const auto& column : *schema) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", column.name, type_name(column.type));
    return out;
}

TEST_CASE("columns are read from DDL as databases write it") {
    CHECK(shown("id bigint, name varchar(20) NOT NULL DEFAULT 'a, b)', at TIMESTAMP WITH TIME ZONE") ==
          "id bigint, name string, at timestamptz");
    CHECK(shown("CREATE EXTERNAL TABLE IF NOT EXISTS db.t (\n  `a b` int COMMENT ',' , -- more\n  /* x */ \"C\" decimal(12, 3))\n"
                "PARTITIONED BY (d string) STORED AS PARQUET;") == "a b int, C decimal(12,3)");
    CHECK(shown("a array<struct<x:int,y:map<string,double>>>, b row(p real, q double precision)") ==
          "a array<struct<x:int,y:map<string,double>>>, b struct<p:float,q:double>");
    CHECK(shown("(d decimal, t timestamp(3) without time zone)") == "d decimal(10,0), t timestamp");
}

TEST_CASE("columns are read from a JSON schema, and from a table as Glue describes it") {
    CHECK(shown(R"({"type":"object","properties":{"id":{"type":"integer"},"at":{"type":["null","string"],"format":"date-time"},
                    "tags":{"type":"array","items":{"type":"string"}},"geo":{"type":"object","properties":{"lat":{"type":"number"}}},
                    "labels":{"type":"object","additionalProperties":{"type":"boolean"}},"any":{"type":"object"}}})") ==
          "id bigint, at timestamptz, tags array<string>, geo struct<lat:double>, labels map<string,boolean>, any string");
    CHECK(
        shown(
            R"({"Table":{"Name":"t","StorageDescriptor":{"Columns":[{"Name":"id","Type":"bigint"},{"Name":"m","Type":"map<string,int>"}]}}})") ==
        "id bigint, m map<string,int>");
}

TEST_CASE("what is no schema is refused, and says where") {
    CHECK(shown("") == "error: the schema has no columns");
    CHECK(shown("a int, A string") == "error: the schema has the column \"a\" twice");
    CHECK(shown("a") == "error: column \"a\": the schema ends where a type should be");
    CHECK(shown("a integr") == "error: column \"a\": the schema says \"integr\" where a type should be");
    CHECK(shown("a array") == "error: column \"a\": what an array, a map or a struct is made of is missing: array<string>");
    CHECK(shown("a map<int,int>") == "error: column \"a\": the keys of a map are strings, as JSON's are");
    CHECK(shown("a decimal(39,1)") == "error: column \"a\": a decimal has 1 to 38 digits, and no more of them behind the point");
    CHECK(shown("create table t (a int") == "error: the schema ends before its closing parenthesis");
    CHECK(shown("a int comment 'x") == "error: the schema has a quote that does not end");
    CHECK(shown("{}").starts_with("error: the schema is JSON, and has neither"));
    CHECK(shown(R"({"properties":{"a":{"type":"whatever"}}})") == "error: column \"a\": \"whatever\" is no type of a JSON schema");
    std::string deep = "a ";
    for (int i = 0; i < 100'000; ++i) deep += "array<";
    CHECK(shown(deep) == "error: column \"a\": the schema's types nest more than 16 deep");
}

}  // namespace
}  // namespace kns
