#include "cli/command.hpp"

#include <algorithm>
#include <cassert>

namespace kns::cli {
namespace {

template <class Matches>
const OptionSpec* find_in_both(std::span<const OptionSpec> own, Matches matches) {
    for (const auto options : {own, global_options()})
        if (const auto found = std::ranges::find_if(options, matches); found != options.end()) return &*found;
    return nullptr;
}

}  // namespace

std::string_view name_of(Completer completer) {
    static constexpr std::string_view kNames[] = {"none",  "file",     "directory", "command", "stream", "shard",
                                                  "group", "delivery", "job",       "secret",  "setting"};
    return kNames[static_cast<std::size_t>(completer)];
}

const OptionSpec* CommandSpec::find_option(std::string_view name) const {
    return find_in_both(options, [&](const OptionSpec& option) { return option.name == name; });
}

const OptionSpec* CommandSpec::find_option(char letter) const {
    return find_in_both(options, [&](const OptionSpec& option) { return letter && option.letter == letter; });
}

std::string_view meaning_of(ExitCode code) {
    switch (code) {
        case ExitCode::done: return "done";
        case ExitCode::failed: return "failed, or the answer is no";
        case ExitCode::usage: return "the command line is wrong";
        case ExitCode::not_found: return "what was named does not exist";
        case ExitCode::conflict: return "it exists already, or is in use";
        case ExitCode::unreachable: return "the daemon cannot be reached";
        case ExitCode::try_again: return "not now: throttled, locked, full or too slow; try again";
        case ExitCode::partial: return "a part of it failed";
        case ExitCode::interrupted: return "interrupted (Ctrl-C)";
        case ExitCode::pipe_closed: return "the reader of the output went away";
    }
    return "";
}

std::string environment_name(const OptionSpec& option) {
    std::string name = "KNS_";
    for (const char c : option.name) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return name;
}

std::vector<std::string_view> choices_of(const OptionSpec& option) {
    std::vector<std::string_view> out;
    for (std::size_t from = 0; from <= option.value.size();) {
        const auto to = std::min(option.value.find('|', from), option.value.size());
        out.push_back(option.value.substr(from, to - from));
        from = to + 1;
    }
    return out;
}

void Args::set(std::string_view name, std::vector<std::string> values) { values_.emplace_back(name, std::move(values)); }

const std::vector<std::string>& Args::all(std::string_view name) const {
    static const std::vector<std::string> kNone;
    assert(command_->find_option(name) || std::ranges::count(command_->args, name, &ArgSpec::name));
    for (const auto& [key, values] : values_)
        if (key == name) return values;
    return kNone;
}

bool Args::has(std::string_view name) const { return !all(name).empty(); }

const std::string& Args::text(std::string_view name) const {
    static const std::string kEmpty;
    const auto& values = all(name);
    return values.empty() ? kEmpty : values.front();
}

std::string Args::text_or(std::string_view name, std::string_view otherwise) const {
    return has(name) ? text(name) : std::string(otherwise);
}

std::optional<std::string> Args::maybe_text(std::string_view name) const {
    return has(name) ? std::optional(text(name)) : std::nullopt;
}

// The parser has let only well-formed values in, so the readings below cannot fail.
std::optional<std::uint64_t> Args::number(std::string_view name) const {
    return has(name) ? std::optional(parse_size(text(name)).value()) : std::nullopt;
}

std::optional<std::uint64_t> Args::size(std::string_view name) const { return number(name); }

std::optional<Ms> Args::duration(std::string_view name) const {
    return has(name) ? std::optional(parse_duration(text(name)).value()) : std::nullopt;
}

}  // namespace kns::cli
