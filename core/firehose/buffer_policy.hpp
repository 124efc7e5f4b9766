// When a delivery stream's buffer is full. Numbers in, a decision out: the scheduler acts on it.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace kns {

// Whichever is reached first. Size counts before compression, as Firehose does.
struct BufferHints {
    std::uint64_t bytes = 5 << 20;
    Ms age = 300 * kSecond;
};

// What is put and not yet delivered.
struct BufferState {
    std::uint64_t records = 0, bytes = 0;
    UnixMs oldest_arrival = 0;  // meaningless without records
};

struct BufferDecision {
    bool flush = false;
    std::optional<UnixMs> look_again_at;  // when it will be full by age, if nothing more arrives

    bool operator==(const BufferDecision&) const = default;
};

BufferDecision decide_flush(const BufferHints& hints, const BufferState& state, UnixMs now);

// An object while it is being filled. Bytes before compression.
struct ObjectSoFar {
    std::uint64_t records = 0, bytes = 0;
    UnixMs first_arrival = 0;
};

// Whether it ends before a record that arrived at `next_arrival`, with which `records_left` are still to come. By this a
// backlog (the daemon was off, a delivery stream made later than its source) lands in about the objects, and under the
// dated prefixes, that it would have had live. A crumb that would be left over is taken along.
bool ends_object(const BufferHints& hints, const ObjectSoFar& object, UnixMs next_arrival, std::uint64_t records_left);

}  // namespace kns
