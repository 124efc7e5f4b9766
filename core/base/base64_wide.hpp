// Base64 in blocks of 32 characters, where the processor has AVX2; base64.cpp does the rest. Any thread.
//
// The method is that of Mula and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018).
#pragma once

#include <cstddef>

namespace kns {

// How much of the front was done: a multiple of the block, 0 on other processors. Writes within what the whole needs.
std::size_t base64_encode_wide(const char* bytes, std::size_t size, char* text);
// Likewise; stops before a block with a character that is not of the alphabet.
std::size_t base64_decode_wide(const char* text, std::size_t size, char* bytes);

}  // namespace kns
