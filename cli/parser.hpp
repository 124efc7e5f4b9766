// From the words of a command line to a command and its values.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/context.hpp"

namespace kns::cli {

// Which command the words name. Global options may stand anywhere, also before the noun.
struct Resolution {
    const CommandSpec* command = nullptr;  // nullptr: `path` is not (yet) a command
    std::string path;                      // the words understood so far: "stream"
    std::vector<std::string> rest;         // the other words, in order, options included
    std::optional<std::string> unknown;    // the word after `path` that is no command
};
Resolution resolve(std::span<const std::string> words);

using Environment = std::function<const char*(const char* name)>;

struct Parsed {
    Args args;
    Settings settings;
    bool help = false, version = false;  // asked for: nothing else was checked
};
// Command line first, then the KNS_* twins. Errors are usage errors that name the option, its value, and, if that is not
// the command line, where it came from.
Result<Parsed> parse(const CommandSpec& command, std::span<const std::string> rest, const Environment& environment);

// The output format as far as it can be told before parsing: errors of parsing are printed in it.
Format format_wanted(std::span<const std::string> words, const Environment& environment);

// The value of --data-dir as typed, "" if there is none; for lines that are not (yet) parsed.
std::string data_dir_among(std::span<const std::string> words);

// Whether --help or --version stands among words that name no command.
bool has_flag(std::span<const std::string> words, std::string_view long_form, std::string_view short_form = {});

}  // namespace kns::cli
