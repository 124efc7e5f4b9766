#include "core/base/base64.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "core/base/base64_wide.hpp"
#include "core/base/resize_uninitialized.hpp"

namespace kns {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two characters for twelve bits: half as many look-ups.
constexpr auto kPairs = [] {
    std::array<std::array<char, 2>, 4096> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
    return pairs;
}();

// A character's bits where the k-th of four has them; kBad for what is none, which no sum of the others reaches.
constexpr std::uint32_t kBad = 1u << 24;
constexpr auto kPlaces = [] {
    std::array<std::array<std::uint32_t, 256>, 4> places{};
    for (std::size_t k = 0; k < 4; ++k) {
        places[k].fill(kBad);
        for (std::size_t i = 0; i < kAlphabet.size(); ++i)
            places[k][static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint32_t>(i << (18 - 6 * k));
    }
    return places;
}();

std::uint32_t group_of(const char* four) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) group |= kPlaces[k][static_cast<unsigned char>(four[k])];
    return group;
}

int hex_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

void base64_encode_append(std::string& out, std::string_view bytes) {
    const std::size_t before = out.size();
    resize_uninitialized(out, before + (bytes.size() + 2) / 3 * 4);
    const std::size_t done = base64_encode_wide(bytes.data(), bytes.size(), out.data() + before);
    char* to = out.data() + before + done / 3 * 4;
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data()) + done;
    std::size_t left = bytes.size() - done;
    for (; left >= 3; left -= 3, from += 3, to += 4) {
        const std::uint32_t group = static_cast<std::uint32_t>(from[0] << 16 | from[1] << 8 | from[2]);
        std::memcpy(to, kPairs[group >> 12].data(), 2);
        std::memcpy(to + 2, kPairs[group & 4095].data(), 2);
    }
    if (left == 0) return;
    const std::uint32_t group = static_cast<std::uint32_t>(from[0] << 16 | (left == 2 ? from[1] << 8 : 0));
    std::memcpy(to, kPairs[group >> 12].data(), 2);
    to[2] = left == 2 ? kPairs[group & 4095][0] : '=';
    to[3] = '=';
}

std::string base64_encode(std::string_view bytes) {
    std::string out;
    base64_encode_append(out, bytes);
    return out;
}

std::optional<std::size_t> base64_decode_to(char* out, std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.empty()) return 0;
    const std::size_t padding = text[text.size() - 1] != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
    const std::size_t done = base64_decode_wide(text.data(), text.size(), out);
    char* to = out + done / 4 * 3;
    const char* from = text.data() + done;
    std::uint32_t seen = 0;
    const auto put = [&](std::uint32_t group) {
        seen |= group;
        to[0] = static_cast<char>(group >> 16);
        to[1] = static_cast<char>(group >> 8);
        to[2] = static_cast<char>(group);
        to += 3;
        from += 4;
    };
    for (std::size_t i = (text.size() - done) / 4; i > 1; --i) put(group_of(from));
    char last[4] = {from[0], from[1], padding > 1 ? 'A' : from[2], padding > 0 ? 'A' : from[3]};
    const std::uint32_t group = group_of(last);
    put(group);
    const bool unused_bits = (padding == 1 && group & 0xff) || (padding == 2 && group & 0xffff);
    if (seen & kBad || unused_bits) return std::nullopt;
    return text.size() / 4 * 3 - padding;
}

bool base64_decode_append(std::string& out, std::string_view text) {
    const std::size_t before = out.size();
    resize_uninitialized(out, before + text.size() / 4 * 3);
    const auto size = base64_decode_to(out.data() + before, text);
    out.resize(before + size.value_or(0));
    return size.has_value();
}

Result<std::string> base64_decode(std::string_view text) {
    std::string out;
    if (!base64_decode_append(out, text)) return fail(Errc::invalid_argument, "not base64");
    return out;
}

std::string hex_encode(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

Result<std::string> hex_decode(std::string_view text) {
    std::string out;
    if (text.size() % 2 != 0) return fail(Errc::invalid_argument, "not hex: an odd number of digits");
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return fail(Errc::invalid_argument, "not hex");
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

}  // namespace kns
