// SQL as words: names, numbers, strings and signs, each with its place. Pure; the text outlives its tokens.
// Contract: Flink's SQL, which is Calcite's: names in back quotes, or, as KDA has them, in double quotes; strings in single quotes,
// doubled inside; comments -- and /* */; hints /*+ */.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns::sql {

// From 1, in characters of the line.
struct Place {
    std::uint32_t line = 1, column = 1;
    bool operator==(const Place&) const = default;
};

struct Token {
    enum class Kind { end, word, quoted_name, number, string, sign, hint_begin };
    Kind kind = Kind::end;
    std::string text;  // of a word as it was written; of a name or string what it stands for; of a sign the sign: "<=", "=>", "||"
    Place place;
    std::size_t from = 0, to = 0;  // in the text

    bool is_sign(std::string_view sign) const { return kind == Kind::sign && text == sign; }
    // Of words, whatever their case; `keyword` is in capitals.
    bool is_word(std::string_view keyword) const;
};

// The last one is `end`. Errors say their place.
Result<std::vector<Token>> split_into_tokens(std::string_view text);

// An error at a place: "line 3, column 12: ...", which is also in its details.
Failure fail_at(Place place, std::string_view message);

}  // namespace kns::sql
