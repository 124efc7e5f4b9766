// How wide text is on a terminal, and text made exactly so wide.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kns::cli {

// How many columns a UTF-8 text takes: two for East Asian wide characters and emoji, none for combining marks.
std::size_t display_width(std::string_view text);

// The text in exactly `width` columns: filled up with spaces, on the left if `right`, or cut, with `ellipsis` (one column
// wide) in its last place. Control characters and bytes that are not UTF-8 become '?': this is for the terminal.
std::string fitted(std::string_view text, std::size_t width, bool right = false, std::string_view ellipsis = "…");

}  // namespace kns::cli
