// What a command is: data, from which the parser, help, manual pages and completion are all derived.
//
// One file per command in commands/: its spec on top, its `run` below. Adding one is that file, its row in commands.cpp
// and a line in CMakeLists.txt. Copy commands/stream_create.cpp to begin.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns::cli {

struct Context;
class Args;

// What a value has to look like; checked before `run` is called, wherever the value came from.
enum class ValueKind { flag, text, number, size, duration, time, choice };

// Where the shell finds candidates for a value. Those from `stream` on are asked of the daemon, by these names.
enum class Completer { none, file, directory, command, stream, shard, group, delivery, job, secret, setting };
std::string_view name_of(Completer completer);

// An option `--name`, with its twin KNS_NAME in the environment.
struct OptionSpec {
    std::string_view name;
    char letter = 0;  // 0: none
    ValueKind kind = ValueKind::flag;
    std::string_view value = {};         // how help calls it: "N"; for a choice the words: "aws|off"
    std::string_view help = {};          // lower case, no period
    std::string_view default_text = {};  // for help; `run` applies it
    Completer completer = Completer::none;
    bool repeatable = false;
    bool required = false;
    std::string_view excludes = {};  // the option that cannot be given as well
};

struct ArgSpec {
    std::string_view name;  // "NAME"
    std::string_view help = {};
    Completer completer = Completer::none;
    bool optional = false;
    bool many = false;           // takes the rest; only the last may
    bool behind_dashes = false;  // shown behind a bare `--`, as a command to run is
};

struct Example {
    std::string_view command;  // as typed, "kns stream create clicks"
    std::string_view shows;
};

struct CommandSpec {
    std::string_view path;              // "stream create"
    std::string_view summary;           // <= 60 characters, lower case, no period
    std::string_view description = {};  // paragraphs separated by an empty line
    std::span<const ArgSpec> args = {};
    std::span<const OptionSpec> options = {};
    std::span<const Example> examples = {};
    std::span<const ExitCode> exits = {};             // beyond done, failed, usage, which all have
    std::span<const std::string_view> see_also = {};  // other commands' paths
    Result<ExitCode> (*run)(Context&, const Args&) = nullptr;

    const OptionSpec* find_option(std::string_view name) const;  // its own or a global one; nullptr
    const OptionSpec* find_option(char letter) const;
};

// A first word and what its verbs are about.
struct NounSpec {
    std::string_view name, summary, description = {};
};

// The whole table, sorted by path.
std::span<const CommandSpec* const> all_commands();
std::span<const NounSpec> all_nouns();
std::span<const OptionSpec> global_options();
const CommandSpec* find_command(std::string_view path);
const NounSpec* find_noun(std::string_view name);
// Whether a command's path begins with these whole words.
bool is_command_prefix(std::string_view words);

std::string_view meaning_of(ExitCode code);
std::string environment_name(const OptionSpec& option);  // "KNS_NO_SPAWN"
// "aws|off" -> "aws", "off"
std::vector<std::string_view> choices_of(const OptionSpec& option);

// The values a command was called with, already checked against its spec. Asking for a name that is not in the spec is a
// bug and asserted.
class Args {
   public:
    explicit Args(const CommandSpec& command) : command_(&command) {}
    void set(std::string_view name, std::vector<std::string> values);

    bool has(std::string_view name) const;
    bool flag(std::string_view name) const { return has(name); }
    const std::string& text(std::string_view name) const;  // "" if absent
    std::string text_or(std::string_view name, std::string_view otherwise) const;
    std::optional<std::string> maybe_text(std::string_view name) const;
    std::optional<std::uint64_t> number(std::string_view name) const;
    std::optional<std::uint64_t> size(std::string_view name) const;
    std::optional<Ms> duration(std::string_view name) const;
    const std::vector<std::string>& all(std::string_view name) const;  // every value given

    const CommandSpec& command() const { return *command_; }

   private:
    const CommandSpec* command_;
    std::vector<std::pair<std::string_view, std::vector<std::string>>> values_;
};

}  // namespace kns::cli
