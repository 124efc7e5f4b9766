// Numbers in network order at unaligned places.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace kns {

template <std::integral T>
T load_be(const std::byte* at) {
    T value{};
    std::memcpy(&value, at, sizeof value);
    if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) value = std::byteswap(value);
    return value;
}

template <std::integral T>
void store_be(std::byte* at, T value) {
    if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) value = std::byteswap(value);
    std::memcpy(at, &value, sizeof value);
}

}  // namespace kns
