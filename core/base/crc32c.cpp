#include "core/base/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace kns {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

constexpr auto kByteTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >> 1) ^ kPolynomial : crc >> 1;
        table[i] = crc;
    }
    return table;
}();

// a(x) * b(x) mod P, both reflected: bit 31 is x^0.
constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
    std::uint32_t product = 0;
    for (std::uint32_t mask = 0x80000000; mask; mask >>= 1) {
        if (a & mask) product ^= b;
        b = b & 1 ? (b >> 1) ^ kPolynomial : b >> 1;
    }
    return product;
}

// kPowers[k] = x^(8 * 2^k): what appending 2^k bytes multiplies a CRC with.
constexpr auto kPowers = [] {
    std::array<std::uint32_t, 64> powers{};
    std::uint32_t p = 0x00800000;  // x^8
    for (auto& power : powers) {
        power = p;
        p = multiply(p, p);
    }
    return powers;
}();

constexpr std::uint32_t power_for_bytes(std::size_t bytes) {
    std::uint32_t p = 0x80000000;  // x^0
    for (std::size_t k = 0; bytes; ++k, bytes >>= 1)
        if (bytes & 1) p = multiply(p, kPowers[k]);
    return p;
}

std::uint32_t update_by_table(std::uint32_t crc, const std::byte* at, std::size_t size) {
    for (; size; --size, ++at) crc = (crc >> 8) ^ kByteTable[(crc ^ static_cast<std::uint8_t>(*at)) & 0xff];
    return crc;
}

#if defined(__x86_64__)

// Multiplying by a fixed power of x, a byte at a time: four tables for one stride.
constexpr std::size_t kStride = 4096;
constexpr auto make_shift_table(std::size_t bytes) {
    std::array<std::array<std::uint32_t, 256>, 4> table{};
    const std::uint32_t power = power_for_bytes(bytes);
    for (std::uint32_t lane = 0; lane < 4; ++lane) {
        for (int bit = 0; bit < 8; ++bit)
            table[lane][1u << bit] = multiply(power, 1u << (8 * lane + static_cast<std::uint32_t>(bit)));
        for (std::uint32_t i = 1; i < 256; ++i) table[lane][i] = table[lane][i & (i - 1)] ^ table[lane][i & (~i + 1)];
    }
    return table;
}
constexpr auto kShift = make_shift_table(kStride);

std::uint32_t shift_stride(std::uint32_t crc) {
    return kShift[0][crc & 0xff] ^ kShift[1][(crc >> 8) & 0xff] ^ kShift[2][(crc >> 16) & 0xff] ^ kShift[3][crc >> 24];
}

std::uint64_t load(const std::byte* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    return word;
}

// The crc32 instruction has a latency of three cycles and a throughput of one: three strides go on side by side.
__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t crc, const std::byte* at, std::size_t size) {
    std::uint64_t a = crc;
    while (size >= 3 * kStride) {
        std::uint64_t b = 0, c = 0;
        for (std::size_t i = 0; i < kStride; i += 8) {
            a = _mm_crc32_u64(a, load(at + i));
            b = _mm_crc32_u64(b, load(at + kStride + i));
            c = _mm_crc32_u64(c, load(at + 2 * kStride + i));
        }
        a = shift_stride(shift_stride(static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b)) ^
            static_cast<std::uint32_t>(c);
        at += 3 * kStride;
        size -= 3 * kStride;
    }
    for (; size >= 8; size -= 8, at += 8) a = _mm_crc32_u64(a, load(at));
    for (; size; --size, ++at) a = _mm_crc32_u8(static_cast<std::uint32_t>(a), static_cast<std::uint8_t>(*at));
    return static_cast<std::uint32_t>(a);
}

#endif

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed) {
    const std::uint32_t crc = ~seed;
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2");
    if (has_instruction) return ~update_by_instruction(crc, bytes.data(), bytes.size());
#endif
    return ~update_by_table(crc, bytes.data(), bytes.size());
}

std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::size_t bytes_b) {
    return multiply(power_for_bytes(bytes_b), crc_a) ^ crc_b;
}

}  // namespace kns
