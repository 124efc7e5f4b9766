// How delivery streams and their options are written, for the firehose commands.
#pragma once

#include <string>
#include <string_view>

#include "cli/output.hpp"
#include "core/base/api/delivery.hpp"

namespace kns::cli {

// Whether a source is a topic's URL, and no stream.
inline bool is_topic(std::string_view source) { return source.starts_with("kafka:"); }

// A path becomes a file:// URL of its absolute form; a URL stays as it is.
Result<std::string> destination_url(const std::string& text);
// A transform as it was typed here: its program by its full path.
Result<std::string> transform_from_here(const std::string& text);

Lines lines_of_delivery(const DeliveryInfo& delivery);

}  // namespace kns::cli
