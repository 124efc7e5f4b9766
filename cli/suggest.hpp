// Did you mean...? Guesses are shown, never acted on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kns::cli {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate that `word` was probably meant to be, or nothing if none is near.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

// The command that these words were probably meant to be: misspelt nouns and verbs, noun and verb swapped, a verb's other
// name. "create strem" -> "stream create". Only the path is returned, without `kns`.
std::optional<std::string> suggest_command(std::span<const std::string> words);

}  // namespace kns::cli
