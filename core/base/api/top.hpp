// What the daemon counts, at one moment: `GET /v1/top`. Rates are the difference of two of these; whoever wants them takes
// two. Counters begin at zero with the daemon. Each struct is a JSON object; fields are only ever added.
#pragma once

#include "core/base/describe.hpp"
#include "core/base/time.hpp"

namespace kns {

struct TopDaemon {
    std::int64_t pid = 0;
    std::string version, state = "running";  // or "degraded: why"
    Ms uptime_ms = 0;                        // by a clock that does not jump: the time between two samples
    Ms cpu_ms = 0;                           // user and system
    std::uint64_t memory_bytes = 0;          // resident
    std::uint64_t connections = 0;           // open now
    std::uint64_t damaged_batches = 0, missing_records = 0;

    static constexpr auto fields() {
        return std::tuple{field("pid", &TopDaemon::pid),
                          field("version", &TopDaemon::version),
                          field("state", &TopDaemon::state),
                          field("uptime_ms", &TopDaemon::uptime_ms),
                          field("cpu_ms", &TopDaemon::cpu_ms),
                          field("memory_bytes", &TopDaemon::memory_bytes),
                          field("connections", &TopDaemon::connections),
                          field("damaged_batches", &TopDaemon::damaged_batches),
                          field("missing_records", &TopDaemon::missing_records)};
    }
};

struct TopDisk {
    std::uint64_t log_bytes = 0;
    std::uint64_t free_bytes = 0;  // where the log is
    std::uint64_t wal_bytes = 0;   // of the catalog
    std::uint64_t syncs = 0;       // of the log

    static constexpr auto fields() {
        return std::tuple{field("log_bytes", &TopDisk::log_bytes), field("free_bytes", &TopDisk::free_bytes),
                          field("wal_bytes", &TopDisk::wal_bytes), field("syncs", &TopDisk::syncs)};
    }
};

// Records and their bytes as stored.
struct TopTraffic {
    std::uint64_t records_in = 0, bytes_in = 0, records_out = 0, bytes_out = 0;

    static constexpr auto fields() {
        return std::tuple{field("records_in", &TopTraffic::records_in), field("bytes_in", &TopTraffic::bytes_in),
                          field("records_out", &TopTraffic::records_out), field("bytes_out", &TopTraffic::bytes_out)};
    }
};

struct TopStream : TopTraffic {
    std::string name;
    std::uint32_t shard_count = 0;         // open ones
    std::uint64_t records = 0, bytes = 0;  // kept now
    std::uint64_t damaged_records = 0;
    std::uint64_t lag = 0;  // of the group that is furthest behind

    static constexpr auto fields() {
        using Count = std::uint64_t;
        return std::tuple{field("name", &TopStream::name),
                          field("shard_count", &TopStream::shard_count),
                          field("records", &TopStream::records),
                          field("bytes", &TopStream::bytes),
                          field("damaged_records", &TopStream::damaged_records),
                          field("lag", &TopStream::lag),
                          field<TopStream, Count>("records_in", &TopStream::records_in),
                          field<TopStream, Count>("bytes_in", &TopStream::bytes_in),
                          field<TopStream, Count>("records_out", &TopStream::records_out),
                          field<TopStream, Count>("bytes_out", &TopStream::bytes_out)};
    }
};

struct TopGroup {
    std::string stream, name;
    std::uint64_t lag = 0;  // records
    std::uint32_t members = 0;

    static constexpr auto fields() {
        return std::tuple{field("stream", &TopGroup::stream), field("name", &TopGroup::name), field("lag", &TopGroup::lag),
                          field("members", &TopGroup::members)};
    }
};

struct TopDelivery {
    std::string name;
    std::optional<std::string> source;  // null: records are put directly
    std::uint64_t pending_records = 0, pending_bytes = 0;
    std::optional<Ms> oldest_pending_ms;                                              // how long the oldest has been waiting
    std::uint64_t delivered_records = 0, delivered_bytes = 0, delivered_objects = 0;  // ever
    bool at_work = false;                                                             // there is a job
    std::optional<std::string> error;                                                 // of the newest attempt

    static constexpr auto fields() {
        return std::tuple{field("name", &TopDelivery::name),
                          field("source", &TopDelivery::source),
                          field("pending_records", &TopDelivery::pending_records),
                          field("pending_bytes", &TopDelivery::pending_bytes),
                          field("oldest_pending_ms", &TopDelivery::oldest_pending_ms),
                          field("delivered_records", &TopDelivery::delivered_records),
                          field("delivered_bytes", &TopDelivery::delivered_bytes),
                          field("delivered_objects", &TopDelivery::delivered_objects),
                          field("at_work", &TopDelivery::at_work),
                          field("error", &TopDelivery::error)};
    }
};

// Jobs the daemon remembers, by state. `retrying` are those of the queued that have failed before.
struct TopJobs {
    std::uint64_t queued = 0, retrying = 0, running = 0, done = 0, failed = 0, cancelled = 0;

    static constexpr auto fields() {
        return std::tuple{field("queued", &TopJobs::queued),   field("retrying", &TopJobs::retrying),
                          field("running", &TopJobs::running), field("done", &TopJobs::done),
                          field("failed", &TopJobs::failed),   field("cancelled", &TopJobs::cancelled)};
    }
};

struct TopSample {
    TopDaemon daemon;
    TopDisk disk;
    TopTraffic total;  // of all streams, those behind delivery streams too
    TopJobs jobs;
    std::vector<TopStream> streams;  // by name
    std::vector<TopGroup> groups;
    std::vector<TopDelivery> deliveries;

    static constexpr auto fields() {
        return std::tuple{field("daemon", &TopSample::daemon),        field("disk", &TopSample::disk),
                          field("total", &TopSample::total),          field("jobs", &TopSample::jobs),
                          field("streams", &TopSample::streams),      field("groups", &TopSample::groups),
                          field("deliveries", &TopSample::deliveries)};
    }
};

}  // namespace kns
