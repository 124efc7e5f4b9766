// Renderers of the command table: pages of help for a terminal, and manual pages. Both say the same, in the same order,
// examples early.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace kns::cli {

struct HelpStyle {
    int width = 80;
    bool color = false;
};

std::string help_of_command(const CommandSpec& command, const HelpStyle& style);
std::string help_of_noun(std::string_view noun, const HelpStyle& style);  // the commands under these words
std::string help_overview(const HelpStyle& style);

// mdoc source; `path` empty: kns(1) itself, a noun: kns-stream(1), a command: kns-stream-create(1). Empty if there is no
// such page.
std::string man_page(std::string_view path);
// All of them, as kns.1, kns-stream.1, kns-stream-create.1 ... in this directory.
Result<void> write_man_pages(const std::string& directory);

// "kns stream create NAME [options]"
std::string usage_line(const CommandSpec& command);
// "-o, --output text|json": how an option is written
std::string option_heading(const OptionSpec& option);
// The exit codes a command uses, the common ones included, ascending.
std::vector<ExitCode> exits_of(const CommandSpec& command);

// The table for programs: editors and tests.
std::string commands_as_json();

}  // namespace kns::cli
