#include "core/firehose/retry_policy.hpp"

#include <algorithm>

namespace kns {

Ms retry_delay(std::uint32_t failures, std::uint64_t jitter) {
    constexpr Ms kLongest = 2 * kMinute;
    const Ms base = std::min(kLongest, kSecond << std::min(failures > 0 ? failures - 1 : 0, 10u));
    return base * (85 + static_cast<Ms>(jitter % 31)) / 100;
}

bool is_last_attempt(std::optional<UnixMs> failing_since, Ms retry_for, UnixMs now) {
    return failing_since.value_or(now) + retry_for <= now;
}

}  // namespace kns
