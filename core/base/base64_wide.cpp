#include "core/base/base64_wide.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>
#include <cstdint>
#endif

namespace kns {

#if defined(__x86_64__)

#define KNS_AVX2 __attribute__((target("avx2")))

namespace {

using Table = std::array<std::int8_t, 16>;  // for a shuffle: one entry a nibble

constexpr int value_of(int c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// A character is bad if its high nibble's bit is among its low nibble's bits. High nibbles with the same good low ones share
// a bit, so that eight are enough.
constexpr int bit_of(int high) {
    switch (high) {
        case 2: return 1;
        case 3: return 2;
        case 4:
        case 6: return 4;
        case 5:
        case 7: return 8;
        default: return 16;
    }
}
constexpr Table kHighBits = [] {
    Table table{};
    for (int high = 0; high < 16; ++high) table[static_cast<std::size_t>(high)] = static_cast<std::int8_t>(bit_of(high));
    return table;
}();
constexpr Table kLowBits = [] {
    Table table{};
    for (int low = 0; low < 16; ++low) {
        int bits = 0;
        for (int high = 0; high < 16; ++high)
            if (value_of(high << 4 | low) < 0) bits |= bit_of(high);
        table[static_cast<std::size_t>(low)] = static_cast<std::int8_t>(bits);
    }
    return table;
}();
// What is added to a character to make its value, by high nibble. A slash has an entry of its own, below that of the plus.
constexpr Table kToValue = [] {
    Table table{};
    table[1] = static_cast<std::int8_t>(63 - '/');
    table[2] = static_cast<std::int8_t>(62 - '+');
    table[3] = static_cast<std::int8_t>(52 - '0');
    table[4] = table[5] = static_cast<std::int8_t>(0 - 'A');
    table[6] = table[7] = static_cast<std::int8_t>(26 - 'a');
    return table;
}();
// What is added to a value to make its character: 0 for a to z, 1 to 10 the digits, 11 plus, 12 slash, 13 for A to Z.
constexpr Table kToCharacter = [] {
    Table table{};
    table[0] = static_cast<std::int8_t>('a' - 26);
    for (std::size_t i = 1; i <= 10; ++i) table[i] = static_cast<std::int8_t>('0' - 52);
    table[11] = static_cast<std::int8_t>('+' - 62);
    table[12] = static_cast<std::int8_t>('/' - 63);
    table[13] = 'A';
    return table;
}();

KNS_AVX2 __m256i both_lanes(const Table& table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

KNS_AVX2 std::size_t encode(const char* bytes, std::size_t size, char* text) {
    constexpr std::size_t kBlock = 24, kRead = 28;  // two loads of 16, twelve bytes of each
    const auto to_character = both_lanes(kToCharacter);
    // Each group of bytes a b c as b a c b: the four values lie in two halves of sixteen bits.
    const auto spread = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                         1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    std::size_t done = 0;
    for (; size - done >= kRead; done += kBlock, text += 32) {
        const auto* from = bytes + done;
        const auto low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        const auto high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 12));
        const auto groups = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
        // First and third value: shifted right by a multiplication that keeps the upper half; second and fourth: left.
        const auto odd = _mm256_mulhi_epu16(_mm256_and_si256(groups, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
        const auto even =
            _mm256_mullo_epi16(_mm256_and_si256(groups, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
        const auto values = _mm256_or_si256(odd, even);
        auto kind = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
        const auto upper_case = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
        kind = _mm256_or_si256(kind, _mm256_and_si256(upper_case, _mm256_set1_epi8(13)));
        const auto out = _mm256_add_epi8(values, _mm256_shuffle_epi8(to_character, kind));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(text), out);
    }
    return done;
}

KNS_AVX2 std::size_t decode(const char* text, std::size_t size, char* bytes) {
    constexpr std::size_t kBlock = 32, kRoom = 44;  // 24 bytes, stored as 32: what follows has to need the rest
    const auto high_bits = both_lanes(kHighBits), low_bits = both_lanes(kLowBits), to_value = both_lanes(kToValue);
    const auto nibble = _mm256_set1_epi8(15), slash = _mm256_set1_epi8('/');
    const auto pack = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                       2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const auto together = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    std::size_t done = 0;
    for (; size - done >= kRoom; done += kBlock, bytes += 24) {
        const auto in = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + done));
        const auto high = _mm256_and_si256(_mm256_srli_epi32(in, 4), nibble), low = _mm256_and_si256(in, nibble);
        if (!_mm256_testz_si256(_mm256_shuffle_epi8(high_bits, high), _mm256_shuffle_epi8(low_bits, low))) break;
        const auto kind = _mm256_add_epi8(high, _mm256_cmpeq_epi8(in, slash));  // one less for a slash
        const auto values = _mm256_add_epi8(in, _mm256_shuffle_epi8(to_value, kind));
        const auto pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));  // twelve bits each
        const auto groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));     // twenty-four
        const auto out = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, pack), together);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes), out);
    }
    return done;
}

const bool kHasAvx2 = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
}();

}  // namespace

std::size_t base64_encode_wide(const char* bytes, std::size_t size, char* text) { return kHasAvx2 ? encode(bytes, size, text) : 0; }
std::size_t base64_decode_wide(const char* text, std::size_t size, char* bytes) { return kHasAvx2 ? decode(text, size, bytes) : 0; }

#else

std::size_t base64_encode_wide(const char*, std::size_t, char*) { return 0; }
std::size_t base64_decode_wide(const char*, std::size_t, char*) { return 0; }

#endif

}  // namespace kns
