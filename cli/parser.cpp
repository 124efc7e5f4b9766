// The only file that includes CLI11. CLI11 sees one leaf command at a time, after its path has been resolved here: that
// starts faster than a tree of all commands, and its own words for an unknown command are of no help to anyone.
#include "cli/parser.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>

#include "cli/suggest.hpp"

namespace kns::cli {
namespace {

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

Failure usage(const CommandSpec& command, std::string message, std::string hint = {}) {
    if (hint.empty()) hint = command.path.empty() ? "kns help" : fmt::format("kns help {}", command.path);
    return fail(Errc::invalid_argument, "{}", std::move(message)).hint(std::move(hint));
}

Failure unknown_option(const CommandSpec& command, std::string_view word, std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto options : {command.options, global_options()})
        for (const auto& option : options) names.push_back(option.name);
    std::string hint;
    if (const auto guess = name.size() > 1 ? nearest(name, names) : std::nullopt) hint = fmt::format("did you mean --{}?", *guess);
    return usage(command, fmt::format("unknown option {}", word), std::move(hint));
}

// Walks the words as the parser will, to say what is wrong in words of our own: CLI11 lists unknown options together
// with their values, in reverse. Notices --help and --version on the way.
Result<void> check_options(const CommandSpec& command, std::span<const std::string> words, Parsed& parsed) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--") return {};
        if (!is_option(word)) continue;
        const OptionSpec* option = nullptr;
        bool value_inside = false;
        if (word[1] == '-') {
            const auto equals = word.find('=');
            const auto name = word.substr(2, equals == std::string_view::npos ? equals : equals - 2);
            option = command.find_option(name);
            if (!option) return unknown_option(command, word.substr(0, equals), name);
            value_inside = equals != std::string_view::npos;
            if (value_inside && option->kind == ValueKind::flag) return usage(command, fmt::format("--{} takes no value", name));
        } else {
            for (std::size_t at = 1; at < word.size(); ++at) {  // -qv, -ojson
                option = command.find_option(word[at]);
                if (!option)
                    return unknown_option(command, word.substr(0, 2) == word ? word : fmt::format("-{}", word[at]),
                                          word.substr(at, 1));
                value_inside = at + 1 < word.size();
                if (option->kind != ValueKind::flag) break;
            }
        }
        parsed.help |= option->name == "help";
        parsed.version |= option->name == "version";
        if (option->kind == ValueKind::flag || value_inside) continue;
        if (++i == words.size())
            return usage(command, fmt::format("--{} needs a value: --{} {}", option->name, option->name, option->value));
    }
    return {};
}

// Whether a value is of its kind; `origin` says where it was given, empty for the command line.
Result<void> check_value(const CommandSpec& command, const OptionSpec& option, const std::string& value, std::string_view origin) {
    const auto from = origin.empty() ? fmt::format("--{}", option.name) : std::string(origin);
    Result<void> outcome;
    auto take = [&](auto result) {
        if (!result) outcome = std::unexpected(std::move(result.error()));
    };
    switch (option.kind) {
        case ValueKind::flag:
        case ValueKind::text: break;
        case ValueKind::size: take(parse_size(value)); break;
        case ValueKind::duration: take(parse_duration(value)); break;
        case ValueKind::time: take(parse_time(value, 0)); break;
        case ValueKind::number: {
            std::uint64_t number = 0;
            const char* end = value.data() + value.size();
            if (const auto read = std::from_chars(value.data(), end, number);
                value.empty() || read.ec != std::errc() || read.ptr != end)
                return usage(command, fmt::format("{}: \"{}\" is not a whole number", from, value));
            break;
        }
        case ValueKind::choice: {
            const auto choices = choices_of(option);
            if (std::ranges::count(choices, value)) break;
            const auto guess = nearest(value, choices);
            return usage(command, fmt::format("{}: \"{}\" is none of {}", from, value, fmt::join(choices, ", ")),
                         guess ? fmt::format("did you mean \"{}\"?", *guess) : "");
        }
    }
    if (!outcome) outcome.error().message = fmt::format("{}: {}", from, outcome.error().message);
    return outcome;
}

// What CLI11 finds: every option's and argument's values as given.
struct Found {
    std::vector<std::pair<const OptionSpec*, std::vector<std::string>>> options;
    std::vector<std::string> arguments;
};

