// How much a delivery stream collects, as people write it: "5MiB,300s".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace kns {

struct Buffering {
    std::optional<std::uint64_t> bytes;
    std::optional<Ms> ms;
};
// In either order, or one of the two.
Result<Buffering> parse_buffering(std::string_view text);

}  // namespace kns
