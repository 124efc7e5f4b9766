// When a job that failed is tried again, and when it gives up. Pure.
// Contract: developer guide, "HTTP endpoint delivery request and response specifications", retries: a second, doubling, two
// minutes at most, 15 % of jitter; the retry duration counts from the first failure.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace kns {

// How long to wait after the n-th failure in a row (from 1). `jitter` is any number, and spreads it by 15 % either way, so that a
// destination that comes back is not met by everybody at once.
Ms retry_delay(std::uint32_t failures, std::uint64_t jitter);

// Whether an attempt that begins now is the last: what the destination refuses then goes to the backup.
bool is_last_attempt(std::optional<UnixMs> failing_since, Ms retry_for, UnixMs now);

}  // namespace kns
