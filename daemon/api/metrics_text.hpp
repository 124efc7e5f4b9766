// The daemon's counters in Prometheus' text format, version 0.0.4. Pure.
#pragma once

#include <string>

#include "core/base/api/daemon.hpp"
#include "core/base/api/metrics.hpp"
#include "core/base/api/top.hpp"
#include "core/store/committer.hpp"

namespace kns {

// What a scraper wants beyond a sample.
struct MetricsExtra {
    Committer::Counters log;
    std::uint64_t requests = 0, connections = 0;            // ever
    std::uint64_t unindexed_bytes = 0, scrubbed_bytes = 0;  // of log
    std::vector<ZoneInfo> zones;
    std::uint64_t filled_bytes = 0, healed_copies = 0;  // in zones
    std::vector<MetricsOf> kinesis;                     // of streams that have seen anything
};

std::string metrics_text(const TopSample& sample, const MetricsExtra& extra);

}  // namespace kns
