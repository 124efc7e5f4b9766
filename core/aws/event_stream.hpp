// application/vnd.amazon.eventstream: one message as bytes. Layout: AWS's "Event stream encoding".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace kns::aws {

using EventHeaders = std::span<const std::pair<std::string_view, std::string_view>>;  // all strings (type 7)

// total length | headers length | CRC32 of both | headers | payload | CRC32 of everything before.
std::string encode_event(EventHeaders headers, std::string_view payload);

}  // namespace kns::aws
