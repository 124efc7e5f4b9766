// How long something takes, counted into buckets: enough to tell a p50 and a p99 apart for a few bytes and no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace kns {

struct LatencyHistogram {
    // Upper bounds in seconds: what a good SSD needs for a sync, up to what a dying disk does.
    static constexpr std::array<double, 16> kBounds = {0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01,
                                                       0.02,    0.05,   0.1,    0.2,    0.5,   1,     2,     5};

    std::array<std::uint64_t, kBounds.size() + 1> counts{};  // each bucket alone; the last has no bound
    double sum_s = 0;

    void add(std::int64_t nanoseconds) {
        const double seconds = static_cast<double>(std::max<std::int64_t>(0, nanoseconds)) / 1e9;
        ++counts[static_cast<std::size_t>(std::ranges::lower_bound(kBounds, seconds) - kBounds.begin())];
        sum_s += seconds;
    }
};

}  // namespace kns
