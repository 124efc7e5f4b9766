#include "core/firehose/search_index.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

UnixMs at(std::string_view text) { return parse_time(text, 0).value(); }

TEST_CASE("an index is named by the arrival of its documents, as the guide's example has it") {
    struct Case {
        IndexRotation rotation;
        const char* name;
    };
    const Case c = GENERATE(values<Case>({{IndexRotation::none, "myindex"},
                                          {IndexRotation::hour, "myindex-2016-02-25-13"},
                                          {IndexRotation::day, "myindex-2016-02-25"},
                                          {IndexRotation::week, "myindex-2016-w08"},
                                          {IndexRotation::month, "myindex-2016-02"}}));
    CHECK(index_name({.name = "myindex", .rotation = c.rotation}, at("2016-02-25T13:00:00Z")) == c.name);
}

TEST_CASE("a week is where its Thursday is") {
    const SearchIndex index{.name = "i", .rotation = IndexRotation::week};
    CHECK(index_name(index, at("2016-01-03T23:59:59Z")) == "i-2015-w53");
    CHECK(index_name(index, at("2016-01-04T00:00:00Z")) == "i-2016-w01");
    CHECK(index_name(index, at("2024-12-30T12:00:00Z")) == "i-2025-w01");
}

TEST_CASE("an index is told with its rotation and its ids, and nothing else") {
    const auto index = parse_search_index("/clicks.raw?rotation=OneWeek&id=none").value();
    CHECK(index.name == "clicks.raw");
    CHECK(index.rotation == IndexRotation::week);
    CHECK_FALSE(index.ids);
    CHECK(parse_search_index("/clicks").value().ids);
    for (const auto* wrong : {"", "/", "/Clicks", "/a b", "/_x", "/a/b", "/..", "/a?rotation=Never", "/a?id=mine", "/a?x"}) {
        INFO(wrong);
        CHECK_FALSE(parse_search_index(wrong));
    }
    CHECK_FALSE(parse_search_index("/" + std::string(81, 'a')));
}

}  // namespace
}  // namespace kns