Result<Found> run_cli11(const CommandSpec& command, std::span<const std::string> words) {
    CLI::App app;
    app.set_help_flag();
    app.allow_windows_style_options(false);
    struct Holder {
        const OptionSpec* spec;
        bool set = false;
        std::string value;
        std::vector<std::string> values;
    };
    std::vector<std::unique_ptr<Holder>> holders;
    for (const auto options : {command.options, global_options()}) {
        for (const auto& spec : options) {
            auto& holder = *holders.emplace_back(std::make_unique<Holder>(Holder{&spec, false, {}, {}}));
            const auto name = spec.letter ? fmt::format("-{},--{}", spec.letter, spec.name) : fmt::format("--{}", spec.name);
            if (spec.kind == ValueKind::flag) {
                app.add_flag(name, holder.set)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
            } else if (spec.repeatable) {
                app.add_option(name, holder.values)
                    ->type_size(1)
                    ->allow_extra_args(false)
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            } else {
                app.add_option(name, holder.value)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
            }
        }
    }
    // Words behind a bare `--` are not shown to CLI11: it would read "[a,b]" among them as a list.
    const auto dashes = std::ranges::find(words, "--");
    std::vector<std::string> reversed(std::make_reverse_iterator(dashes), std::make_reverse_iterator(words.begin()));
    app.allow_extras();
    try {
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return usage(command, fmt::format("the command line: {}", error.what()));
    }
    Found found;
    for (const auto& holder : holders) {
        if (holder->spec->kind == ValueKind::flag) {
            if (holder->set) found.options.emplace_back(holder->spec, std::vector<std::string>{"1"});
        } else if (app.count(fmt::format("--{}", holder->spec->name)) > 0) {
            found.options.emplace_back(holder->spec, holder->spec->repeatable ? holder->values : std::vector{holder->value});
        }
    }
    found.arguments = app.remaining();
    if (dashes != words.end()) found.arguments.insert(found.arguments.end(), dashes + 1, words.end());
    return found;
}

// Gives each argument its words, the last `many` one the rest.
Result<void> assign_arguments(const CommandSpec& command, std::vector<std::string> words, Args& args) {
    std::size_t used = 0;
    for (const auto& spec : command.args) {
        if (used == words.size() && !spec.optional) return usage(command, fmt::format("{} is missing", spec.name));
        const auto count = spec.many ? words.size() - used : std::min<std::size_t>(1, words.size() - used);
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(used);
        if (count > 0) args.set(spec.name, {first, first + static_cast<std::ptrdiff_t>(count)});
        used += count;
    }
    if (used < words.size()) return usage(command, fmt::format("\"{}\" is one argument too many", words[used]));
    return {};
}

bool is_yes(std::string_view text) { return text == "1" || text == "true" || text == "yes" || text == "on"; }
bool is_no(std::string_view text) { return text == "0" || text == "false" || text == "no" || text == "off" || text.empty(); }

// Options that were not given on the command line, from their twins in the environment.
Result<void> add_from_environment(const CommandSpec& command, const Environment& environment, Args& args) {
    for (const auto options : {command.options, global_options()}) {
        for (const auto& option : options) {
            if (option.name == "help" || option.name == "version" || args.has(option.name)) continue;
            if (!option.excludes.empty() && args.has(option.excludes)) continue;  // the command line has decided otherwise
            const auto name = environment_name(option);
            const char* value = environment(name.c_str());
            if (!value || (!*value && option.kind != ValueKind::text)) continue;
            if (option.kind == ValueKind::flag) {
                if (is_no(value)) continue;
                if (!is_yes(value)) return usage(command, fmt::format("{}: \"{}\" is neither 1 nor 0", name, value));
            }
            KNS_TRY(check_value(command, option, value, name));
            args.set(option.name, {value});
        }
    }
    return {};
}

Result<void> check_together(const CommandSpec& command, const Args& args) {
    for (const auto& option : command.options) {
        if (option.required && !args.has(option.name))
            return usage(command, fmt::format("--{} {} is missing", option.name, option.value));
        if (!option.excludes.empty() && args.has(option.name) && args.has(option.excludes))
            return usage(command, fmt::format("--{} and --{} cannot be given together", option.name, option.excludes));
    }
    return {};
}

