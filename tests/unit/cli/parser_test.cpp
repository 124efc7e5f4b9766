#include "cli/parser.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/unit/cli/words.hpp"

namespace kns::cli {
namespace {

Result<Parsed> parse_line(std::string_view line, const std::map<std::string, std::string>& variables = {}) {
    const auto resolution = resolve(words_of(line));
    REQUIRE(resolution.command);
    return parse(*resolution.command, resolution.rest, [&](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

std::string message_of(const Result<Parsed>& parsed) {
    REQUIRE_FALSE(parsed);
    CHECK(row_of(parsed.error().code).exit == ExitCode::usage);
    return parsed.error().message;
}

TEST_CASE("global options may stand anywhere on the line") {
    for (const auto* line : {"kns -o json stream --data-dir /d list", "kns stream list -ojson --data-dir=/d",
                             "kns --data-dir /d -o json stream list"}) {
        const auto parsed = parse_line(line);
        REQUIRE(parsed);
        CHECK(parsed->args.command().path == "stream list");
        CHECK(parsed->settings.output == Format::json);
        CHECK(parsed->settings.data_dir == "/d");
    }
}

TEST_CASE("a listing's own verbs may follow the name") {
    for (const auto* line : {"kns stream groups reset s --group g --to start", "kns stream groups s reset --group g --to start"}) {
        const auto parsed = parse_line(line);
        REQUIRE(parsed);
        CHECK(parsed->args.command().path == "stream groups reset");
        CHECK(parsed->args.text("NAME") == "s");
    }
    CHECK(parse_line("kns stream groups s")->args.command().path == "stream groups");
}

TEST_CASE("words behind a bare -- are arguments, whatever they look like") {
    const auto parsed = parse_line("kns stream tag s -- [a=1] --b=2");
    REQUIRE(parsed);
    CHECK(parsed->args.all("KEY=VALUE") == std::vector<std::string>{"[a=1]", "--b=2"});
}

TEST_CASE("a value may begin with a dash") {
    const auto parsed = parse_line("kns stream groups reset s --group g --to -10m");
    REQUIRE(parsed);
    CHECK(parsed->args.text("to") == "-10m");
}

TEST_CASE("a repeated option keeps its values in order, brackets and all") {
    const auto parsed = parse_line("kns stream create s --tag a=[x,y] --tag b=2 --tag '[c]=3'");
    REQUIRE(parsed);
    CHECK(parsed->args.all("tag") == std::vector<std::string>{"a=[x,y]", "b=2", "[c]=3"});
}

TEST_CASE("of an option given twice the last counts") {
    CHECK(parse_line("kns stream create s --shards 1 --shards 3")->args.number("shards") == 3);
}

TEST_CASE("an option has a twin in the environment, and the command line overrides it") {
    CHECK(parse_line("kns stream create s", {{"KNS_SHARDS", "5"}})->args.number("shards") == 5);
    CHECK(parse_line("kns stream create s --shards 2", {{"KNS_SHARDS", "5"}})->args.number("shards") == 2);
    CHECK(parse_line("kns stream list", {{"KNS_OUTPUT", "tsv"}})->settings.output == Format::tsv);
    CHECK(parse_line("kns stream list", {{"KNS_NO_SPAWN", "1"}})->settings.no_spawn);
    CHECK_FALSE(parse_line("kns stream list", {{"KNS_NO_SPAWN", "0"}})->settings.no_spawn);
    CHECK(parse_line("kns stream create s --on-demand", {{"KNS_SHARDS", "5"}})->args.flag("on-demand"));
    CHECK(parse_line("kns stream groups reset s --to start", {{"KNS_GROUP", "g"}})->args.text("group") == "g");
}

TEST_CASE("an error about a value says where the value came from") {
    CHECK(message_of(parse_line("kns stream create s --shards x")) == "--shards: \"x\" is not a whole number");
    CHECK(message_of(parse_line("kns stream create s", {{"KNS_SHARDS", "x"}})) == "KNS_SHARDS: \"x\" is not a whole number");
    CHECK(message_of(parse_line("kns stream create s --retention soon")) == "--retention: \"soon\" is not a duration");
    CHECK(message_of(parse_line("kns stream list", {{"KNS_NO_SPAWN", "perhaps"}})) ==
          "KNS_NO_SPAWN: \"perhaps\" is neither 1 nor 0");
}

TEST_CASE("what is wrong with a line is said in its own words") {
    CHECK(message_of(parse_line("kns stream create s --shard 3")) == "unknown option --shard");
    CHECK(parse_line("kns stream create s --shard 3").error().hint == "did you mean --shards?");
    CHECK(message_of(parse_line("kns stream create s -x")) == "unknown option -x");
    CHECK(message_of(parse_line("kns stream create")) == "NAME is missing");
    CHECK(message_of(parse_line("kns stream create a b")) == "\"b\" is one argument too many");
    CHECK(message_of(parse_line("kns stream create a --shards")) == "--shards needs a value: --shards N");
    CHECK(message_of(parse_line("kns stream create a --on-demand=yes")) == "--on-demand takes no value");
    CHECK(message_of(parse_line("kns stream create a --on-demand --shards 2")) ==
          "--shards and --on-demand cannot be given together");
    CHECK(message_of(parse_line("kns stream groups reset s --group g")) == "--to start|latest|TIME is missing");
    CHECK(parse_line("kns stream list -o jsno").error().hint == "did you mean \"json\"?");
}

TEST_CASE("help is help even where the rest of the line is wrong") {
    CHECK(parse_line("kns stream create --shards x --help")->help);
    CHECK(parse_line("kns stream create -h")->help);
    CHECK_FALSE(parse_line("kns stream tag s -- --help")->help);
}

TEST_CASE("the output format is known before the line is understood") {
    const Environment none = [](const char*) -> const char* { return nullptr; };
    CHECK(format_wanted(words_of("kns strem list -o json"), none) == Format::json);
    CHECK(format_wanted(words_of("kns strem list --output=ndjson"), none) == Format::ndjson);
    CHECK(format_wanted(words_of("kns strem -- -o json"), none) == Format::text);
}

}  // namespace
}  // namespace kns::cli
