#include "core/base/command_words.hpp"

namespace kns {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kLambda = "lambda:";

bool is_relative(std::string_view path) { return path.find('/') != std::string_view::npos && path.front() != '/'; }

std::string below(std::string_view directory, std::string_view path) {
    if (path.starts_with("./")) path.remove_prefix(2);
    return fmt::format("{}/{}", directory.ends_with('/') ? directory.substr(0, directory.size() - 1) : directory, path);
}

// As split_words reads it back.
std::string quoted(const std::string& word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool escapes =
            c == '\\' && quote != '\'' && i + 1 < text.size() && (quote == 0 || text[i + 1] == '"' || text[i + 1] == '\\');
        if (c == '\0' || c == '\n') return fail(Errc::invalid_argument, "a command is one line of text");
        if (escapes) {
            word += text[++i];
            in_word = true;
        } else if (quote != 0) {
            if (c == quote)
                quote = 0;
            else
                word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
        } else if (kBlank.find(c) != std::string_view::npos) {
            if (in_word) words.push_back(std::exchange(word, {}));
            in_word = false;
        } else if (std::string_view("|&;<>()$`*?").find(c) != std::string_view::npos) {
            return fail(Errc::invalid_argument, "the command has an unquoted {}, which only a shell understands", c)
                .hint("quote it, or put the line into a script of its own and name that");
        } else {
            word += c;
            in_word = true;
        }
    }
    if (quote != 0) return fail(Errc::invalid_argument, "the command has a quote {} that is not closed", quote);
    if (in_word) words.push_back(std::move(word));
    if (words.empty() || words.front().empty()) return fail(Errc::invalid_argument, "the command is empty");
    return words;
}

std::string anchor_transform(std::string_view text, std::string_view directory) {
    if (text.starts_with(kLambda)) {
        const auto path = text.substr(kLambda.size());
        const bool url = path.starts_with("http://") || path.starts_with("https://");
        if (path.empty() || url || path.front() == '/') return std::string(text);
        return std::string(kLambda) + below(directory, path);
    }
    const auto begin = std::min(text.find_first_not_of(kBlank), text.size());
    const auto end = std::min(text.find_first_of(kBlank, begin), text.size());
    const auto program = text.substr(begin, end - begin);
    if (program.empty() || !is_relative(program) || program.find_first_of("'\"\\") != std::string_view::npos)
        return std::string(text);
    const auto path = below(directory, program);
    const bool plain = path.find_first_of(" \t'\"\\|&;<>()$`*?") == std::string::npos;
    return (plain ? path : quoted(path)) + std::string(text.substr(end));
}

}  // namespace kns
