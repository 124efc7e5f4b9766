#include "cli/key_source.hpp"

#include <catch2/catch.hpp>

namespace kns::cli {
namespace {

std::string_view at(std::string_view path, std::string_view json) { return JsonPath::parse(path).value().find(json); }

TEST_CASE("a path finds a value without reading the rest") {
    const std::string_view json = R"( {"a": 1, "b": {"a": "x\"}", "c": [10, {"d": true}, "]"]}, "e": -1.5e3} behind )";
    CHECK(at("a", json) == "1");
    CHECK(at("$.a", json) == "1");
    CHECK(at("b.a", json) == R"("x\"}")");
    CHECK(at("b.c[0]", json) == "10");
    CHECK(at("b.c[1].d", json) == "true");
    CHECK(at("$.b.c[2]", json) == R"("]")");
    CHECK(at("e", json) == "-1.5e3");
    CHECK(at("b.c[1]", json) == R"({"d": true})");
    CHECK(at("$[1]", "[1, 2]") == "2");
}

TEST_CASE("where there is nothing, nothing is found") {
    for (const std::string_view json : {R"({"b":1})", R"({"a":{}})", R"({"a":[]})", "", "a", "{", R"({"a")", R"({"a":)",
                                        R"({"x":"a)", R"({"x":[1)", "[]", R"({"x" "a"})", R"({"x":"\)"})
        CHECK(at("a.c", json).empty());
    CHECK(at("a[1]", R"({"a":[0]})").empty());
}

TEST_CASE("a member's name may be written with escapes") { CHECK(at("key", R"({"\u006bey":5})") == "5"); }

TEST_CASE("texts that are no paths are refused") {
    for (const auto* text : {"", "$", "a..b", "a[", "a[x]", "a[]", "$a", ".", "a."}) CHECK_FALSE(JsonPath::parse(text));
}

TEST_CASE("a key from JSON is a text, a number or a truth value") {
    auto source = KeySource::json("id").value();
    CHECK(source.find(R"({"id":"k1"})").value() == "k1");
    CHECK(source.find(R"({"id":42})").value() == "42");
    CHECK(source.find(R"({"id":true})").value() == "true");
    CHECK(source.find(R"({"id":"\u00e9\n"})").value() == "\xc3\xa9\n");
    for (const auto* bad : {R"({"id":null})", R"({"id":{}})", R"({"id":[1]})", R"({"no":1})", "text"})
        CHECK_FALSE(source.find(bad));
}

TEST_CASE("fields are words, counted from 1") {
    auto second = KeySource::field(2).value();
    CHECK(second.find("a b c").value() == "b");
    CHECK(second.find("  a\t\tb\r").value() == "b");
    CHECK_FALSE(second.find("a "));
    CHECK_FALSE(second.find(""));
    CHECK_FALSE(KeySource::field(0));
}

TEST_CASE("a key has 1 to 256 characters, whatever their bytes") {
    CHECK_FALSE(check_key(""));
    CHECK(check_key(std::string(256, 'k')));
    CHECK_FALSE(check_key(std::string(257, 'k')));
    std::string wide;
    for (int i = 0; i < 256; ++i) wide += "\xc3\xa9";
    CHECK(check_key(wide));
}

}  // namespace
}  // namespace kns::cli
