#include "cli/text_width.hpp"

#include <algorithm>
#include <cstdint>

namespace kns::cli {
namespace {

struct Range {
    char32_t first, last;
};

// Unicode 15: East Asian Width W and F, and what is drawn as emoji by default; blocks, not single characters.
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},   {0x2614, 0x2615},
                           {0x2648, 0x2653},   {0x26ce, 0x26ce},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2753, 0x2757},
                           {0x2795, 0x2797},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b55},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
                           {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                           {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
                           {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};
constexpr Range kZero[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
                           {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
                           {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], char32_t c) {
    const auto* range = std::ranges::lower_bound(ranges, c, {}, &Range::last);
    return range != std::end(ranges) && range->first <= c;
}

struct Character {
    std::string_view bytes;  // as they are, or "?"
    std::size_t width = 1;
};

// Takes the first character off `text`, which is not empty.
Character take_character(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    bool good = size > 0 && size <= text.size();
    char32_t c = size == 1 ? lead : lead & (0x7fu >> size);
    for (std::size_t i = 1; good && i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        good = (next & 0xc0) == 0x80;
        c = c << 6 | (next & 0x3f);
    }
    const auto bytes = text.substr(0, good ? size : 1);
    text.remove_prefix(bytes.size());
    if (!good || c < 0x20 || (c >= 0x7f && c < 0xa0)) return {"?"};
    return {bytes, is_in(kZero, c) ? 0u : is_in(kWide, c) ? 2u : 1u};
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) width += take_character(text).width;
    return width;
}

std::string fitted(std::string_view text, std::size_t width, bool right, std::string_view ellipsis) {
    if (width == 0) return {};
    const bool cut = display_width(text) > width;
    const std::size_t room = width - cut;
    std::string out;
    std::size_t used = 0;
    while (!text.empty()) {
        const auto character = take_character(text);
        if (used + character.width > room) break;
        out += character.bytes;
        used += character.width;
    }
    if (cut) out += ellipsis, ++used;
    const std::string spaces(width - used, ' ');
    return right ? spaces + out : out + spaces;
}

}  // namespace kns::cli
