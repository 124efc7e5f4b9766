// CRC32C (Castagnoli), as RecordBatch v2 uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kns {

// The CRC of `bytes`, or of what `seed` is the CRC of followed by `bytes`.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);

// The CRC of A followed by B, from the CRC of each and B's length.
std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::size_t bytes_b);

}  // namespace kns
