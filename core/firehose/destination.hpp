// Where a delivery stream delivers to: the URL given as `--to`.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

struct Destination {
    std::string scheme;  // which sink: "file"
    std::string path;    // file: the directory, absolute, ending in a slash, percent-decoded

    // As stored and shown: "file:///var/data/clicks/".
    std::string url() const;
    // Of one object below it.
    std::string url_of(std::string_view key) const;

    bool operator==(const Destination&) const = default;
};

// Takes a URL, or an absolute path as short for file://. A scheme without a sink is `unsupported`.
Result<Destination> parse_destination(std::string_view url);

}  // namespace kns
