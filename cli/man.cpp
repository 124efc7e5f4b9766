// Manual pages in mdoc(7), from the same table as the help. Clean under `mandoc -T lint`.
#include <fcntl.h>

#include <algorithm>

#include "cli/help.hpp"
#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

// The date of the words in the table, not of the build: two builds of one source are the same.
constexpr std::string_view kDate = "November 23, 2026";

// Text as mdoc takes it: backslashes escaped, no line that begins with a control character.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else if (c == '\n') {
            out += ' ';
        } else {
            if ((c == '.' || c == '\'') && out.empty()) out += "\\&";
            out += c;
        }
    }
    return out;
}

// An argument of a macro: quoted, so that its words are no macros themselves.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : escaped(text)) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + '"';
}

constexpr std::size_t kLongestLine = 78;  // of the source; mandoc asks for less than 80

// Prose, each sentence on a line of its own as mdoc wants it.
std::string prose(std::string_view text) {
    std::string out;
    const std::string rest = escaped(text);
    for (std::size_t from = 0; from < rest.size();) {
        auto end = rest.find(". ", from);
        end = end == std::string::npos ? rest.size() : end + 1;
        if (end - from > kLongestLine)
            if (const auto blank = rest.rfind(' ', from + kLongestLine); blank != std::string::npos && blank > from) end = blank;
        std::string line = rest.substr(from, end - from);
        if (line.starts_with('.') || line.starts_with('\'')) line.insert(0, "\\&");
        out += line + '\n';
        from = end + 1;
    }
    return out;
}

std::string paragraphs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = text.find("\n\n");
        if (!out.empty()) out += ".Pp\n";
        out += prose(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    }
    return out;
}

std::string page_name(std::string_view path) {
    std::string name = path.empty() ? "kns" : fmt::format("kns-{}", path);
    std::ranges::replace(name, ' ', '-');
    return name;
}

std::string head(std::string_view path, std::string_view summary) {
    const std::string name = page_name(path);
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
    return fmt::format(".Dd {}\n.Dt {} 1\n.Os\n.Sh NAME\n.Nm {}\n.Nd {}\n", kDate, upper, name, escaped(summary));
}

std::string options_list(std::span<const OptionSpec> options) {
    std::string out = ".Bl -tag -width Ds\n";
    for (const auto& option : options) {
        out += ".It ";
        if (option.letter) out += fmt::format("Fl {} , ", option.letter);
        out += fmt::format("Fl \\-{}", escaped(option.name));
        if (option.kind != ValueKind::flag) out += fmt::format(" Ar {}", quoted(option.value));
        out += '\n' + prose(option.help);
        if (!option.default_text.empty()) out += fmt::format(".Pq default: {}\n", escaped(option.default_text));
        if (option.repeatable) out += ".Pq may be repeated\n";
    }
    return out + ".El\n";
}

std::string synopsis(const CommandSpec& command) {
    std::string out = fmt::format(".Sh SYNOPSIS\n.Nm kns {}\n", command.path);
    auto add_arguments = [&](bool behind_dashes) {
        for (const auto& arg : command.args) {
            if (arg.behind_dashes != behind_dashes) continue;
            const auto more = arg.many ? " ..." : "";
            if (behind_dashes) out += ".Fl \\-\n";
            out += arg.optional ? fmt::format(".Op Ar {}{}\n", arg.name, more) : fmt::format(".Ar {}{}\n", arg.name, more);
        }
    };
    add_arguments(false);
    for (const auto& option : command.options) {
        const auto value = option.kind == ValueKind::flag ? "" : fmt::format(" Ar {}", quoted(option.value));
        out += option.required ? fmt::format(".Fl \\-{}{}\n", escaped(option.name), value)
                               : fmt::format(".Op Fl \\-{}{}\n", escaped(option.name), value);
    }
    add_arguments(true);
    return out;
}

std::string exit_status(std::span<const ExitCode> codes) {
    std::string out = ".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n";
    for (const auto code : codes) out += fmt::format(".It {}\n{}\n", static_cast<int>(code), escaped(meaning_of(code)));
    return out + ".El\n";
}

std::string see_also(std::vector<std::string> pages) {
    std::ranges::sort(pages);
    std::string out = ".Sh SEE ALSO\n";
    for (const auto& page : pages) out += fmt::format(".Xr {} 1 ,\n", page);
    return out + ".Xr kns 7\n";
}

