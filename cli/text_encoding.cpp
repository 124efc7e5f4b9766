#include "cli/text_encoding.hpp"

#include <array>
#include <cstdint>

namespace kns::cli {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr auto values_of(std::string_view digits) {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < digits.size(); ++i) values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}
constexpr auto kBase64Values = values_of(kBase64);
constexpr auto kHexValues = [] {
    auto values = values_of(kHex);
    for (char c = 'A'; c <= 'F'; ++c) values[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(10 + c - 'A');
    return values;
}();

void append_base64(std::string& out, std::string_view bytes) {
    auto digit = [](std::uint32_t group, int shift) { return kBase64[(group >> shift) & 63]; };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const auto group =
            static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]) << 16 | static_cast<unsigned char>(bytes[i + 1]) << 8 |
                                       static_cast<unsigned char>(bytes[i + 2]));
        const char digits[] = {digit(group, 18), digit(group, 12), digit(group, 6), digit(group, 0)};
        out.append(digits, 4);
    }
    if (i == bytes.size()) return;
    const bool two = i + 2 == bytes.size();
    const auto group = static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]) << 16 |
                                                  (two ? static_cast<unsigned char>(bytes[i + 1]) << 8 : 0));
    const char digits[] = {digit(group, 18), digit(group, 12), two ? digit(group, 6) : '=', '='};
    out.append(digits, 4);
}

// Digits of `bits` each, most significant first; the bits left over at the end must be zero.
Result<std::size_t> decode_digits(std::span<char> text, std::size_t size, const std::array<std::uint8_t, 256>& values,
                                  unsigned bits, std::string_view name) {
    std::uint32_t held = 0;
    unsigned held_bits = 0;
    std::size_t used = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const auto value = values[static_cast<unsigned char>(text[i])];
        if (value == kNoDigit) return fail(Errc::invalid_argument, "byte {} is not {}", i + 1, name);
        held = (held << bits) | value;
        held_bits += bits;
        if (held_bits < 8) continue;
        held_bits -= 8;
        text[used++] = static_cast<char>(held >> held_bits);
        held &= (1U << held_bits) - 1;
    }
    if (held_bits >= bits || held != 0) return fail(Errc::invalid_argument, "the {} text ends in the middle of a byte", name);
    return used;
}

}  // namespace

void append_encoded(std::string& out, Encoding encoding, std::string_view bytes) {
    switch (encoding) {
        case Encoding::raw: out += bytes; break;
        case Encoding::base64: append_base64(out, bytes); break;
        case Encoding::hex:
            for (const char c : bytes) {
                out += kHex[static_cast<unsigned char>(c) >> 4];
                out += kHex[static_cast<unsigned char>(c) & 15];
            }
            break;
    }
}

Result<std::size_t> decode_in_place(Encoding encoding, std::span<char> text) {
    if (encoding == Encoding::raw) return text.size();
    std::size_t size = text.size();
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t' || text[size - 1] == '\r' || text[size - 1] == '\n'))
        --size;
    if (encoding == Encoding::hex) return decode_digits(text, size, kHexValues, 4, "hex");
    for (int padding = 0; padding < 2 && size > 0 && text[size - 1] == '='; ++padding) --size;
    return decode_digits(text, size, kBase64Values, 6, "base64");
}

std::string shell_word(std::string_view text) {
    if (!text.empty() &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == std::string_view::npos)
        return std::string(text);
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

}  // namespace kns::cli
