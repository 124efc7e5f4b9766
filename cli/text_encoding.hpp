// How bytes are written where text is wanted, and back: `--encoding raw|base64|hex`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/describe.hpp"
#include "core/base/result.hpp"

namespace kns::cli {

enum class Encoding { raw, base64, hex };
inline std::span<const std::string_view> enum_names(Encoding) {
    static constexpr std::string_view names[] = {"raw", "base64", "hex"};
    return names;
}

void append_encoded(std::string& out, Encoding encoding, std::string_view bytes);

// Decodes where the text stands, which is possible because bytes take no more room than their text; gives how many there
// are. White space at the end is not part of it (a line of a file may end in CRLF), padding may be missing. Text that is
// not of this encoding is an error, and its bytes are then undefined.
Result<std::size_t> decode_in_place(Encoding encoding, std::span<char> text);

// As a shell takes it for one word.
std::string shell_word(std::string_view text);

}  // namespace kns::cli
