#include "cli/top_report.hpp"

#include <cmath>

namespace kns::cli {
namespace {

// To a tenth: more is noise.
double tenths(double number) { return std::round(number * 10) / 10; }

class Rates {
   public:
    explicit Rates(double seconds) : seconds_(seconds) {}

    // Of a counter. One that fell began anew: its stream was deleted and made again.
    double of(std::uint64_t before, std::uint64_t now) const {
        if (seconds_ <= 0) return 0;
        return tenths(static_cast<double>(now < before ? now : now - before) / seconds_);
    }
    // Of a number that goes both ways.
    double change(std::uint64_t before, std::uint64_t now) const {
        if (seconds_ <= 0) return 0;
        return tenths((static_cast<double>(now) - static_cast<double>(before)) / seconds_);
    }
    void traffic(const TopTraffic& before, const TopTraffic& now, TrafficRates& out) const {
        out = {of(before.records_in, now.records_in), of(before.bytes_in, now.bytes_in), of(before.records_out, now.records_out),
               of(before.bytes_out, now.bytes_out)};
    }

   private:
    double seconds_;
};

// The same thing in the sample before; all zero if it was not there.
template <class T, class Key>
std::map<Key, const T*> by_key(const std::vector<T>& items, Key (*key_of)(const T&)) {
    std::map<Key, const T*> out;
    for (const auto& item : items) out.emplace(key_of(item), &item);
    return out;
}

using GroupKey = std::pair<std::string_view, std::string_view>;
std::string_view stream_key(const TopStream& stream) { return stream.name; }
std::string_view delivery_key(const TopDelivery& delivery) { return delivery.name; }
GroupKey group_key(const TopGroup& group) { return {group.stream, group.name}; }

}  // namespace

TopReport report_of(const TopSample* before, const TopSample& now) {
    static const TopSample kNothing;
    if (before && (before->daemon.pid != now.daemon.pid || before->daemon.uptime_ms >= now.daemon.uptime_ms)) before = nullptr;
    TopReport out{.seconds = before ? static_cast<double>(now.daemon.uptime_ms - before->daemon.uptime_ms) / 1e3 : 0};
    const TopSample& old = before ? *before : kNothing;
    const Rates rates(out.seconds);

    out.daemon = {now.daemon};
    out.daemon.cpu_percent =
        tenths(rates.of(static_cast<std::uint64_t>(old.daemon.cpu_ms), static_cast<std::uint64_t>(now.daemon.cpu_ms)) / 10);
    out.disk = {now.disk, rates.of(old.disk.syncs, now.disk.syncs)};
    out.total = {now.total, {}};
    rates.traffic(old.total, now.total, out.total);
    out.jobs = now.jobs;

    const auto old_streams = by_key<TopStream, std::string_view>(old.streams, stream_key);
    for (const auto& stream : now.streams) {
        const auto found = old_streams.find(stream.name);
        auto& row = out.streams.emplace_back(StreamReport{stream, {}});
        rates.traffic(found == old_streams.end() ? TopStream() : *found->second, stream, row);
    }
    const auto old_groups = by_key<TopGroup, GroupKey>(old.groups, group_key);
    for (const auto& group : now.groups) {
        const auto found = old_groups.find(group_key(group));
        out.groups.push_back({group, found == old_groups.end() ? 0 : rates.change(found->second->lag, group.lag)});
    }
    const auto old_deliveries = by_key<TopDelivery, std::string_view>(old.deliveries, delivery_key);
    for (const auto& delivery : now.deliveries) {
        const auto found = old_deliveries.find(delivery.name);
        const auto delivered = found == old_deliveries.end() ? delivery.delivered_records : found->second->delivered_records;
        out.deliveries.push_back({delivery, rates.of(delivered, delivery.delivered_records)});
    }
    return out;
}

}  // namespace kns::cli
