#include "core/stream/on_demand.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/stream/rate_limit.hpp"
#include "core/stream/shard_map.hpp"

namespace kns {
namespace {

constexpr std::int64_t kDays = 30;
constexpr double kClearlyHigher = 1.05;

}  // namespace

double load_of(double bytes_per_s, double records_per_s) {
    return std::max(bytes_per_s / kShardInBytesPerSecond, records_per_s / kShardInRecordsPerSecond);
}

LoadPeaks LoadPeaks::of(std::string_view text) {
    LoadPeaks out;
    const std::string copy(text);
    const char* at = copy.c_str();
    while (*at) {
        char* end = nullptr;
        const auto day = std::strtoll(at, &end, 10);
        if (end == at || *end != ':') break;
        at = end + 1;
        const double load = std::strtod(at, &end);
        if (end == at) break;
        out.by_day_[day] = load;
        at = end + (*end == ' ');
    }
    return out;
}

std::string LoadPeaks::text() const {
    std::string out;
    for (const auto& [day, load] : by_day_) out += fmt::format("{}{}:{:.3f}", out.empty() ? "" : " ", day, load);
    return out;
}

double LoadPeaks::highest() const {
    double out = 0;
    for (const auto& [day, load] : by_day_) out = std::max(out, load);
    return out;
}

bool LoadPeaks::add(UnixMs now, double load) {
    const std::int64_t day = now / kDay;
    const bool old = std::erase_if(by_day_, [&](const auto& entry) { return entry.first <= day - kDays; }) > 0;
    auto& peak = by_day_[day];
    const bool higher = load > peak * kClearlyHigher;
    if (higher) peak = load;
    return higher || old;
}

std::uint32_t wanted_shards(std::uint32_t open, double highest_load, std::int64_t warm_mibps) {
    const auto least = std::clamp<std::int64_t>(warm_mibps, kOnDemandShards, kMaxShards);
    const double room = std::min(std::ceil(2 * highest_load), static_cast<double>(std::max(kMaxOnDemandShards, open)));
    const auto wanted = static_cast<std::uint32_t>(std::max<std::int64_t>(static_cast<std::int64_t>(room), least));
    if (wanted > open) return std::min(wanted, 2 * open);
    if (2 * wanted <= open) return std::max(wanted, (open + 1) / 2);
    return open;
}

void set_mode(StreamRow& row, std::string mode) {
    if (row.mode != mode) row.load_peaks.clear();
    row.mode = std::move(mode);
}

}  // namespace kns
