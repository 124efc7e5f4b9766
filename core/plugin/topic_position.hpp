// How far a topic of another log has been read. A JSON object between daemon and worker.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

struct TopicPosition {
    std::int32_t partition = 0;
    std::int64_t next_offset = 0;
    std::int64_t end_offset = 0;  // behind the newest record, as far as is known; not below next_offset

    bool operator==(const TopicPosition&) const = default;

    static constexpr auto fields() {
        return std::tuple{field("partition", &TopicPosition::partition), field("next_offset", &TopicPosition::next_offset),
                          field("end_offset", &TopicPosition::end_offset)};
    }
};

}  // namespace kns