std::string man_of_command(const CommandSpec& command) {
    std::string out = head(command.path, command.summary) + synopsis(command) + ".Sh DESCRIPTION\n";
    out += paragraphs(command.description);
    if (!command.args.empty()) {
        out += ".Pp\nIts arguments:\n.Bl -tag -width Ds\n";
        for (const auto& arg : command.args) out += fmt::format(".It Ar {}\n{}", arg.name, prose(arg.help));
        out += ".El\n";
    }
    if (!command.options.empty()) out += ".Pp\nIts options:\n" + options_list(command.options);
    out += ".Pp\nThe options that all commands have are in\n.Xr kns 1 .\n";
    if (!command.options.empty()) {
        out +=
            ".Sh ENVIRONMENT\nEach option has a twin, which the command line overrides:\n.Bl -tag -width KNS_MAX_RECORD_SIZE "
            "-compact\n";
        for (const auto& option : command.options)
            out += fmt::format(".It Ev {}\n.Fl \\-{}\n", environment_name(option), escaped(option.name));
        out += ".El\n";
    }
    out += exit_status(exits_of(command)) + ".Sh EXAMPLES\n";
    for (const auto& example : command.examples) {
        if (&example != &command.examples.front()) out += ".Pp\n";
        out += prose(example.shows.empty() ? std::string_view("To run it") : example.shows);
        out += fmt::format(".Bd -literal -offset indent\n{}\n.Ed\n", escaped(example.command));
    }
    std::vector<std::string> pages{"kns"};
    for (const auto other : command.see_also) pages.push_back(page_name(other));
    return out + see_also(std::move(pages));
}

std::string man_of_noun(std::string_view noun, const NounSpec& spec) {
    std::string out = head(noun, spec.summary);
    out += fmt::format(".Sh SYNOPSIS\n.Nm kns {}\n.Ar command\n.Op Ar options\n.Sh DESCRIPTION\n", noun);
    out += spec.description.empty() ? std::string() : paragraphs(spec.description) + ".Pp\n";
    out += "Its commands:\n.Bl -tag -width Ds\n";
    std::vector<std::string> pages{"kns"};
    for (const auto* command : all_commands()) {
        if (!command->path.starts_with(fmt::format("{} ", noun))) continue;
        out += fmt::format(".It Xr {} 1\n{}", page_name(command->path), prose(command->summary));
        pages.push_back(page_name(command->path));
    }
    return out + ".El\n" + see_also(std::move(pages));
}

std::string man_of_kns() {
    std::string out = head("", "streams, delivery, analytics and video on one machine");
    out += ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Op Ar arguments\n.Sh DESCRIPTION\n";
    out += prose(
        "One small daemon keeps the data; this command asks it, and starts it when it is needed. The concepts are explained in");
    out += ".Xr kns 7 .\n.Pp\nThe commands:\n.Bl -tag -width Ds\n";
    for (const auto* command : all_commands())
        out += fmt::format(".It Xr {} 1\n{}", page_name(command->path), prose(command->summary));
    out += ".El\n.Pp\n";
    out += prose(
        "Any other first word FOO runs the program kns-FOO from PATH, if there is one, with KNS_SOCKET and KNS_DATA_DIR in its "
        "environment.");
    out += ".Pp\nThe options of every command:\n" + options_list(global_options());
    out += ".Sh ENVIRONMENT\n";
    out +=
        prose("Every option of every command has a twin KNS_NAME, which the command line overrides: --no-spawn is KNS_NO_SPAWN=1.");
    out += ".Bl -tag -width KNS_DATA_DIR -compact\n";
    for (const auto& option : global_options()) {
        if (option.name == "help" || option.name == "version") continue;
        out += fmt::format(".It Ev {}\n.Fl \\-{}\n", environment_name(option), escaped(option.name));
    }
    out += ".El\n";
    constexpr ExitCode kAll[] = {ExitCode::done,        ExitCode::failed,      ExitCode::usage,     ExitCode::not_found,
                                 ExitCode::conflict,    ExitCode::unreachable, ExitCode::try_again, ExitCode::partial,
                                 ExitCode::interrupted, ExitCode::pipe_closed};
    out += exit_status(kAll);
    out +=
        ".Sh EXAMPLES\n.Bd -literal -offset indent\nkns stream create clicks\necho hello | kns stream put clicks\nkns stream get "
        "clicks \\-\\-until\\-end\n.Ed\n";
    return out + ".Sh SEE ALSO\n.Xr kns 7\n";
}

}  // namespace

std::string man_page(std::string_view path) {
    if (path.empty()) return man_of_kns();
    if (const auto* command = find_command(path)) return man_of_command(*command);
    if (const auto* noun = find_noun(path)) return man_of_noun(path, *noun);
    return {};
}

Result<void> write_man_pages(const std::string& directory) {
    std::vector<std::string> paths{""};
    for (const auto& noun : all_nouns()) paths.emplace_back(noun.name);
    for (const auto* command : all_commands()) paths.emplace_back(command->path);
    for (const auto& path : paths) {
        const Fd file = KNS_TRY(open_file(fmt::format("{}/{}.1", directory, page_name(path)), O_WRONLY | O_CREAT | O_TRUNC, 0644));
        KNS_TRY(write_all(file.get(), man_page(path)));
    }
    return {};
}

}  // namespace kns::cli
