#include "core/base/buffering.hpp"

#include <algorithm>

namespace kns {

Result<Buffering> parse_buffering(std::string_view text) {
    Buffering out;
    for (std::size_t from = 0; from <= text.size();) {
        const auto to = std::min(text.find(',', from), text.size());
        const auto part = text.substr(from, to - from);
        from = to + 1;
        // "300s" is no size and "5MiB" no duration; a bare number could be either and is refused.
        const bool bare = part.find_first_not_of("0123456789.") == std::string_view::npos;
        const auto size = parse_size(part);
        const auto duration = parse_duration(part);
        if (!bare && size && !out.bytes) {
            out.bytes = *size;
        } else if (!bare && duration && !out.ms) {
            out.ms = *duration;
        } else {
            return fail(Errc::invalid_argument, "\"{}\" is not a size and a time", text).hint("write 5MiB,300s, or one of the two");
        }
    }
    return out;
}

}  // namespace kns
