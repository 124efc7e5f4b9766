#include "cli/suggest.hpp"

#include <algorithm>

#include "cli/command.hpp"

namespace kns::cli {
namespace {

// What people call our verbs elsewhere.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"ls", "list"},     {"rm", "delete"},     {"del", "delete"},    {"remove", "delete"},  {"new", "create"},
    {"add", "create"},  {"info", "show"},     {"describe", "show"}, {"inspect", "show"},   {"status", "show"},
    {"read", "get"},    {"cat", "get"},       {"write", "put"},     {"send", "put"},       {"produce", "put"},
    {"follow", "tail"}, {"flush", "deliver"}, {"log", "logs"},      {"reshard", "update"}, {"edit", "update"},
};

std::vector<std::string_view> first_words() {
    std::vector<std::string_view> words;
    for (const auto* command : all_commands()) {
        const auto first = command->path.substr(0, command->path.find(' '));
        if (words.empty() || words.back() != first) words.push_back(first);
    }
    return words;
}

std::vector<std::string_view> verbs_of(std::string_view noun) {
    std::vector<std::string_view> verbs;
    for (const auto* command : all_commands()) {
        if (!command->path.starts_with(noun) || command->path.size() <= noun.size() || command->path[noun.size()] != ' ') continue;
        const auto rest = command->path.substr(noun.size() + 1);
        const auto verb = rest.substr(0, rest.find(' '));
        if (verbs.empty() || verbs.back() != verb) verbs.push_back(verb);
    }
    return verbs;
}

// `noun verb` if both can be made sense of.
std::optional<std::string> join(std::string_view noun_word, std::string_view verb_word) {
    const auto noun = nearest(noun_word, first_words());
    if (!noun) return std::nullopt;
    const auto verbs = verbs_of(*noun);
    if (verbs.empty() || verb_word.empty()) return std::string(*noun);
    auto verb = nearest(verb_word, verbs);
    for (const auto& [other, ours] : kOtherNames)
        if (!verb && other == verb_word && std::ranges::count(verbs, ours)) verb = ours;
    if (!verb) return std::nullopt;
    return fmt::format("{} {}", *noun, *verb);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
    std::optional<std::string_view> best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;  // a third of the letters may be wrong
    for (const auto candidate : candidates) {
        std::size_t distance = edit_distance(word, candidate);
        if (word.size() >= 3 && candidate.starts_with(word)) distance = std::min<std::size_t>(distance, 1);
        if (distance >= best_distance) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

std::optional<std::string> suggest_command(std::span<const std::string> words) {
    const std::string_view first = words.empty() ? "" : std::string_view(words[0]);
    const std::string_view second = words.size() > 1 ? std::string_view(words[1]) : "";
    if (auto found = join(first, second); found && (second.empty() || found->contains(' '))) return found;
    if (!second.empty())
        if (auto found = join(second, first); found && found->contains(' ')) return found;
    if (auto noun = nearest(first, first_words()); noun && *noun != first) return std::string(*noun);
    return std::nullopt;
}

}  // namespace kns::cli
