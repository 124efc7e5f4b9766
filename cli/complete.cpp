#include "cli/complete.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cli/parser.hpp"
#include "cli/spawn.hpp"
#include "core/base/api/stream.hpp"
#include "core/base/paths.hpp"
#include "core/base/posix.hpp"
#include "core/base/unix_http.hpp"

namespace kns::cli {
namespace {

constexpr Ms kBudget = 150;

// Where the word being typed stands: what came before it decides what it can be.
struct Position {
    const OptionSpec* value_of = nullptr;  // it is this option's value
    std::vector<std::string> arguments;    // complete ones before it
    bool only_arguments = false;           // a bare `--` came before
};

Position position_of(const CommandSpec& command, std::span<const std::string> before) {
    Position here;
    for (std::size_t i = 0; i < before.size(); ++i) {
        const std::string_view word = before[i];
        if (here.only_arguments || word.size() < 2 || word[0] != '-') {
            here.arguments.emplace_back(word);
        } else if (word == "--") {
            here.only_arguments = true;
        } else if (word.find('=') == std::string_view::npos) {
            const auto* option = word[1] == '-'     ? command.find_option(word.substr(2))
                                 : word.size() == 2 ? command.find_option(word[1])
                                                    : nullptr;
            if (!option || option->kind == ValueKind::flag) continue;
            if (++i == before.size()) here.value_of = option;
        }
    }
    return here;
}

class Answer {
   public:
    Answer(std::string_view typed, const NameSource& names, std::string stream)
        : typed_(typed), names_(names), stream_(std::move(stream)) {}

    void add(std::string_view value, std::string_view description) {
        if (value.starts_with(typed_)) out_.items.push_back({std::string(value), std::string(description)});
    }
    void add_values(Completer completer) {
        switch (completer) {
            case Completer::none: break;
            case Completer::file: out_.directive = "files"; break;
            case Completer::directory: out_.directive = "dirs"; break;
            case Completer::command: out_.directive = "command"; break;
            default:
                for (const auto& item : names_(completer, typed_, stream_)) add(item.value, item.description);
        }
    }
    void add_option_values(const OptionSpec& option) {
        if (option.kind != ValueKind::choice) return add_values(option.completer);
        for (const auto choice : choices_of(option)) add(choice, "");
    }
    void add_options(const CommandSpec& command) {
        for (const auto options : {command.options, global_options()})
            for (const auto& option : options) add(fmt::format("--{}", option.name), option.help);
    }
    // The words that may follow `path` on the way to a command.
    void add_words(std::string_view path) {
        const auto prefix = path.empty() ? std::string() : fmt::format("{} ", path);
        std::string_view last;
        for (const auto* command : all_commands()) {
            if (!command->path.starts_with(prefix)) continue;
            const auto rest = command->path.substr(prefix.size());
            const auto word = rest.substr(0, rest.find(' '));
            if (word == last) continue;
            last = word;
            const auto* noun = path.empty() ? find_noun(word) : nullptr;
            add(word, noun ? noun->summary : command->summary);
        }
    }
    // `--retention=2`: the values carry the option with them, as the shell replaces the whole word.
    void prefix_values(std::string_view prefix) {
        for (auto& item : out_.items) item.value.insert(0, prefix);
    }
    Candidates take() { return std::move(out_); }

