#include "cli/text_width.hpp"

#include <catch2/catch.hpp>

namespace kns::cli {
namespace {

TEST_CASE("the width of text is what a terminal gives it") {
    CHECK(display_width("") == 0);
    CHECK(display_width("clicks") == 6);
    CHECK(display_width("größe") == 5);
    CHECK(display_width("日本") == 4);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("🚀") == 2);
}

TEST_CASE("fitted text is exactly as wide as asked for") {
    CHECK(fitted("clicks", 8) == "clicks  ");
    CHECK(fitted("12", 5, true) == "   12");
    CHECK(fitted("clickstream", 6) == "click…");
    CHECK(fitted("clickstream", 6, false, "~") == "click~");
    CHECK(fitted("日本語の流れ", 6) == "日本… ");  // half a character does not fit
    CHECK(fitted("日本語", 6) == "日本語");
    CHECK(fitted("clicks", 1) == "…");
    CHECK(fitted("clicks", 0).empty());
}

TEST_CASE("what would move the cursor or is no text becomes question marks") {
    CHECK(fitted("a\033[2Jb", 6) == "a?[2Jb");
    CHECK(fitted("a\nb\xff", 4) == "a?b?");
    CHECK(fitted("\xe6\x97", 2) == "??");
}

}  // namespace
}  // namespace kns::cli
