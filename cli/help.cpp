#include "cli/help.hpp"

#include <algorithm>

#include "cli/output.hpp"

namespace kns::cli {
namespace {

constexpr std::size_t kMaxWidth = 100;  // longer lines are hard to read, however wide the terminal

class Page {
   public:
    explicit Page(const HelpStyle& style)
        : color_(style.color), width_(std::clamp<std::size_t>(static_cast<std::size_t>(std::max(style.width, 1)), 40, kMaxWidth)) {}

    void heading(std::string_view text) {
        if (!out_.empty()) out_ += '\n';
        out_ += color_ ? fmt::format("\033[1m{}\033[0m\n", text) : fmt::format("{}\n", text);
    }
    void line(std::string_view text) { out_ += fmt::format("{}\n", text); }

    // Words wrapped at the width, each line indented.
    void paragraph(std::string_view text, std::size_t indent) {
        std::string line(indent, ' ');
        std::size_t used = 0;
        for_each_word(text, [&](std::string_view word) {
            if (used > 0 && indent + used + 1 + word.size() > width_) {
                out_ += line + '\n';
                line.assign(indent, ' ');
                used = 0;
            }
            if (used > 0) line += ' ', ++used;
            line += word;
            used += word.size();
        });
        if (used > 0) out_ += line + '\n';
    }

    void paragraphs(std::string_view text, std::size_t indent) {
        bool first = true;
        while (!text.empty()) {
            const auto end = text.find("\n\n");
            if (!first) out_ += '\n';
            first = false;
            paragraph(text.substr(0, end), indent);
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
        }
    }

    // "  name   what it is", the second column aligned over all entries; below the name where that is too long.
    void entries(const std::vector<std::pair<std::string, std::string>>& rows) {
        std::size_t column = 0;
        for (const auto& [name, text] : rows)
            if (name.size() + 4 <= std::min<std::size_t>(width_ / 3 + 2, 34)) column = std::max(column, name.size() + 4);
        if (column == 0) column = 8;
        for (const auto& [name, text] : rows) {
            out_ += fmt::format("  {}", name);
            if (name.size() + 4 > column) {
                out_ += '\n';
                paragraph(text, column);
                continue;
            }
            const auto start = out_.size();
            paragraph(text, column);
            out_.erase(start, std::min(out_.size() - start, name.size() + 2));  // the name stands where the indent was
        }
    }

    std::string take() { return std::move(out_); }

   private:
    template <class Use>
    static void for_each_word(std::string_view text, Use use) {
        while (!text.empty()) {
            const auto start = text.find_first_not_of(" \n");
            if (start == std::string_view::npos) return;
            text.remove_prefix(start);
            const auto word = text.substr(0, text.find_first_of(" \n"));
            use(word);
            text.remove_prefix(word.size());
        }
    }

    bool color_;
    std::size_t width_;
    std::string out_;
};

std::string option_text(const OptionSpec& option) {
    std::string text(option.help);
    if (!option.default_text.empty()) text += fmt::format(" (default: {})", option.default_text);
    if (option.required) text += " (required)";
    if (option.repeatable) text += " (may be repeated)";
    return text;
}

std::vector<std::pair<std::string, std::string>> rows_of(std::span<const OptionSpec> options) {
    // Options without a letter line up with those that have one.
    const bool letters = std::ranges::any_of(options, [](const auto& option) { return option.letter != 0; });
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& option : options)
        rows.emplace_back((letters && !option.letter ? "    " : "") + option_heading(option), option_text(option));
    return rows;
}

void add_examples(Page& page, std::span<const Example> examples) {
    if (examples.empty()) return;
    page.heading("Examples");
    for (const auto& example : examples) {
        page.line(fmt::format("  {}", example.command));
        if (!example.shows.empty()) page.paragraph(example.shows, 6);
    }
}

}  // namespace

std::string usage_line(const CommandSpec& command) {
    std::string line = fmt::format("kns {}", command.path);
    auto add_arguments = [&](bool behind_dashes) {
        for (const auto& arg : command.args) {
            if (arg.behind_dashes != behind_dashes) continue;
            const auto text = fmt::format("{}{}", arg.name, arg.many ? "..." : "");
            line += behind_dashes ? " -- " : " ";
            line += arg.optional ? fmt::format("[{}]", text) : text;
        }
    };
    add_arguments(false);
    for (const auto& option : command.options)
        if (option.required) line += fmt::format(" --{} {}", option.name, option.value);
    if (std::ranges::any_of(command.options, [](const auto& option) { return !option.required; })) line += " [options]";
    add_arguments(true);
    return line;
}

std::string option_heading(const OptionSpec& option) {
    std::string text = option.letter ? fmt::format("-{}, --{}", option.letter, option.name) : fmt::format("--{}", option.name);
    if (option.kind != ValueKind::flag) text += fmt::format(" {}", option.value);
    return text;
}

std::vector<ExitCode> exits_of(const CommandSpec& command) {
    std::vector<ExitCode> codes{ExitCode::done, ExitCode::failed, ExitCode::usage};
    codes.insert(codes.end(), command.exits.begin(), command.exits.end());
    std::ranges::sort(codes);
    codes.erase(std::ranges::unique(codes).begin(), codes.end());
    return codes;
}

