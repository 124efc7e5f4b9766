#include "cli/tags.hpp"

namespace kns::cli {

Result<std::map<std::string, std::string>> parse_tags(const std::vector<std::string>& words, std::string_view noun) {
    std::map<std::string, std::string> tags;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(Errc::invalid_argument, "\"{}\" is not {}", word, noun).hint("write KEY=VALUE");
        tags[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return tags;
}

std::string tags_text(const std::map<std::string, std::string>& tags) {
    std::string out;
    for (const auto& [key, value] : tags) out += fmt::format("{}{}={}", out.empty() ? "" : ", ", key, value);
    return out;
}

}  // namespace kns::cli
