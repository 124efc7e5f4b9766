#include "daemon/api/metrics_text.hpp"

#include <type_traits>

namespace kns {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

void append_label_value(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
}

class Exposition {
   public:
    // Opens a family: its samples follow.
    Exposition& family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
        return *this;
    }

    template <class Number>
    Exposition& value(const Labels& labels, Number number, std::string_view suffix = {}) {
        out_ += name_;
        out_ += suffix;
        char before = '{';
        for (const auto& [name, text] : labels) {
            out_ += std::exchange(before, ',');
            out_ += name;
            out_ += "=\"";
            append_label_value(out_, text);
            out_ += '"';
        }
        if (!labels.empty()) out_ += '}';
        out_ += fmt::format(" {}\n", number);
        return *this;
    }

    template <class Number>
    void single(std::string_view name, std::string_view type, std::string_view help, Number number) {
        family(name, type, help).value({}, number);
    }

    // One sample for each item, labelled by `labels_of(item)`; none at all for an empty list, and the family goes too.
    template <class Item, class LabelsOf, class NumberOf>
    void each(std::string_view name, std::string_view type, std::string_view help, const std::vector<Item>& items,
              LabelsOf labels_of, NumberOf number_of) {
        if (items.empty()) return;
        family(name, type, help);
        for (const auto& item : items) {
            const auto number = number_of(item);
            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(number)>>)
                value(labels_of(item), number);
            else if (number)
                value(labels_of(item), *number);
        }
    }

    void histogram(std::string_view name, std::string_view help, const LatencyHistogram& times) {
        family(name, "histogram", help);
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < times.counts.size(); ++i) {
            count += times.counts[i];
            const bool last = i == LatencyHistogram::kBounds.size();
            value({{"le", last ? "+Inf" : fmt::format("{}", LatencyHistogram::kBounds[i])}}, count, "_bucket");
        }
        value({}, times.sum_s, "_sum").value({}, count, "_count");
    }

    std::string take() { return std::move(out_); }

   private:
    std::string out_;
    std::string name_;
};

double seconds(Ms duration) { return static_cast<double>(duration) / 1e3; }

void add_daemon(Exposition& out, const TopSample& sample, const MetricsExtra& extra) {
    const auto& daemon = sample.daemon;
    out.family("kns_build_info", "gauge", "1, labelled with the version.").value({{"version", daemon.version}}, 1);
    out.single("kns_uptime_seconds", "gauge", "Seconds since the daemon started.", seconds(daemon.uptime_ms));
    out.single("kns_degraded", "gauge", "1 while the log cannot be written.", daemon.state == "running" ? 0 : 1);
    out.single("kns_resident_memory_bytes", "gauge", "Resident memory of the daemon.", daemon.memory_bytes);
    out.single("kns_cpu_seconds_total", "counter", "CPU time of the daemon, user and system.", seconds(daemon.cpu_ms));
    out.single("kns_connections_open", "gauge", "Open client connections.", daemon.connections);
    out.single("kns_connections_total", "counter", "Client connections accepted.", extra.connections);
    out.single("kns_requests_total", "counter", "HTTP requests.", extra.requests);
}

void add_log(Exposition& out, const TopSample& sample, const MetricsExtra& extra) {
    out.single("kns_append_groups_total", "counter", "Commit groups written.", extra.log.groups);
    out.single("kns_append_batches_total", "counter", "Record batches stored.", extra.log.batches);
    out.single("kns_append_records_total", "counter", "Records stored.", extra.log.records);
    out.single("kns_append_bytes_total", "counter", "Bytes of batches stored.", extra.log.bytes);
    out.single("kns_append_failures_total", "counter", "Commit groups that could not be written.", extra.log.failures);
    out.single("kns_log_syncs_total", "counter", "Syncs of the log.", extra.log.syncs);
    out.histogram("kns_log_sync_seconds", "From the first write of a synced commit group until it was on disk.",
                  extra.log.sync_times);
    out.single("kns_read_records_total", "counter", "Records handed to readers.", sample.total.records_out);
    out.single("kns_read_bytes_total", "counter", "Bytes of batches handed to readers.", sample.total.bytes_out);
    out.single("kns_log_bytes", "gauge", "Size of the log.", sample.disk.log_bytes);
    out.single("kns_log_unindexed_bytes", "gauge", "Bytes of log not yet in the catalog's index.", extra.unindexed_bytes);
    out.single("kns_catalog_wal_bytes", "gauge", "Size of the catalog's write-ahead log.", sample.disk.wal_bytes);
    out.single("kns_disk_free_bytes", "gauge", "Free space where the log is.", sample.disk.free_bytes);
    out.single("kns_scrubbed_bytes_total", "counter", "Bytes of log read to find damage.", extra.scrubbed_bytes);
    out.single("kns_damaged_batches", "gauge", "Batches in quarantine.", sample.daemon.damaged_batches);
    out.single("kns_missing_records", "gauge", "Acknowledged records that were gone at start.", sample.daemon.missing_records);
}

