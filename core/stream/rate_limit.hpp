// Token buckets: the pace that a limited shard keeps. Pure but for the clock reading passed in; one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace kns {

// Kinesis' limits per shard.
inline constexpr double kShardInBytesPerSecond = 1 << 20, kShardInRecordsPerSecond = 1000, kShardOutBytesPerSecond = 2 << 20;

class TokenBucket {
   public:
    // Full at first; holds one second's worth.
    explicit TokenBucket(double per_second) : per_second_(per_second), tokens_(per_second) {}

    // Takes `amount` if it is there; otherwise says how long to wait (ns) and takes nothing. An amount larger than the
    // bucket is let through when the bucket is full, and paid back by the following.
    std::int64_t take(double amount, std::int64_t now_ns) {
        if (last_ns_) tokens_ = std::min(per_second_, tokens_ + static_cast<double>(now_ns - last_ns_) * per_second_ / 1e9);
        last_ns_ = now_ns;
        const double needed = std::min(amount, per_second_);
        if (tokens_ < needed) return static_cast<std::int64_t>((needed - tokens_) * 1e9 / per_second_) + 1;
        tokens_ -= amount;
        return 0;
    }

    // Takes what has already been given out, into debt if need be; and whether there is a debt.
    void charge(double amount, std::int64_t now_ns) {
        std::ignore = take(0, now_ns);
        tokens_ -= amount;
    }
    bool in_debt(std::int64_t now_ns) { return take(0, now_ns) != 0; }

    void give_back(double amount) { tokens_ += amount; }

   private:
    double per_second_, tokens_;
    std::int64_t last_ns_ = 0;
};

}  // namespace kns