Format format_named(std::string_view name) {
    return name == "json" ? Format::json : name == "ndjson" ? Format::ndjson : name == "tsv" ? Format::tsv : Format::text;
}

Settings settings_of(const Args& args) {
    Settings settings;
    settings.output = format_named(args.text("output"));
    settings.quiet = args.flag("quiet");
    settings.verbose = args.flag("verbose");
    settings.debug = args.flag("debug");
    settings.no_color = args.flag("no-color");
    settings.no_spawn = args.flag("no-spawn");
    settings.data_dir = args.text("data-dir");
    settings.timeout = args.duration("timeout").value_or(settings.timeout);
    return settings;
}

// A global option before the command is known: whether it takes the next word as its value.
bool takes_next_word(std::string_view word) {
    for (const auto& option : global_options()) {
        if (option.kind == ValueKind::flag) continue;
        if (word == fmt::format("--{}", option.name) || (option.letter && word == fmt::format("-{}", option.letter))) return true;
    }
    return false;
}

}  // namespace

Resolution resolve(std::span<const std::string> words) {
    Resolution out;
    std::vector<bool> is_path(words.size());
    // The next word from `at` that is neither an option nor a global option's value; the end if `--` comes first.
    auto next_word = [&](std::size_t at) {
        for (; at < words.size() && words[at] != "--"; ++at) {
            if (!is_option(words[at])) return at;
            if (takes_next_word(words[at])) ++at;
        }
        return words.size();
    };
    auto longer = [&](std::size_t at) { return out.path.empty() ? words[at] : fmt::format("{} {}", out.path, words[at]); };
    std::size_t at = next_word(0);
    for (; at < words.size() && is_command_prefix(longer(at)); at = next_word(at + 1)) {
        out.path = longer(at);
        is_path[at] = true;
    }
    out.command = find_command(out.path);
    if (out.command && at < words.size()) {
        // `stream groups NAME reset` is `stream groups reset NAME`.
        const auto after = next_word(at + 1);
        if (after < words.size()) {
            if (const auto* deeper = find_command(longer(after))) {
                out.path = deeper->path;
                out.command = deeper;
                is_path[after] = true;
            }
        }
    }
    if (!out.command && at < words.size()) out.unknown = words[at];
    for (std::size_t i = 0; i < words.size(); ++i)
        if (!is_path[i]) out.rest.push_back(words[i]);
    return out;
}

Result<Parsed> parse(const CommandSpec& command, std::span<const std::string> rest, const Environment& environment) {
    Parsed parsed{.args = Args(command), .settings = {}};
    KNS_TRY(check_options(command, rest, parsed));
    if (parsed.help || parsed.version) return parsed;
    auto found = KNS_TRY(run_cli11(command, rest));
    for (auto& [option, values] : found.options) {
        for (const auto& value : values) KNS_TRY(check_value(command, *option, value, {}));
        parsed.args.set(option->name, std::move(values));
    }
    KNS_TRY(add_from_environment(command, environment, parsed.args));
    KNS_TRY(assign_arguments(command, std::move(found.arguments), parsed.args));
    KNS_TRY(check_together(command, parsed.args));
    parsed.settings = settings_of(parsed.args);
    return parsed;
}

Format format_wanted(std::span<const std::string> words, const Environment& environment) {
    const char* variable = environment("KNS_OUTPUT");
    Format format = format_named(variable ? variable : "");
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        const std::string_view word = words[i];
        if ((word == "-o" || word == "--output") && i + 1 < words.size()) format = format_named(words[i + 1]);
        if (word.starts_with("--output=")) format = format_named(word.substr(9));
        if (word.starts_with("-o") && word.size() > 2) format = format_named(word.substr(2));
    }
    return format;
}

std::string data_dir_among(std::span<const std::string> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].starts_with("--data-dir=")) return words[i].substr(11);
        if (words[i] == "--data-dir" && i + 1 < words.size()) return words[i + 1];
    }
    return {};
}

bool has_flag(std::span<const std::string> words, std::string_view long_form, std::string_view short_form) {
    for (const auto& word : words) {
        if (word == "--") return false;
        if (word == long_form || (!short_form.empty() && word == short_form)) return true;
    }
    return false;
}

}  // namespace kns::cli