void add_zones(Exposition& out, const MetricsExtra& extra) {
    if (extra.zones.empty()) return;
    out.each(
        "kns_zone_up", "gauge", "1 while a zone holds everything.", extra.zones,
        [](const ZoneInfo& zone) { return Labels{{"zone", zone.path}}; },
        [](const ZoneInfo& zone) { return zone.state == "ok" ? 1 : 0; });
    out.single("kns_zone_filled_bytes_total", "counter", "Bytes written to zones that came back.", extra.filled_bytes);
    out.single("kns_zone_healed_total", "counter", "Damaged copies overwritten from another zone.", extra.healed_copies);
}

void add_streams(Exposition& out, const TopSample& sample) {
    const auto& streams = sample.streams;
    out.single("kns_streams", "gauge", "Streams that exist.", streams.size());
    const auto labels = [](const TopStream& stream) { return Labels{{"stream", stream.name}}; };
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help, auto number_of) {
        out.each(name, type, help, streams, labels, number_of);
    };
    each("kns_stream_records_in_total", "counter", "Records stored, by stream.", [](const auto& s) { return s.records_in; });
    each("kns_stream_bytes_in_total", "counter", "Bytes of batches stored, by stream.", [](const auto& s) { return s.bytes_in; });
    each("kns_stream_records_out_total", "counter", "Records handed to readers, by stream.",
         [](const auto& s) { return s.records_out; });
    each("kns_stream_bytes_out_total", "counter", "Bytes of batches handed to readers, by stream.",
         [](const auto& s) { return s.bytes_out; });
    each("kns_stream_records", "gauge", "Records kept, by stream.", [](const auto& s) { return s.records; });
    each("kns_stream_bytes", "gauge", "Bytes of batches kept, by stream.", [](const auto& s) { return s.bytes; });
    each("kns_stream_shards", "gauge", "Open shards, by stream.", [](const auto& s) { return s.shard_count; });
    each("kns_stream_damaged_records", "gauge", "Records lost to corruption, ever, by stream.",
         [](const auto& s) { return s.damaged_records; });

    const auto group_labels = [](const TopGroup& group) { return Labels{{"stream", group.stream}, {"group", group.name}}; };
    out.each("kns_group_lag_records", "gauge", "Records that a group has not committed.", sample.groups, group_labels,
             [](const TopGroup& group) { return group.lag; });
    out.each("kns_group_members", "gauge", "Consumers at work in a group.", sample.groups, group_labels,
             [](const TopGroup& group) { return group.members; });
}

// "GetRecords.IteratorAgeMilliseconds" as get_records_iterator_age_milliseconds.
std::string snake_case(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper && i > 0 && name[i - 1] != '.') out += '_';
        out += c == '.' ? '_' : static_cast<char>(upper ? c + 32 : c);
    }
    return out;
}

