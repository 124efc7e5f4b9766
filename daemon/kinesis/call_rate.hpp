// How often an operation may be called, as Kinesis limits its control plane. One thread.
#pragma once

#include <map>
#include <string>

#include "core/stream/rate_limit.hpp"

namespace kns::aws {

class CallRates {
   public:
    // Whether `operation` may be called now on `subject` (a stream, a shard; empty: the account).
    bool take(std::string_view operation, double per_second, const std::string& subject, std::int64_t now_ns) {
        if (buckets_.size() > kMaxBuckets) buckets_.clear();  // an hour's worth of names: all may begin afresh
        return buckets_.try_emplace(std::pair(std::string(operation), subject), per_second).first->second.take(1, now_ns) == 0;
    }

   private:
    static constexpr std::size_t kMaxBuckets = 20'000;
    std::map<std::pair<std::string, std::string>, TokenBucket> buckets_;
};

}  // namespace kns::aws
