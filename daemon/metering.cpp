#include "daemon/metering.hpp"

#include <algorithm>

namespace kns {

void count_in(StreamMeters& meters, const AppendRequest& request, const AppendOutcome& outcome) {
    if (outcome.error || request.batches.empty()) return;
    auto& meter = meters[request.stream_id];
    auto refused = outcome.refused.begin();
    for (std::size_t i = 0; i < request.batches.size(); ++i) {
        if (refused != outcome.refused.end() && refused->first == i) {
            ++refused;
            continue;
        }
        const auto& batch = request.batches[i];
        auto& shard = meter.shards[batch.shard];
        shard.incoming_records += batch.records;
        shard.incoming_bytes += batch.data_bytes;
        meter.metrics.incoming_records += batch.records;
        meter.metrics.incoming_bytes += batch.data_bytes;
    }
}

MetricsOf describe_metrics(const Stream& stream, const StreamMeters& meters) {
    MetricsOf out{.stream = stream.row.name, .metrics = {}, .shards = {}};
    const auto found = meters.find(stream.row.id);
    if (found == meters.end()) return out;
    out.metrics = found->second.metrics;
    for (const auto& shard : stream.shards)
        if (const auto metrics = found->second.shards.find(shard.number); metrics != found->second.shards.end()) {
            out.shards.push_back({shard_id_text(shard.index), metrics->second});
            out.metrics.iterator_age_ms = std::max(out.metrics.iterator_age_ms, metrics->second.iterator_age_ms);
        }
    return out;
}

}  // namespace kns
