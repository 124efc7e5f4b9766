// Promises that every row of the command table keeps.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "cli/command.hpp"
#include "cli/parser.hpp"
#include "tests/unit/cli/words.hpp"

namespace kns::cli {
namespace {

const Environment kNoEnvironment = [](const char*) -> const char* { return nullptr; };

// The kns command inside an example: `eval "$(kns completion bash)"` and pipes have one too.
std::string_view kns_part(std::string_view example) {
    const auto inside = example.find("$(kns ");
    if (inside == std::string_view::npos) return example.substr(std::min(example.size(), example.find("kns ")));
    const auto part = example.substr(inside + 2);
    return part.substr(0, part.find(')'));
}

TEST_CASE("every command's row has the path of its spec") {
    for (const auto* command : all_commands()) {
        CAPTURE(command->path);
        CHECK(find_command(command->path) == command);
    }
}

TEST_CASE("every command can be run and has a description and an example") {
    for (const auto* command : all_commands()) {
        CAPTURE(command->path);
        CHECK(command->run != nullptr);
        CHECK_FALSE(command->description.empty());
        CHECK_FALSE(command->examples.empty());
    }
}

TEST_CASE("every example parses to the command it explains") {
    for (const auto* command : all_commands()) {
        for (const auto& example : command->examples) {
            CAPTURE(example.command);
            const auto resolution = resolve(words_of(kns_part(example.command)));
            REQUIRE(resolution.command == command);
            const auto parsed = parse(*command, resolution.rest, kNoEnvironment);
            if (!parsed) FAIL(parsed.error().text());
        }
    }
}

TEST_CASE("summaries are short, in lower case, and end without a period") {
    auto check = [](std::string_view name, std::string_view summary) {
        CAPTURE(name, summary);
        CHECK_FALSE(summary.empty());
        CHECK(summary.size() <= 60);
        CHECK_FALSE(summary.ends_with('.'));
        CHECK_FALSE((summary[0] >= 'A' && summary[0] <= 'Z'));
    };
    for (const auto* command : all_commands()) check(command->path, command->summary);
    for (const auto& noun : all_nouns()) check(noun.name, noun.summary);
}

TEST_CASE("every first word has a page, of a noun or of a command, and every noun has commands") {
    for (const auto* command : all_commands()) {
        const auto space = command->path.find(' ');
        CAPTURE(command->path);
        const auto first = command->path.substr(0, space);
        if (space != std::string_view::npos) CHECK((find_noun(first) != nullptr || find_command(first) != nullptr));
    }
    for (const auto& noun : all_nouns()) {
        CAPTURE(noun.name);
        CHECK(is_command_prefix(noun.name));
        CHECK_FALSE(find_command(noun.name));
    }
}

TEST_CASE("no two options of a command share a name or a letter, those of all commands included") {
    for (const auto* command : all_commands()) {
        std::set<std::string_view> names;
        std::set<char> letters;
        for (const auto options : {command->options, global_options()}) {
            for (const auto& option : options) {
                CAPTURE(command->path, option.name);
                CHECK(names.insert(option.name).second);
                if (option.letter) CHECK(letters.insert(option.letter).second);
            }
        }
    }
}

TEST_CASE("a short letter means the same option in every command") {
    std::map<char, std::string_view> meaning;
    for (const auto* command : all_commands()) {
        for (const auto& option : command->options) {
            // -f is --follow where output goes on, as in tail, and --file where a file is taken, as in make.
            if (!option.letter || (option.letter == 'f' && (option.name == "follow" || option.name == "file"))) continue;
            CAPTURE(command->path, option.name);
            CHECK(meaning.emplace(option.letter, option.name).first->second == option.name);
        }
    }
}

TEST_CASE("options explain themselves: help, and a value's name unless they are flags") {
    for (const auto* command : all_commands()) {
        for (const auto& option : command->options) {
            CAPTURE(command->path, option.name);
            CHECK_FALSE(option.help.empty());
            CHECK_FALSE(option.help.ends_with('.'));
            CHECK(option.value.empty() == (option.kind == ValueKind::flag));
            if (!option.excludes.empty()) CHECK(command->find_option(option.excludes));
        }
    }
}

TEST_CASE("only the last argument takes the rest, and none that must be given follows one that need not") {
    for (const auto* command : all_commands()) {
        bool optional = false;
        for (const auto& arg : command->args) {
            CAPTURE(command->path, arg.name);
            if (arg.many) CHECK(&arg == &command->args.back());
            CHECK_FALSE((optional && !arg.optional));
            optional = arg.optional;
        }
    }
}

TEST_CASE("whatever else a command names in see also is a command") {
    for (const auto* command : all_commands()) {
        for (const auto other : command->see_also) {
            CAPTURE(command->path, other);
            CHECK(find_command(other));
            CHECK(other != command->path);
        }
    }
}

TEST_CASE("every command takes the options of all commands") {
    for (const auto* command : all_commands()) {
        CAPTURE(command->path);
        for (const auto& option : global_options()) CHECK(command->find_option(option.name) == &option);
    }
}

}  // namespace
}  // namespace kns::cli
