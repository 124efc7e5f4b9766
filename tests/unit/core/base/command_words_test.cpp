#include "core/base/command_words.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("words are parted as a shell parts them, quotes and all") {
    CHECK(split_words("./clean.sh --level 3").value() == Words{"./clean.sh", "--level", "3"});
    CHECK(split_words("  jq -c '.a | .b'  ").value() == Words{"jq", "-c", ".a | .b"});
    CHECK(split_words(R"(sed "s/\"a\"/\\b/" x\ y '')").value() == Words{"sed", R"(s/"a"/\b/)", "x y", ""});
    CHECK(split_words(R"(a'b'"c"d '\n')").value() == Words{"abcd", R"(\n)"});
}

TEST_CASE("what only a shell could do is refused by name") {
    struct Case {
        const char *text, *message;
    };
    const Case c = GENERATE(values<Case>({
        {"a | b", "the command has an unquoted |, which only a shell understands"},
        {"a > b", "the command has an unquoted >, which only a shell understands"},
        {"echo $HOME", "the command has an unquoted $, which only a shell understands"},
        {"a 'b", "the command has a quote ' that is not closed"},
        {"", "the command is empty"},
        {"'' x", "the command is empty"},
        {"a\nb", "a command is one line of text"},
    }));
    const auto words = split_words(c.text);
    REQUIRE_FALSE(words);
    CHECK(words.error().message == c.message);
}

TEST_CASE("a program named by a relative path is found from where it was typed") {
    CHECK(anchor_transform("./clean.sh -x", "/home/you") == "/home/you/clean.sh -x");
    CHECK(anchor_transform("bin/clean", "/home/you/") == "/home/you/bin/clean");
    CHECK(anchor_transform("../clean", "/home/you") == "/home/you/../clean");
    CHECK(anchor_transform("jq -c ./x", "/home/you") == "jq -c ./x");
    CHECK(anchor_transform("/bin/cat", "/home/you") == "/bin/cat");
    CHECK(anchor_transform("", "/home/you").empty());
    CHECK(anchor_transform("lambda:fn", "/home/you") == "lambda:/home/you/fn");
    CHECK(anchor_transform("lambda:./fn?handler=a.b", "/home/you") == "lambda:/home/you/fn?handler=a.b");
    CHECK(anchor_transform("lambda:/fn", "/home/you") == "lambda:/fn");
    CHECK(anchor_transform("lambda:http://h/x", "/home/you") == "lambda:http://h/x");
    // A directory with a blank stays one word.
    CHECK(split_words(anchor_transform("./it's.sh a", "/my files")).error().code == Errc::invalid_argument);
    CHECK(split_words(anchor_transform("./clean.sh a", "/my file's")).value() == Words{"/my file's/clean.sh", "a"});
}

}  // namespace
}  // namespace kns
