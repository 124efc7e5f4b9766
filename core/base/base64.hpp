// Bytes as text: base64 (RFC 4648, padded) and lower-case hex.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

std::string base64_encode(std::string_view bytes);
void base64_encode_append(std::string& out, std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);  // strict: alphabet, padding and unused bits
// The same to `out`, which has room for three bytes of every four, and may be where the text itself begins. Its length; nothing:
// it is not base64, and what was written is of no use.
std::optional<std::size_t> base64_decode_to(char* out, std::string_view text);
// The same into what is there. False: it is not base64, and nothing was appended.
bool base64_decode_append(std::string& out, std::string_view text);
std::string hex_encode(std::string_view bytes);
Result<std::string> hex_decode(std::string_view text);

}  // namespace kns
