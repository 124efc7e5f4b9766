#include "cli/key_hash.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace kns::cli {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kMaxShortKey = 55;  // with the end mark and the length it fills one block of 64 bytes

// One 32-bit word of every lane.
using Word = std::uint32_t __attribute__((vector_size(4 * kLanes)));

struct Block {
    std::array<Word, 16> words;
};
struct Digest {
    Word a, b, c, d;
};

// RFC 1321: floor(2^32 * |sin(i + 1)|), and the rotations of the four rounds.
constexpr std::array<std::uint32_t, 64> kSines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af,
    0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa,
    0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
    0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97,
    0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
constexpr std::uint32_t kStart[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

// Vectors go by reference: by value their passing would depend on the processor compiled for.
[[gnu::always_inline]] inline void hash_block(const Block& block, Digest& out) {
    Word a = Word{} + kStart[0], b = Word{} + kStart[1], c = Word{} + kStart[2], d = Word{} + kStart[3];
#pragma GCC unroll 64
    for (int i = 0; i < 64; ++i) {
        Word mixed;
        int at;
        if (i < 16) {
            mixed = d ^ (b & (c ^ d));
            at = i;
        } else if (i < 32) {
            mixed = c ^ (d & (b ^ c));
            at = (5 * i + 1) % 16;
        } else if (i < 48) {
            mixed = b ^ c ^ d;
            at = (3 * i + 5) % 16;
        } else {
            mixed = c ^ (b | ~d);
            at = (7 * i) % 16;
        }
        const Word sum = a + mixed + kSines[static_cast<std::size_t>(i)] + block.words[static_cast<std::size_t>(at)];
        const int turn = kTurns[i / 16][i % 4];
        a = d;
        d = c;
        c = b;
        b += (sum << turn) | (sum >> (32 - turn));
    }
    out = {a + kStart[0], b + kStart[1], c + kStart[2], d + kStart[3]};
}

void hash_anywhere(const Block& block, Digest& out) { hash_block(block, out); }

#if defined(__x86_64__)
__attribute__((target("avx2"))) void hash_avx2(const Block& block, Digest& out) { hash_block(block, out); }
const bool kHasAvx2 = __builtin_cpu_supports("avx2");
#else
constexpr auto hash_avx2 = hash_anywhere;
constexpr bool kHasAvx2 = false;
#endif

void set_lane(Block& block, std::size_t lane, std::string_view key) {
    std::array<char, 64> bytes{};
    std::memcpy(bytes.data(), key.data(), key.size());
    bytes[key.size()] = static_cast<char>(0x80);
    const auto bits = static_cast<std::uint64_t>(key.size()) * 8;
    std::memcpy(bytes.data() + 56, &bits, 8);
    for (std::size_t i = 0; i < 16; ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes.data() + 4 * i, 4);
        block.words[i][lane] = word;
    }
}

// The digest's bytes, little-endian words in turn, read as one big-endian number.
uint128 number_of(const Digest& digest, std::size_t lane) {
    uint128 value = 0;
    for (const auto* word : {&digest.a, &digest.b, &digest.c, &digest.d}) value = (value << 32) | __builtin_bswap32((*word)[lane]);
    return value;
}

}  // namespace

static_assert(std::endian::native == std::endian::little, "MD5 reads little-endian words");

void hash_keys(std::span<const std::string_view> keys, std::span<uint128> hashes) {
    assert(keys.size() == hashes.size());
    Block block{};
    Digest digest{};
    std::array<std::size_t, kLanes> waiting{};  // which key sits in which lane
    std::size_t lanes = 0;
    auto hash_waiting = [&] {
        kHasAvx2 ? hash_avx2(block, digest) : hash_anywhere(block, digest);
        for (std::size_t lane = 0; lane < lanes; ++lane) hashes[waiting[lane]] = number_of(digest, lane);
        lanes = 0;
    };
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].size() > kMaxShortKey) {
            hashes[i] = hash_of_key(keys[i]);
            continue;
        }
        set_lane(block, lanes, keys[i]);
        waiting[lanes] = i;
        if (++lanes == kLanes) hash_waiting();
    }
    if (lanes > 0) hash_waiting();
}

}  // namespace kns::cli
