// Commands as people write them in one text: words, and quotes around what belongs together. No shell is asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

// The words of `./clean.sh --level 3 'a b'`: '...' to the letter, "..." with \" and \\, a backslash before one character
// outside of both. What only a shell could do (| ; & < > $ ` * and so on, unquoted) is refused.
Result<std::vector<std::string>> split_words(std::string_view text);

// The same command, wherever it is read: a program named by a relative path (`./clean.sh`, `bin/clean`) gets `directory`,
// which is absolute, before it; so does the path behind `lambda:`. A bare name is left to PATH, a URL is left alone.
std::string anchor_transform(std::string_view text, std::string_view directory);

}  // namespace kns
