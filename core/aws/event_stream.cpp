#include "core/aws/event_stream.hpp"

#include <zlib.h>

#include "core/base/big_endian.hpp"

namespace kns::aws {
namespace {

constexpr char kStringType = 7;

void append_u16(std::string& out, std::size_t value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value);
}

void store_u32(std::string& out, std::size_t at, std::size_t value) {
    store_be(reinterpret_cast<std::byte*>(out.data()) + at, static_cast<std::uint32_t>(value));
}

std::size_t crc_of(const std::string& out) {
    return crc32(0, reinterpret_cast<const unsigned char*>(out.data()), static_cast<unsigned>(out.size()));
}

}  // namespace

std::string encode_event(EventHeaders headers, std::string_view payload) {
    std::string named;
    for (const auto& [name, value] : headers) {
        named += static_cast<char>(name.size());
        named += name;
        named += kStringType;
        append_u16(named, value.size());
        named += value;
    }
    std::string out(8, '\0');
    store_u32(out, 0, 8 + 4 + named.size() + payload.size() + 4);
    store_u32(out, 4, named.size());
    const auto prelude = crc_of(out);
    out.reserve(8 + 4 + named.size() + payload.size() + 4);
    out.append(4, '\0');
    store_u32(out, 8, prelude);
    out += named;
    out += payload;
    const auto whole = crc_of(out);
    out.append(4, '\0');
    store_u32(out, out.size() - 4, whole);
    return out;
}

}  // namespace kns::aws
