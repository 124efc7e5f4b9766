// Everything here is read when somebody asks: between two questions the daemon only counts.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/base/posix.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/daemon_routes.hpp"
#include "daemon/api/metrics_text.hpp"
#include "daemon/api/top_routes.hpp"

namespace kns {
namespace {

Ms milliseconds(const timeval& time) { return static_cast<Ms>(time.tv_sec) * kSecond + time.tv_usec / 1000; }

std::uint64_t resident_bytes() {
    const auto statm = read_file("/proc/self/statm");  // pages: size, resident, ...
    unsigned long long size = 0, resident = 0;
    if (!statm || std::sscanf(statm->c_str(), "%llu %llu", &size, &resident) != 2) return 0;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Borrows all but the functions. Made when the daemon starts, so its own age is the daemon's.
class Sampler {
   public:
    Sampler(Services& services, DeliveryScheduler& deliveries, Supervisor& supervisor, std::function<DaemonStatus()> status,
            std::function<TopDisk()> disk)
        : services_(services),
          deliveries_(deliveries),
          supervisor_(supervisor),
          status_(std::move(status)),
          disk_(std::move(disk)),
          started_ns_(services.clock.monotonic_ns()) {}

    Task<Result<TopSample>> sample() const;
    MetricsExtra extra() const {
        return {.log = services_.log.status().counters,
                .requests = services_.counters.requests,
                .connections = services_.counters.connections,
                .unindexed_bytes = services_.index.unsaved_bytes(),
                .scrubbed_bytes = services_.counters.scrubbed_bytes,
                .zones = services_.zones ? describe_zones(*services_.zones) : std::vector<ZoneInfo>(),
                .filled_bytes = services_.zones ? services_.zones->counters().filled_bytes : 0,
                .healed_copies = services_.zones ? services_.zones->counters().healed_copies : 0,
                .kinesis = kinesis()};
    }

   private:
    TopDaemon describe_daemon(const DaemonStatus& status) const;
    TopStream describe(const Stream& stream) const;
    std::vector<MetricsOf> kinesis() const;

    Services& services_;
    DeliveryScheduler& deliveries_;
    Supervisor& supervisor_;
    std::function<DaemonStatus()> status_;
    std::function<TopDisk()> disk_;
    std::int64_t started_ns_;
};

TopDaemon Sampler::describe_daemon(const DaemonStatus& status) const {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return {.pid = status.pid,
            .version = status.version,
            .state = status.state,
            .uptime_ms = (services_.clock.monotonic_ns() - started_ns_) / 1'000'000,
            .cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
            .memory_bytes = resident_bytes(),
            .connections = services_.counters.open_connections,
            .damaged_batches = status.damaged_batches,
            .missing_records = status.missing_records};
}

std::vector<MetricsOf> Sampler::kinesis() const {
    std::vector<MetricsOf> out;
    for (const auto& stream : services_.directory.list())
        if (services_.meters.contains(stream->row.id)) out.push_back(describe_metrics(*stream, services_.meters));
    return out;
}

TopStream Sampler::describe(const Stream& stream) const {
    TopStream out;
    out.name = stream.row.name;
    out.shard_count = static_cast<std::uint32_t>(stream.open.size());
    for (const auto& shard : stream.shards) {
        const auto content = services_.index.content(shard.number);
        out.records += content.records;
        out.bytes += content.bytes;
    }
    out.damaged_records = damaged_in(services_, stream);
    if (const auto found = services_.meters.find(stream.row.id); found != services_.meters.end())
        static_cast<TopTraffic&>(out) = found->second.traffic;
    return out;
}

Task<Result<TopSample>> Sampler::sample() const {
    auto jobs = co_await supervisor_.count();
    if (!jobs) co_return std::unexpected(std::move(jobs).error());
    const auto status = status_();
    const auto log = services_.log.status().counters;
    TopSample out{.daemon = describe_daemon(status), .disk = disk_(), .total = {}, .jobs = *jobs};
    out.disk.log_bytes = status.log_bytes;
    out.disk.syncs = log.syncs;
    out.total = {.records_in = log.records,
                 .bytes_in = log.bytes,
                 .records_out = services_.counters.read_records,
                 .bytes_out = services_.counters.read_bytes};
    const UnixMs now = services_.clock.now();
    for (const auto& stream : services_.directory.list()) {
        auto& row = out.streams.emplace_back(describe(*stream));
        for (const auto& group : services_.groups.lags(*stream, now)) {
            if (is_position_group(group.name)) continue;  // a delivery stream shows its own backlog
            row.lag = std::max(row.lag, group.records);
            out.groups.push_back({row.name, std::string(group.name), group.records, group.members});
        }
    }
    out.deliveries = deliveries_.top();
    co_return out;
}

}  // namespace

void add_top_routes(Router& router, Services& services, DeliveryScheduler& deliveries, Supervisor& supervisor,
                    std::function<DaemonStatus()> status, std::function<TopDisk()> disk) {
    // Shared by its two routes.
    const auto sampler = std::make_shared<const Sampler>(services, deliveries, supervisor, std::move(status), std::move(disk));
    router.add_json("GET", "/v1/top", "all counters at this moment, for rates and lag",
                    [sampler](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
                        const auto sample = co_await sampler->sample();
                        if (!sample) co_return std::unexpected(sample.error());
                        co_return json_answer(to_json(*sample));
                    });
    router.add_json("GET", "/v1/metrics", "counters in Prometheus' text format",
                    [sampler](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
                        const auto sample = co_await sampler->sample();
                        if (!sample) co_return std::unexpected(sample.error());
                        co_return HttpAnswer{.body = metrics_text(*sample, sampler->extra()),
                                             .content_type = "text/plain; version=0.0.4"};
                    });
}

}  // namespace kns
