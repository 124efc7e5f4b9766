// How things are going: a sample of the daemon, and the rates between it and the one before. What `kns top -o json` prints
// is this.
#pragma once

#include "core/base/api/top.hpp"

namespace kns::cli {

struct TrafficRates {
    double records_in_per_s = 0, bytes_in_per_s = 0, records_out_per_s = 0, bytes_out_per_s = 0;

    static constexpr auto fields() {
        return std::tuple{
            field("records_in_per_s", &TrafficRates::records_in_per_s), field("bytes_in_per_s", &TrafficRates::bytes_in_per_s),
            field("records_out_per_s", &TrafficRates::records_out_per_s), field("bytes_out_per_s", &TrafficRates::bytes_out_per_s)};
    }
};

struct DaemonReport : TopDaemon {
    double cpu_percent = 0;  // of one core

    static constexpr auto fields() {
        return std::tuple_cat(TopDaemon::fields(), std::tuple{field("cpu_percent", &DaemonReport::cpu_percent)});
    }
};

struct DiskReport : TopDisk {
    double syncs_per_s = 0;

    static constexpr auto fields() {
        return std::tuple_cat(TopDisk::fields(), std::tuple{field("syncs_per_s", &DiskReport::syncs_per_s)});
    }
};

struct TotalReport : TopTraffic, TrafficRates {
    static constexpr auto fields() { return std::tuple_cat(TopTraffic::fields(), TrafficRates::fields()); }
};

struct StreamReport : TopStream, TrafficRates {
    static constexpr auto fields() { return std::tuple_cat(TopStream::fields(), TrafficRates::fields()); }
};

struct GroupReport : TopGroup {
    double lag_change_per_s = 0;  // below zero: it catches up

    static constexpr auto fields() {
        return std::tuple_cat(TopGroup::fields(), std::tuple{field("lag_change_per_s", &GroupReport::lag_change_per_s)});
    }
};

struct DeliveryReport : TopDelivery {
    double delivered_records_per_s = 0;

    static constexpr auto fields() {
        return std::tuple_cat(TopDelivery::fields(),
                              std::tuple{field("delivered_records_per_s", &DeliveryReport::delivered_records_per_s)});
    }
};

struct TopReport {
    double seconds = 0;  // between the two samples; 0: there was only one, and no rate is known
    DaemonReport daemon;
    DiskReport disk;
    TotalReport total;
    TopJobs jobs;
    std::vector<StreamReport> streams;
    std::vector<GroupReport> groups;
    std::vector<DeliveryReport> deliveries;

    static constexpr auto fields() {
        return std::tuple{field("seconds", &TopReport::seconds), field("daemon", &TopReport::daemon),
                          field("disk", &TopReport::disk),       field("total", &TopReport::total),
                          field("jobs", &TopReport::jobs),       field("streams", &TopReport::streams),
                          field("groups", &TopReport::groups),   field("deliveries", &TopReport::deliveries)};
    }
};

// `before` may be null, or of another daemon: then no rate is known.
TopReport report_of(const TopSample* before, const TopSample& now);

}  // namespace kns::cli
