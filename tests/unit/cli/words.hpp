// A command line as the shell would split it, for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kns::cli {

// Blanks, single and double quotes; ends at a pipe. The first word, `kns`, is left out.
inline std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    char quote = 0;
    bool any = false;
    for (const char c : line) {
        if (quote) {
            if (c == quote) {
                quote = 0;
            } else {
                word += c;
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
            any = true;
        } else if (c == ' ') {
            if (any) words.push_back(word);
            word.clear();
            any = false;
        } else if (c == '|' || c == '>' || c == '<') {
            break;
        } else {
            word += c;
            any = true;
        }
    }
    if (any) words.push_back(word);
    if (!words.empty()) words.erase(words.begin());
    return words;
}

}  // namespace kns::cli