// One family for each of CloudWatch's metrics: a count, a number that goes both ways, or a sum of samples.
template <class Metrics>
void add_cloudwatch(Exposition& out, std::string_view prefix, std::string_view by,
                    const std::vector<std::pair<Labels, const Metrics*>>& samples) {
    if (samples.empty()) return;
    const auto family = [&](const auto& field) {
        using Value = std::remove_cvref_t<decltype(std::declval<Metrics>().*field.member)>;
        constexpr bool kIsCount = std::is_unsigned_v<Value>, kIsStatistic = std::is_same_v<Value, Statistic>;
        const auto name = fmt::format("{}{}{}", prefix, snake_case(field.name),
                                      kIsCount       ? "_total"
                                      : kIsStatistic ? "_milliseconds"
                                                     : "");
        out.family(name,
                   kIsCount       ? "counter"
                   : kIsStatistic ? "summary"
                                  : "gauge",
                   fmt::format("CloudWatch's {}, by {}.", field.name, by));
        for (const auto& [labels, metrics] : samples) {
            const auto& value = metrics->*field.member;
            if constexpr (kIsStatistic)
                out.value(labels, value.sum, "_sum").value(labels, value.count, "_count");
            else
                out.value(labels, value);
        }
    };
    std::apply([&](const auto&... fields) { (family(fields), ...); }, Metrics::fields());
}

void add_kinesis(Exposition& out, const std::vector<MetricsOf>& streams) {
    std::vector<std::pair<Labels, const StreamMetrics*>> of_streams;
    std::vector<std::pair<Labels, const ShardMetrics*>> of_shards;
    for (const auto& of : streams) {
        of_streams.emplace_back(Labels{{"stream", of.stream}}, &of.metrics);
        for (const auto& shard : of.shards)
            of_shards.emplace_back(Labels{{"stream", of.stream}, {"shard", shard.shard_id}}, &shard.metrics);
    }
    add_cloudwatch(out, "kns_kinesis_", "stream", of_streams);
    add_cloudwatch(out, "kns_kinesis_shard_", "shard", of_shards);
}

void add_deliveries(Exposition& out, const TopSample& sample) {
    const auto labels = [](const TopDelivery& delivery) { return Labels{{"delivery", delivery.name}}; };
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help, auto number_of) {
        out.each(name, type, help, sample.deliveries, labels, number_of);
    };
    each("kns_delivery_pending_records", "gauge", "Records not yet delivered.", [](const auto& d) { return d.pending_records; });
    each("kns_delivery_pending_bytes", "gauge", "Bytes of records not yet delivered, as stored.",
         [](const auto& d) { return d.pending_bytes; });
    each("kns_delivery_backlog_age_seconds", "gauge", "How long the oldest record has waited for its delivery.",
         [](const auto& d) -> std::optional<double> {
             if (d.pending_records == 0) return 0;
             return d.oldest_pending_ms ? std::optional(seconds(*d.oldest_pending_ms)) : std::nullopt;
         });
    each("kns_delivery_records_total", "counter", "Records delivered, ever.", [](const auto& d) { return d.delivered_records; });
    each("kns_delivery_bytes_total", "counter", "Bytes delivered before compression, ever.",
         [](const auto& d) { return d.delivered_bytes; });
    each("kns_delivery_objects_total", "counter", "Objects delivered, ever.", [](const auto& d) { return d.delivered_objects; });
    each("kns_delivery_failing", "gauge", "1 while the newest attempt has failed.", [](const auto& d) { return d.error ? 1 : 0; });
}

void add_jobs(Exposition& out, const TopJobs& jobs) {
    out.family("kns_jobs", "gauge", "Jobs that are remembered, by state; those retrying are queued after a failure.")
        .value({{"state", "queued"}}, jobs.queued - jobs.retrying)
        .value({{"state", "retrying"}}, jobs.retrying)
        .value({{"state", "running"}}, jobs.running)
        .value({{"state", "done"}}, jobs.done)
        .value({{"state", "failed"}}, jobs.failed)
        .value({{"state", "cancelled"}}, jobs.cancelled);
}

}  // namespace

std::string metrics_text(const TopSample& sample, const MetricsExtra& extra) {
    Exposition out;
    add_daemon(out, sample, extra);
    add_log(out, sample, extra);
    add_zones(out, extra);
    add_streams(out, sample);
    add_kinesis(out, extra.kinesis);
    add_deliveries(out, sample);
    add_jobs(out, sample.jobs);
    return out.take();
}

}  // namespace kns
