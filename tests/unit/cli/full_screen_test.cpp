#include "cli/full_screen.hpp"

#include <catch2/catch.hpp>

namespace kns::cli {
namespace {

TEST_CASE("keys are taken one by one from what was typed") {
    std::string typed = "j\033[A\033OB\033[6~\r\033";
    CHECK(take_key(typed).character == 'j');
    CHECK(take_key(typed).key == Key::up);
    CHECK(take_key(typed).key == Key::down);
    CHECK(take_key(typed).key == Key::page_down);
    CHECK(take_key(typed).key == Key::enter);
    CHECK(take_key(typed).key == Key::escape);
    CHECK(typed.empty());
}

TEST_CASE("a key that nobody knows is taken whole") {
    std::string typed = "\033[1;5Cq\033[";
    CHECK(take_key(typed).key == Key::none);
    CHECK(take_key(typed).character == 'q');
    CHECK(take_key(typed).key == Key::none);
    CHECK(typed.empty());
}

}  // namespace
}  // namespace kns::cli
