// How many shards a stream in on-demand mode has: room for twice the highest load of the last thirty days, as Kinesis gives
// it. Pure.
#pragma once

#include <map>

#include "core/store/catalog.hpp"

namespace kns {

inline constexpr std::string_view kOnDemand = "on-demand";
// What such a stream begins with, and what it may grow to: 4 and 200 MiB/s.
inline constexpr std::uint32_t kOnDemandShards = 4, kMaxOnDemandShards = 200;

// The load of a shard that takes in all it may is 1.
double load_of(double bytes_per_s, double records_per_s);

// The highest load of each day, as a stream's row keeps it: "DAY:LOAD DAY:LOAD".
class LoadPeaks {
   public:
    static LoadPeaks of(std::string_view text);
    std::string text() const;

    bool empty() const { return by_day_.empty(); }
    double highest() const;
    // Whether it is worth keeping: clearly higher than what that day has seen. Days that are long past go.
    bool add(UnixMs now, double load);

   private:
    std::map<std::int64_t, double> by_day_;  // days since 1970
};

// How many open shards it should have instead of `open`: at most twice, at least half as many in one step. `warm_mibps`: what
// somebody asked to be kept ready.
std::uint32_t wanted_shards(std::uint32_t open, double highest_load, std::int64_t warm_mibps);

// What was seen of the load belongs to the mode.
void set_mode(StreamRow& row, std::string mode);

}  // namespace kns
