#include "core/base/api/daemon.hpp"

#include "daemon/api/api.hpp"
#include "daemon/api/daemon_routes.hpp"

namespace kns {
namespace {

// One metric family in Prometheus' text format.
void metric(std::string& out, std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n{} {}\n", name, help, name, type, name, value);
}

std::string metrics_text(const Services& services, const DaemonStatus& status) {
    const auto log = services.log.status();
    std::string out;
    metric(out, "kns_uptime_seconds", "gauge", "Seconds since the daemon started.", static_cast<std::uint64_t>(status.uptime_s));
    metric(out, "kns_streams", "gauge", "Streams that exist.", status.streams);
    metric(out, "kns_connections_open", "gauge", "Open client connections.", services.counters.open_connections);
    metric(out, "kns_connections_total", "counter", "Client connections accepted.", services.counters.connections);
    metric(out, "kns_requests_total", "counter", "HTTP requests.", services.counters.requests);
    metric(out, "kns_append_groups_total", "counter", "Commit groups written.", log.counters.groups);
    metric(out, "kns_append_batches_total", "counter", "Record batches stored.", log.counters.batches);
    metric(out, "kns_append_records_total", "counter", "Records stored.", log.counters.records);
    metric(out, "kns_append_bytes_total", "counter", "Bytes of batches stored.", log.counters.bytes);
    metric(out, "kns_append_failures_total", "counter", "Commit groups that could not be written.", log.counters.failures);
    metric(out, "kns_log_syncs_total", "counter", "Syncs of the log.", log.counters.syncs);
    metric(out, "kns_read_records_total", "counter", "Records handed to readers.", services.counters.read_records);
    metric(out, "kns_read_bytes_total", "counter", "Bytes of batches handed to readers.", services.counters.read_bytes);
    metric(out, "kns_log_unindexed_bytes", "gauge", "Bytes of log not yet in the catalog's index.", services.index.unsaved_bytes());
    metric(out, "kns_damaged_batches", "gauge", "Batches in quarantine.", status.damaged_batches);
    metric(out, "kns_missing_records", "gauge", "Acknowledged records that were gone at start.", status.missing_records);
    if (services.zones) {
        const auto counters = services.zones->counters();
        metric(out, "kns_zone_filled_bytes_total", "counter", "Bytes written to zones that came back.", counters.filled_bytes);
        metric(out, "kns_zone_healed_total", "counter", "Damaged copies overwritten from another zone.", counters.healed_copies);
        out += "# HELP kns_zone_up Whether a zone holds everything.\n# TYPE kns_zone_up gauge\n";
        for (const auto& zone : status.zones)
            out += fmt::format("kns_zone_up{{zone=\"{}\"}} {}\n", zone.path, zone.state == "ok" ? 1 : 0);
    }
    out += "# HELP kns_stream_records Records kept, by stream.\n# TYPE kns_stream_records gauge\n";
    for (const auto& stream : services.directory.list()) {
        const auto info = describe_stream(*stream, services.index, 0);
        out += fmt::format("kns_stream_records{{stream=\"{}\"}} {}\n", info.name, info.records);
    }
    return out;
}

}  // namespace

std::vector<ZoneInfo> describe_zones(const ZonedDirectory& zones) {
    static constexpr std::string_view kStates[] = {"ok", "failed", "filling"};
    std::vector<ZoneInfo> out;
    for (const auto& zone : zones.status())
        out.push_back({zone.path, std::string(kStates[static_cast<std::size_t>(zone.state)]),
                       zone.state == ZoneState::failed ? zone.reason : "", format_time(zone.since_ms),
                       zone.state == ZoneState::filling ? zone.percent : 0});
    return out;
}

void add_daemon_routes(Router& router, Services& services, std::function<DaemonStatus()> status, std::function<void()> stop) {
    router.add_json("GET", "/v1/daemon", "the daemon's status",
                    [status](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> { co_return json_answer(to_json(status())); });
    router.add("POST", "/v1/daemon/stop", "stop the daemon", [stop](HttpExchange& exchange, PathArgs) -> Task<void> {
        HttpAnswer answer = json_answer("{}", 202);
        co_await exchange.answer(std::move(answer));
        stop();
    });
    router.add_json("GET", "/v1/metrics", "counters in Prometheus' text format",
                    [&services, status](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
                        co_return HttpAnswer{.body = metrics_text(services, status()), .content_type = "text/plain; version=0.0.4"};
                    });
    router.add_json("GET", "/v1/spec", "these routes", [&router](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
        JsonWriter out;
        out.begin_object().key("items").begin_array();
        for (const auto& route : router.routes()) {
            out.begin_object()
                .member("method", route.method)
                .member("path", route.pattern)
                .member("summary", route.summary)
                .end_object();
        }
        out.end_array().key("next").null().end_object();
        co_return json_answer(out.take());
    });
}

}  // namespace kns
