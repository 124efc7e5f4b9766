#include "cli/suggest.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cli/words.hpp"

namespace kns::cli {
namespace {

std::string guess(std::string_view line) { return suggest_command(words_of(line)).value_or("nothing"); }

TEST_CASE("the distance counts insertions, deletions, replacements and swaps") {
    CHECK(edit_distance("stream", "stream") == 0);
    CHECK(edit_distance("strem", "stream") == 1);
    CHECK(edit_distance("stramm", "stream") == 2);
    CHECK(edit_distance("tsream", "stream") == 1);
    CHECK(edit_distance("", "abc") == 3);
}

TEST_CASE("a misspelt noun or verb is recognised") {
    CHECK(guess("kns strem create x") == "stream create");
    CHECK(guess("kns stream crate x") == "stream create");
    CHECK(guess("kns streams list") == "stream list");
    CHECK(guess("kns deamon") == "daemon");
}

TEST_CASE("swapped words are put in order") {
    CHECK(guess("kns create stream x") == "stream create");
    CHECK(guess("kns lst strem") == "stream list");
}

TEST_CASE("a verb's other names are known") {
    CHECK(guess("kns stream ls") == "stream list");
    CHECK(guess("kns stream rm x") == "stream delete");
    CHECK(guess("kns stream describe x") == "stream show");
}

TEST_CASE("nothing is suggested for what resembles nothing") {
    CHECK(guess("kns frobnicate") == "nothing");
    CHECK_FALSE(nearest("xyzzy", std::vector<std::string_view>{"shards", "retention"}));
}

}  // namespace
}  // namespace kns::cli