   private:
    std::string typed_;
    const NameSource& names_;
    std::string stream_;
    Candidates out_;
};

// What the command's argument at this place may be.
void add_argument(Answer& answer, const CommandSpec& command, std::size_t place) {
    if (command.args.empty()) return;
    if (place >= command.args.size() && !command.args.back().many) return;
    const auto& spec = command.args[std::min(place, command.args.size() - 1)];
    const bool first_of_command = spec.completer != Completer::command || place < command.args.size();
    answer.add_values(first_of_command ? spec.completer : Completer::file);  // a command's own arguments are its business
}

std::vector<Completion> ask_daemon(Completer kind, const std::string& prefix, const std::string& stream,
                                   const std::string& data_dir, Deadline deadline) {
    const auto data = DataDir::find(data_dir);
    if (!data) return {};
    if (!is_announced(*data)) return {};
    const auto socket = find_socket(*data);
    if (!socket) return {};
    auto connected = connect_unix(*socket, deadline);
    if (!connected) return {};
    HttpConnection daemon(std::move(*connected));
    auto target = fmt::format("/v1/complete?kind={}&prefix={}", name_of(kind), percent_encode(prefix));
    if (!stream.empty()) target += fmt::format("&stream={}", percent_encode(stream));
    const auto response = daemon.request({.method = "GET", .target = target}, deadline);
    if (!response || response->status != 200) return {};
    const auto body = daemon.read_body_to_end(deadline);
    if (!body) return {};
    return from_json_text<Items<Completion>>(*body, Unknown::ignore).value_or(Items<Completion>{}).items;
}

}  // namespace

Candidates complete(std::span<const std::string> words, const NameSource& names) {
    const std::string typed = words.empty() ? std::string() : words.back();
    const auto before = words.first(words.empty() ? 0 : words.size() - 1);
    const auto resolution = resolve(before);
    // Until a command is known only the options of all commands are; an empty one stands in.
    static constexpr CommandSpec kNoCommand{};
    const CommandSpec& command = resolution.command ? *resolution.command : kNoCommand;
    const auto here = position_of(command, resolution.rest);
    const std::string stream = !here.arguments.empty() && !command.args.empty() && command.args[0].completer == Completer::stream
                                   ? here.arguments[0]
                                   : std::string();
    if (here.value_of) {
        Answer answer(typed, names, stream);
        answer.add_option_values(*here.value_of);
        return answer.take();
    }
    if (const auto equals = typed.find('='); typed.starts_with("--") && equals != std::string::npos && !here.only_arguments) {
        Answer answer(typed.substr(equals + 1), names, stream);
        if (const auto* option = command.find_option(typed.substr(2, equals - 2))) answer.add_option_values(*option);
        answer.prefix_values(typed.substr(0, equals + 1));
        return answer.take();
    }
    Answer answer(typed, names, stream);
    if (typed.starts_with('-') && !here.only_arguments) {
        answer.add_options(command);
    } else if (!resolution.unknown) {
        if (here.arguments.empty() && !here.only_arguments) answer.add_words(resolution.path);
        if (resolution.path == "help") {
            const auto asked = resolve(here.arguments);
            if (!asked.unknown && (!asked.command || is_command_prefix(asked.path + " "))) answer.add_words(asked.path);
        } else {
            add_argument(answer, command, here.arguments.size());
        }
    }
    return answer.take();
}

void run_complete(std::span<const std::string> arguments) {
    const auto deadline = Deadline::in(kBudget);
    std::size_t cword = 0;
    std::size_t at = 0;
    for (; at < arguments.size() && arguments[at] != "--"; ++at)
        if (arguments[at] == "--cword" && at + 1 < arguments.size())
            std::from_chars(arguments[at + 1].data(), arguments[at + 1].data() + arguments[at + 1].size(), cword);
    // words[0] is `kns`; a word being typed that is still empty may not have been passed at all.
    std::vector<std::string> words;
    for (std::size_t i = at + 2; i < arguments.size() && words.size() < cword; ++i) words.push_back(arguments[i]);
    while (words.size() < std::min<std::size_t>(cword, 1)) words.emplace_back();
    if (words.size() < cword) words.emplace_back();

    const auto data_dir = data_dir_among(words);
    const auto found = complete(words, [&](Completer kind, const std::string& prefix, const std::string& stream) {
        return ask_daemon(kind, prefix, stream, data_dir, deadline);
    });
    std::string out;
    for (const auto& item : found.items) out += fmt::format("{}\t{}\n", item.value, item.description);
    out += fmt::format(":{}\n", found.directive);
    static_cast<void>(write_all(STDOUT_FILENO, out));
}

}  // namespace kns::cli
