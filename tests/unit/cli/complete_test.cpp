#include "cli/complete.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace kns::cli {
namespace {

// What a daemon with two streams would offer; remembers what it was asked.
struct Names {
    Completer kind = Completer::none;
    std::string prefix, stream;

    std::vector<Completion> operator()(Completer asked, const std::string& typed, const std::string& of) {
        kind = asked;
        prefix = typed;
        stream = of;
        return {{"clicks", "2 shards"}, {"clocks", "1 shard"}, {"arn:aws:kinesis:us-east-1:0:stream/clicks", ""}};
    }
};

std::vector<std::string> values(const Candidates& candidates) {
    std::vector<std::string> out;
    for (const auto& item : candidates.items) out.push_back(item.value);
    return out;
}

Candidates complete_words(std::vector<std::string> words, Names& names) {
    return complete(
        words, [&](Completer kind, const std::string& prefix, const std::string& stream) { return names(kind, prefix, stream); });
}

Candidates complete_words(std::vector<std::string> words) {
    Names names;
    return complete_words(std::move(words), names);
}

TEST_CASE("the first word completes to nouns and commands, with what they are") {
    const auto found = complete_words({"str"});
    REQUIRE(values(found) == std::vector<std::string>{"stream"});
    CHECK_FALSE(found.items[0].description.empty());
}

TEST_CASE("a noun completes to its verbs") {
    CHECK(values(complete_words({"stream", "cr"})) == std::vector<std::string>{"create"});
    CHECK(values(complete_words({"-o", "json", "stream", "cr"})) == std::vector<std::string>{"create"});
}

TEST_CASE("names are asked of the daemon by kind and prefix") {
    Names names;
    CHECK(values(complete_words({"stream", "show", "cl"}, names)) == std::vector<std::string>{"clicks", "clocks"});
    CHECK(names.kind == Completer::stream);
    CHECK(names.prefix == "cl");
}

TEST_CASE("shards and groups are those of the stream named before") {
    Names names;
    complete_words({"stream", "split", "clicks", ""}, names);
    CHECK(names.kind == Completer::shard);
    CHECK(names.stream == "clicks");
    complete_words({"stream", "groups", "reset", "clicks", "--group", "b"}, names);
    CHECK(names.kind == Completer::group);
    CHECK(names.stream == "clicks");
    CHECK(names.prefix == "b");
}

TEST_CASE("an ARN is completed whole, colons and all") {
    CHECK(values(complete_words({"stream", "show", "arn:aws:k"})) ==
          std::vector<std::string>{"arn:aws:kinesis:us-east-1:0:stream/clicks"});
}

TEST_CASE("options complete to their names, and choices to their values") {
    const auto options = values(complete_words({"stream", "create", "--"}));
    CHECK(std::ranges::count(options, "--shards") == 1);
    CHECK(std::ranges::count(options, "--data-dir") == 1);
    CHECK(values(complete_words({"stream", "list", "-o", "n"})) == std::vector<std::string>{"ndjson"});
    CHECK(values(complete_words({"stream", "list", "--output=t"})) == std::vector<std::string>{"--output=text", "--output=tsv"});
}

TEST_CASE("directories are left to the shell") {
    CHECK(complete_words({"--data-dir", ""}).directive == "dirs");
    CHECK(complete_words({"stream", "list"}).directive == "none");
}

TEST_CASE("help completes to what can be explained") {
    CHECK(values(complete_words({"help", "stream", "cr"})) == std::vector<std::string>{"create"});
    CHECK(values(complete_words({"help", "stream", "create", ""})).empty());
}

TEST_CASE("nothing is offered where nothing can follow") {
    CHECK(values(complete_words({"stream", "show", "clicks", ""})).empty());
    CHECK(values(complete_words({"frobnicate", ""})).empty());
    CHECK(values(complete_words({"stream", "create", "--shards", ""})).empty());
}

}  // namespace
}  // namespace kns::cli
