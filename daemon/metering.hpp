// What goes in and out, by stream and shard, since the daemon started. On the I/O thread.
#pragma once

#include <chrono>
#include <map>
#include <unordered_map>

#include "core/base/api/metrics.hpp"
#include "core/base/api/top.hpp"
#include "core/store/committer.hpp"
#include "core/stream/stream_directory.hpp"

namespace kns {

struct StreamMeter {
    TopTraffic traffic;
    StreamMetrics metrics;
    std::map<std::uint32_t, ShardMetrics> shards;  // by number
};

using StreamMeters = std::unordered_map<std::int64_t, StreamMeter>;  // by stream

void count_in(StreamMeters& meters, const AppendRequest& request, const AppendOutcome& outcome);

// As they are shown: shards by their ids, without those that are gone.
MetricsOf describe_metrics(const Stream& stream, const StreamMeters& meters);

class Stopwatch {
   public:
    double milliseconds() const {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
    }

   private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace kns
