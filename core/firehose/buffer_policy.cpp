#include "core/firehose/buffer_policy.hpp"

#include <algorithm>

namespace kns {
namespace {

// Hints of a second must not shatter a backlog of days into an object a second.
constexpr Ms kShortestObject = kMinute;
// The pending size, which decides when a job is made, is an estimate: without this, each job would make one full object
// and one of a few records.
constexpr double kCrumb = 0.25;

}  // namespace

BufferDecision decide_flush(const BufferHints& hints, const BufferState& state, UnixMs now) {
    if (state.records == 0) return {};
    if (state.bytes >= hints.bytes) return {.flush = true};
    // A clock that was set back makes arrivals lie in the future: wait one full age from now at most, not until the clock
    // has caught up.
    const UnixMs due = std::min(state.oldest_arrival, now) + hints.age;
    if (now >= due) return {.flush = true};
    return {.look_again_at = due};
}

bool ends_object(const BufferHints& hints, const ObjectSoFar& object, UnixMs next_arrival, std::uint64_t records_left) {
    if (object.records == 0) return false;
    if (next_arrival - object.first_arrival >= std::max(hints.age, kShortestObject)) return true;
    if (object.bytes < hints.bytes) return false;
    const double rest = static_cast<double>(records_left) * static_cast<double>(object.bytes) / static_cast<double>(object.records);
    return rest > static_cast<double>(hints.bytes) * kCrumb;
}

}  // namespace kns
