#include "cli/help.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/base/json.hpp"

namespace kns::cli {
namespace {

// Examples aside, which are typed as they stand.
std::size_t longest_line(const CommandSpec& command, std::string_view text) {
    std::size_t longest = 0;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        const bool is_example = line.size() > 2 && std::ranges::count(command.examples, line.substr(2), &Example::command);
        if (!is_example) longest = std::max(longest, line.size());
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return longest;
}

TEST_CASE("help names every argument and option of a command and shows every example") {
    for (const auto* command : all_commands()) {
        CAPTURE(command->path);
        const auto page = help_of_command(*command, {});
        CHECK_THAT(page, Catch::Contains(std::string(command->summary)));
        for (const auto& arg : command->args) CHECK_THAT(page, Catch::Contains(std::string(arg.name)));
        for (const auto& option : command->options) CHECK_THAT(page, Catch::Contains(fmt::format("--{}", option.name)));
        for (const auto& example : command->examples) CHECK_THAT(page, Catch::Contains(std::string(example.command)));
    }
}

TEST_CASE("the manual page tells what help tells") {
    for (const auto* command : all_commands()) {
        CAPTURE(command->path);
        const auto page = man_page(command->path);
        for (const auto& option : command->options) CHECK_THAT(page, Catch::Contains(environment_name(option)));
        for (const auto code : exits_of(*command))
            CHECK_THAT(page, Catch::Contains(fmt::format(".It {}\n", static_cast<int>(code))));
        CHECK_THAT(page, Catch::Contains(".Sh EXAMPLES"));
    }
    CHECK(man_page("no such").empty());
}

TEST_CASE("help fits the terminal, narrow or wide") {
    for (const int width : {40, 60, 80, 100}) {
        for (const auto* command : all_commands()) {
            CAPTURE(command->path, width);
            // A single word, such as --durability sync|interval=100ms|os, cannot be broken.
            CHECK(longest_line(*command, help_of_command(*command, {.width = width})) <=
                  static_cast<std::size_t>(std::max(width, 60)));
        }
    }
}

TEST_CASE("an argument stands before the options that need values, and the command to run last") {
    CHECK(usage_line(*find_command("stream create")) == "kns stream create NAME [options]");
    CHECK(usage_line(*find_command("firehose create")) == "kns firehose create NAME --to URL [options]");
    CHECK(usage_line(*find_command("stream tag")) == "kns stream tag NAME [KEY=VALUE...] [options]");
}

TEST_CASE("the table as JSON is well-formed and complete") {
    const auto table = parse_json(commands_as_json());
    REQUIRE(table);
    REQUIRE(table->as_array());
    CHECK(table->as_array()->size() == all_commands().size());
}

}  // namespace
}  // namespace kns::cli
