#include "core/base/uuid.hpp"

#include "core/base/aead.hpp"

namespace kns {

std::string uuid_text(const std::array<std::byte, 16>& bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += kDigits[static_cast<std::size_t>(bytes[i] >> 4)];
        out += kDigits[static_cast<std::size_t>(bytes[i] & std::byte{15})];
    }
    return out;
}

std::string random_uuid() {
    std::array<std::byte, 16> bytes;
    fill_random(bytes);
    bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    return uuid_text(bytes);
}

}  // namespace kns
