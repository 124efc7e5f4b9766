// Where something stands in the log.
#pragma once

#include <compare>
#include <cstdint>

namespace kns {

struct Place {
    std::uint64_t segment = 0;
    std::uint64_t position = 0;  // bytes into the segment; always the first byte of a batch, or the end
    auto operator<=>(const Place&) const = default;
};

}  // namespace kns
