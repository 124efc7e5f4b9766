#include "daemon/on_demand_scaler.hpp"

#include "core/base/log.hpp"
#include "core/stream/on_demand.hpp"

namespace kns {
namespace {

constexpr std::chrono::seconds kOver{5};  // the load is the mean of so long

}  // namespace

void OnDemandScaler::records_came() {
    if (std::exchange(armed_, true)) return;
    looked_ns_ = services_.clock.monotonic_ns();
    timer_.expires_after(kOver);
    timer_.async_wait([this](error_code failure) {
        if (failure || services_.ending.now) return;
        armed_ = false;
        asio::co_spawn(services_.io, scale_all(loads()), asio::detached);
    });
}

OnDemandScaler::Loads OnDemandScaler::loads() {
    Loads out;
    const auto now_ns = services_.clock.monotonic_ns();
    const double seconds = static_cast<double>(now_ns - looked_ns_) / 1e9;
    auto before = std::exchange(seen_, {});
    for (auto& stream : services_.directory.list({}, true)) {
        const auto found = services_.meters.find(stream->row.id);
        if (found == services_.meters.end()) continue;
        const auto& metrics = found->second.metrics;
        const Seen now{metrics.incoming_bytes, metrics.incoming_records};
        const Seen was = before[stream->row.id];
        seen_[stream->row.id] = now;
        if (stream->row.mode != kOnDemand || now.records == was.records) continue;
        const double load =
            load_of(static_cast<double>(now.bytes - was.bytes) / seconds, static_cast<double>(now.records - was.records) / seconds);
        out.emplace_back(stream, load);
    }
    return out;
}

Task<void> OnDemandScaler::scale_all(Loads loads) {
    for (auto& [stream, load] : loads) co_await scale(stream, load);
}

Task<void> OnDemandScaler::scale(StreamPtr stream, double load) {
    const UnixMs now = services_.clock.now();
    const auto open = static_cast<std::uint32_t>(stream->open.size());
    auto peaks = LoadPeaks::of(stream->row.load_peaks);
    bool changed = false;
    if (peaks.empty()) changed = peaks.add(now, open / 2.0);  // what it has is what it was thought to need
    changed |= peaks.add(now, load);
    const auto wanted = wanted_shards(open, peaks.highest(), stream->row.warm_mibps);
    if (!changed && wanted == open) co_return;
    auto work = [this, name = stream->row.name, text = peaks.text(), open, wanted]() -> Result<StreamPtr> {
        auto remember = [&](StreamRow& row) -> Result<void> {
            if (row.mode == kOnDemand) row.load_peaks = text;
            return {};
        };
        auto edited = KNS_TRY(services_.streams.edit(name, remember));
        if (wanted == open || edited->row.mode != kOnDemand || edited->open.size() != open) return edited;
        UpdateStream request;
        request.shard_count = wanted;
        return services_.streams.update(name, request);
    };
    const auto done = co_await run_on(services_.catalog, std::move(work));
    if (!done) {
        log_warn("not_scaled", "stream={} error=\"{}\"", stream->row.name, done.error().text());
        co_return;
    }
    if (wanted != open)
        log_info("scaled_on_demand", "stream={} shards={} load={:.2f}", stream->row.name, (*done)->open.size(), load);
    services_.feed.changed(stream->row.id);
}

}  // namespace kns