std::string help_of_command(const CommandSpec& command, const HelpStyle& style) {
    Page page(style);
    page.paragraph(fmt::format("kns {} - {}", command.path, command.summary), 0);
    page.heading("Usage");
    page.paragraph(usage_line(command), 2);
    add_examples(page, command.examples);
    if (!command.description.empty()) {
        page.heading("Description");
        page.paragraphs(command.description, 2);
    }
    if (!command.args.empty()) {
        page.heading("Arguments");
        std::vector<std::pair<std::string, std::string>> rows;
        for (const auto& arg : command.args) rows.emplace_back(arg.name, arg.help);
        page.entries(rows);
    }
    if (!command.options.empty()) {
        page.heading("Options");
        page.entries(rows_of(command.options));
        page.line("");
        page.paragraph(
            "Every option has a twin in the environment: --data-dir is KNS_DATA_DIR. `kns help` lists the options all commands "
            "have.",
            2);
    }
    page.heading("Exit codes");
    std::vector<std::pair<std::string, std::string>> codes;
    for (const auto code : exits_of(command)) codes.emplace_back(fmt::format("{}", static_cast<int>(code)), meaning_of(code));
    page.entries(codes);
    if (!command.see_also.empty()) {
        page.heading("See also");
        std::string others;
        for (const auto other : command.see_also) others += fmt::format("{}kns {}", others.empty() ? "" : ", ", other);
        page.paragraph(others, 2);
    }
    return page.take();
}

std::string help_of_noun(std::string_view noun, const HelpStyle& style) {
    Page page(style);
    const auto* spec = find_noun(noun);
    page.paragraph(spec ? fmt::format("kns {} - {}", noun, spec->summary) : fmt::format("kns {}", noun), 0);
    if (spec && !spec->description.empty()) {
        page.line("");
        page.paragraphs(spec->description, 2);
    }
    page.heading("Commands");
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto* command : all_commands())
        if (command->path.starts_with(fmt::format("{} ", noun)))
            rows.emplace_back(fmt::format("kns {}", command->path), command->summary);
    page.entries(rows);
    page.line("");
    page.paragraph(fmt::format("kns help {} COMMAND says more about one, with examples.", noun), 0);
    return page.take();
}

std::string help_overview(const HelpStyle& style) {
    Page page(style);
    page.paragraph("kns - streams, delivery, analytics and video on one machine", 0);
    page.heading("Start here");
    page.line("  kns stream create clicks");
    page.line("  echo hello | kns stream put clicks");
    page.line("  kns stream get clicks --until-end");
    page.heading("Commands");
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto* command : all_commands()) {
        const auto first = command->path.substr(0, command->path.find(' '));
        if (!rows.empty() && rows.back().first == first) continue;
        const auto* noun = find_noun(first);
        rows.emplace_back(first, noun ? noun->summary : command->summary);
    }
    page.entries(rows);
    page.heading("Options of every command");
    page.entries(rows_of(global_options()));
    page.line("");
    page.paragraph("kns help stream lists the verbs of a noun, kns help stream create explains one; man kns has the concepts.", 0);
    return page.take();
}

std::string commands_as_json() {
    JsonWriter out;
    out.begin_array();
    auto add_options = [&](std::span<const OptionSpec> options) {
        out.begin_array();
        for (const auto& option : options) {
            static constexpr std::string_view kKinds[] = {"flag", "text", "number", "size", "duration", "time", "choice"};
            out.begin_object().member("name", option.name).member("kind", kKinds[static_cast<std::size_t>(option.kind)]);
            if (option.letter) out.member("letter", std::string_view(&option.letter, 1));
            if (!option.value.empty()) out.member("value", option.value);
            out.member("help", option.help).member("env", std::string_view(environment_name(option)));
            if (!option.default_text.empty()) out.member("default", option.default_text);
            out.member("repeatable", option.repeatable).member("required", option.required);
            out.member("completer", name_of(option.completer)).end_object();
        }
        out.end_array();
    };
    for (const auto* command : all_commands()) {
        out.begin_object().member("path", command->path).member("summary", command->summary);
        out.member("usage", std::string_view(usage_line(*command))).member("description", command->description);
        out.key("arguments").begin_array();
        for (const auto& arg : command->args) {
            out.begin_object().member("name", arg.name).member("help", arg.help).member("optional", arg.optional);
            out.member("many", arg.many).member("completer", name_of(arg.completer)).end_object();
        }
        out.end_array().key("options");
        add_options(command->options);
        out.key("examples").begin_array();
        for (const auto& example : command->examples)
            out.begin_object().member("command", example.command).member("shows", example.shows).end_object();
        out.end_array().key("exit_codes").begin_array();
        for (const auto code : exits_of(*command)) out.value(static_cast<int>(code));
        out.end_array().end_object();
    }
    out.end_array();
    return out.take() + "\n";
}

}  // namespace kns::cli
