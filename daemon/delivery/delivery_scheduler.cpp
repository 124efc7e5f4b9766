#include "daemon/delivery/delivery_scheduler.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/firehose/delivery_place.hpp"
#include "daemon/delivery/destination_secrets.hpp"
#include "daemon/read_session.hpp"

namespace kns {
namespace {

constexpr std::uint64_t kMaxTopicRecord = 10 << 20;  // as the service takes from a topic, and a stream can have

// A stream under load commits a thousand times a second; its buffers are looked at a hundred times.
constexpr auto kBreath = std::chrono::milliseconds(10);
// How often a source that was deleted is looked for again.
constexpr auto kMissingSource = std::chrono::seconds(10);

// Of a directory that need not exist: the part of its path that does has to be a directory, writable, and not ours.
Result<void> check_directory(const std::string& path, const std::string& data_dir) {
    std::string there = path;
    while (there.size() > 1 && there.ends_with('/')) there.pop_back();
    while (there.size() > 1 && ::access(there.c_str(), F_OK) != 0 && errno == ENOENT)
        there.resize(std::max<std::size_t>(1, there.rfind('/')));
    char resolved[PATH_MAX];
    if (::realpath(there.c_str(), resolved) && (std::string(resolved) + "/").starts_with(data_dir + "/"))
        return fail(Errc::invalid_argument, "{} is inside kns's own data directory", path);
    struct stat status{};
    if (::stat(there.c_str(), &status) != 0) return fail_errno(errno, "writing to " + path);
    if (!S_ISDIR(status.st_mode)) return fail_errno(ENOTDIR, "writing to " + there);
    if (::access(there.c_str(), W_OK | X_OK) != 0) return fail_errno(errno, "writing to " + path);
    return {};
}

// A directory is made when the delivery stream is, so that a mistake shows at once; later a missing one is an error.
Result<void> prepare_places(const DeliveryConfig& config, const std::string& data_dir) {
    const auto places = KNS_TRY(places_of(config));
    for (const auto& place : places) {
        if (place.destination.scheme != "file") continue;
        KNS_TRY(check_directory(place.destination.path, data_dir));
        KNS_TRY(context(make_directories(place.destination.path, 0777), "making the destination"));
    }
    return {};
}

}  // namespace

DeliveryScheduler::DeliveryScheduler(Services& services, Database& catalog, Supervisor& supervisor, std::string data_dir)
    : services_(services),
      table_(services, catalog),
      jobs_(table_, supervisor),
      topics_(table_, supervisor),
      supervisor_(supervisor),
      data_dir_(std::move(data_dir)) {
    supervisor_.add_kind(std::string(kDeliveryJob), jobs_);
}

void DeliveryScheduler::start(std::vector<DeliveryRow> rows) {
    for (auto& row : rows) {
        auto delivery = std::make_shared<Delivery>(services_.io);
        delivery->row = std::move(row);
        // Nobody remembers since when its records wait: long enough.
        delivery->pending_since = 0;
        table_.deliveries.emplace(delivery->row.name, delivery);
    }
    const std::string prefix = direct_put_stream("");
    for (const auto& stream : services_.directory.list(prefix, true))
        if (stream->row.hidden && !table_.deliveries.contains(stream->row.name.substr(prefix.size())))
            asio::co_spawn(services_.io, remove_orphan(stream->row.name), kOrEnd);
    for (const auto& [name, delivery] : table_.deliveries) spawn(delivery);
}

// A direct put's stream without its delivery stream: a crash came between making, or removing, the two.
Task<void> DeliveryScheduler::remove_orphan(std::string stream) {
    auto remove = [this, stream] { return services_.streams.remove(stream); };
    const auto removed = co_await run_on(services_.catalog, std::move(remove));
    if (!removed) log_warn("orphan", "stream={} error=\"{}\"", stream, removed.error().text());
}

bool DeliveryScheduler::idle() const {
    return std::none_of(table_.deliveries.begin(), table_.deliveries.end(), [&](const auto& entry) {
        const auto source = table_.source_of(entry.second->row);
        return entry.second->job || entry.second->row.config.reads_topic() ||
               (source && table_.pending(**source, *entry.second).records > 0);
    });
}

void DeliveryScheduler::stop() {
    stopping_ = true;
    topics_.stop();
    for (const auto& [name, delivery] : table_.deliveries) {
        delivery->changed.notify();
        wake(*delivery);
    }
}

// --- what is asked for

Task<Result<DeliveryInfo>> DeliveryScheduler::create(CreateDelivery request, bool* created) {
    *created = false;
    const auto name = parse_delivery_name(request.name);
    if (!name) co_return std::unexpected(name.error());
    if (const auto found = table_.deliveries.find(*name); found != table_.deliveries.end()) {
        if (request.if_not_exists) co_return table_.describe(*found->second);
        co_return fail(Errc::already_exists, "delivery stream \"{}\" exists already", *name).hint("kns firehose update changes it");
    }
    auto config = make_delivery_config(request);
    if (!config) co_return std::unexpected(std::move(config).error());
    auto made = co_await make(*name, std::move(*config), request.from);
    *created = made.has_value();
    co_return made;
}

Task<Result<DeliveryInfo>> DeliveryScheduler::make(std::string name, DeliveryConfig config, std::string from) {
    if (auto ready = prepare_places(config, data_dir_); !ready) co_return std::unexpected(std::move(ready).error());

    const auto fit = co_await check_processing(name, config);
    if (!fit) co_return std::unexpected(fit.error());
    if (config.reads_stream()) {
        const auto source = services_.directory.find(*config.source);
        if (!source) co_return std::unexpected(source.error());
        const auto begun = co_await begin_at(*source, name, from);
        if (!begun) co_return std::unexpected(begun.error());
    } else {
        CreateStream spool{.name = direct_put_stream(name), .retention = format_duration(config.spool_ms), .if_not_exists = true};
        if (config.reads_topic()) spool.max_record_bytes = kMaxTopicRecord;
        auto make = [this, spool = std::move(spool)] { return services_.streams.create(spool, true); };
        const auto made = co_await run_on(services_.catalog, std::move(make));
        if (!made) co_return std::unexpected(made.error());
        if (config.reads_topic()) {
            auto begun = co_await topics_.begin_at(name, config, *made, from);
            // A cluster that is not there yet is waited for, where that makes no difference.
            const bool later = !begun && begun.error().code == Errc::unavailable && from == "start";
            if (!begun && !later) {
                co_await remove_orphan(direct_put_stream(name));
                co_return std::unexpected(std::move(begun).error());
            }
        }
    }
    auto delivery = std::make_shared<Delivery>(services_.io);
    delivery->row = {.name = name, .config = config, .created_ms = services_.clock.now()};
    delivery->pending_since = 0;
    auto store = [this, delivery] { return table_.store.create(delivery->row); };
    const auto stored = co_await run_on(services_.catalog, std::move(store));
    if (!stored) co_return std::unexpected(stored.error());
    table_.deliveries.emplace(name, delivery);
    spawn(delivery);
    log_info("delivery_created", "name={} source={} to={}", name, source_name(delivery->row), config.to);
    co_return table_.describe(*delivery);
}

Task<Result<DeliveryInfo>> DeliveryScheduler::update(std::string name, UpdateDelivery request) {
    const auto found = table_.find(name);
    if (!found) co_return std::unexpected(found.error());
    auto config = update_delivery_config((*found)->row.config, request);
    if (!config) co_return std::unexpected(std::move(config).error());
    co_return co_await change(std::move(name), std::move(*config));
}

Task<Result<DeliveryInfo>> DeliveryScheduler::change(std::string name, DeliveryConfig config) {
    const auto found = table_.find(name);
    if (!found) co_return std::unexpected(found.error());
    const auto delivery = *found;
    if (config == delivery->row.config) co_return table_.describe(*delivery);
    const auto& before = delivery->row.config;
    if (config.to != before.to || config.backup != before.backup)
        if (auto ready = prepare_places(config, data_dir_); !ready) co_return std::unexpected(std::move(ready).error());
    if (config.transform != before.transform || config.partition != before.partition) {
        const auto fit = co_await check_processing(name, config);
        if (!fit) co_return std::unexpected(fit.error());
    }
    const auto what_counts = [](DeliveryConfig all) {
        all.tags.clear();
        return all;
    };
    if (config.spool_ms != before.spool_ms) {
        auto keep = [this, stream = source_name(delivery->row), ms = config.spool_ms] {
            return services_.streams.update(stream, UpdateStream{.retention = format_duration(ms)});
        };
        const auto kept = co_await run_on(services_.catalog, std::move(keep));
        if (!kept) co_return std::unexpected(kept.error());
    }
    const std::uint64_t version = delivery->row.version + (what_counts(config) != what_counts(delivery->row.config));
    auto store = [this, text = delivery->row.name, config, version] { return table_.store.update(text, config, version); };
    const auto stored = co_await run_on(services_.catalog, std::move(store));
    if (!stored) co_return std::unexpected(stored.error());
    delivery->row.config = std::move(config);
    delivery->row.version = version;
    delivery->failing_since.reset();  // its time counts anew
    delivery->paused_since.reset();
    delivery->changed.notify();
    // An attempt that is running ends as it began.
    if (delivery->job) {
        const auto job = co_await supervisor_.find(*delivery->job);
        if (job && job->state == JobState::queued && delivery->job == job->id) co_await jobs_.renew(delivery, job->id);
    }
    wake(*delivery);
    co_return table_.describe(*delivery);
}

Task<Result<void>> DeliveryScheduler::remove(std::string name) {
    const auto found = table_.find(name);
    if (!found) co_return std::unexpected(found.error());
    const auto delivery = *found;
    const std::string text = delivery->row.name;
    const bool has_key = delivery->row.config.secret == access_key_secret(text);
    auto forget = [this, text, has_key]() -> Result<void> {
        KNS_TRY(table_.store.remove(text));
        if (has_key) std::ignore = services_.secrets.remove(access_key_secret(text));  // somebody may have done so
        return {};
    };
    const auto forgotten = co_await run_on(services_.catalog, std::move(forget));
    if (!forgotten) co_return std::unexpected(forgotten.error());
    table_.deliveries.erase(text);
    delivery->removed = true;
    delivery->changed.notify();
    if (delivery->topic_worker) delivery->topic_worker->terminate();
    if (delivery->job) {
        const auto cancelled = co_await supervisor_.cancel(*delivery->job);
        if (cancelled) std::ignore = co_await supervisor_.wait(cancelled->id);
    }
    const auto source = table_.source_of(delivery->row);
    if (!source) co_return Result<void>();
    Result<void> cleaned;
    if (delivery->row.config.reads_stream()) {
        services_.groups.remove((*source)->row.id, position_group(text));
        auto clean = [this, id = (*source)->row.id, group = position_group(text)] {
            return services_.streams.delete_group(id, group);
        };
        cleaned = co_await run_on(services_.catalog, std::move(clean));
    } else {
        auto clean = [this, stream = (*source)->row.name] { return services_.streams.remove(stream); };
        cleaned = co_await run_on(services_.catalog, std::move(clean));
        forget_stream(services_, (*source)->row.id);
    }
    services_.feed.changed((*source)->row.id);
    log_info("delivery_removed", "name={}", text);
    co_return cleaned;
}

Task<Result<std::vector<DeliveredObject>>> DeliveryScheduler::deliver(std::string name) {
    const auto found = table_.find(name);
    if (!found) co_return std::unexpected(found.error());
    const auto delivery = *found;
    const auto source = table_.source_of(delivery->row);
    if (!source) co_return std::unexpected(source.error());
    DeliveryWaiter waiter;
    delivery->waiters.push_back(&waiter);
    if (delivery->job) std::ignore = co_await supervisor_.retry(*delivery->job);  // no matter how long it was to wait
    Result<void> caught_up;
    if (delivery->row.config.reads_topic()) caught_up = co_await topics_.catch_up(delivery, waiter);
    for (const auto& shard : (*source)->shards) waiter.targets[shard.number] = services_.index.content(shard.number).next_offset;
    wake(*delivery);
    while (!waiter.error && !delivery->removed && !stopping_ && !reached(**source, delivery->row.name, waiter.targets))
        co_await delivery->changed.wait();
    // The job that did it has ended too, for whoever asks next.
    for (const auto last = delivery->job; last && delivery->job == last && !waiter.error && !delivery->removed && !stopping_;)
        co_await delivery->changed.wait();
    std::erase(delivery->waiters, &waiter);
    if (waiter.error) co_return std::unexpected(std::move(*waiter.error));
    if (delivery->removed) co_return fail(Errc::cancelled, "delivery stream \"{}\" was deleted meanwhile", delivery->row.name);
    if (stopping_)
        co_return fail(Errc::unavailable, "the daemon is stopping").hint("what is pending is delivered with its next start");
    if (!caught_up) co_return std::unexpected(std::move(caught_up).error());
    co_return std::move(waiter.objects);
}

Task<Result<std::vector<Trial>>> DeliveryScheduler::explain(std::string name, ExplainRequest request) {
    const auto found = table_.find(name);
    if (!found) co_return std::unexpected(found.error());
    const DeliveryRow row = (*found)->row;
    for (auto& record : request.records)
        if (record.arrival_ms == 0) record.arrival_ms = services_.clock.now();
    DeliverySpec spec{.delivery = row.name, .version = row.version, .source = "", .config = row.config};
    co_return co_await run_trial(std::move(spec), std::move(request.records), true);
}

Task<Result<Trial>> DeliveryScheduler::try_out(std::string name, DeliveryConfig config, std::vector<TrialRecord> records) {
    DeliverySpec spec{.delivery = std::move(name), .version = 1, .source = "", .config = std::move(config)};
    auto trials = co_await run_trial(std::move(spec), std::move(records), false);
    if (!trials) co_return std::unexpected(std::move(trials).error());
    if (trials->size() != 1) co_return fail(Errc::internal, "a worker answered with {} trials", trials->size());
    co_return std::move(trials->front());
}

// What only a worker can tell: whether the queries compile, and the program is there.
Task<Result<void>> DeliveryScheduler::check_processing(std::string name, DeliveryConfig config) {
    if (config.transform.empty() && config.partition.empty()) co_return Result<void>();
    DeliverySpec spec{.delivery = std::move(name), .version = 1, .source = "", .config = std::move(config)};
    const auto trials = co_await run_trial(std::move(spec), {}, true);
    if (!trials) co_return std::unexpected(trials.error());
    co_return Result<void>();
}

Task<Result<std::vector<Trial>>> DeliveryScheduler::run_trial(DeliverySpec spec, std::vector<TrialRecord> records, bool each) {
    name_arns(spec);
    JsonWriter json;
    json.begin_object().member("each", each).key("spec").raw(to_json(spec)).key("records").raw(to_json(records)).end_object();
    auto parsed = parse_json(json.text());
    if (!parsed) co_return std::unexpected(std::move(parsed).error());
    auto said = co_await supervisor_.do_aside("trial", std::move(*parsed), SecretText("null"));
    if (!said) co_return std::unexpected(std::move(said).error());
    if (!said->trials) co_return fail(Errc::internal, "the worker gave no trial");
    co_return std::move(*said->trials);
}

void DeliveryScheduler::name_arns(DeliverySpec& spec) const {
    spec.arn = table_.arn_of(spec.delivery);
    spec.source_arn = table_.source_arn_of(spec.config);
}

Task<Result<ReplayReport>> DeliveryScheduler::replay(std::string name, ReplayRequest request) {
    const auto found = table_.find(name);
    if (!found) co_return std::unexpected(found.error());
    const auto delivery = *found;
    if (delivery->replaying) co_return fail(Errc::conflict, "a replay of \"{}\" is under way", delivery->row.name);
    const Counted under_way(delivery->replaying);
    DeliverySpec spec{
        .delivery = delivery->row.name, .version = delivery->row.version, .source = "", .config = delivery->row.config};
    name_arns(spec);
    auto reveal = [this, config = spec.config] { return secrets_for(config, services_.secrets); };
    auto secrets = co_await run_on(services_.catalog, std::move(reveal));
    if (!secrets) co_return std::unexpected(std::move(secrets).error());
    JsonWriter json;
    json.begin_object().key("spec").raw(to_json(spec)).key("request").raw(to_json(request)).end_object();
    auto parsed = parse_json(json.text());
    if (!parsed) co_return std::unexpected(std::move(parsed).error());
    auto said = co_await supervisor_.do_aside("replay", std::move(*parsed), std::move(*secrets));
    if (!said) co_return std::unexpected(std::move(said).error());
    if (!said->replay) co_return fail(Errc::internal, "the worker gave no report");
    for (const auto& made : said->replay->made) {
        if (made.backup || !made.failure.empty()) continue;  // it was counted as failed when it failed
        const DeliveryTotals more{.records = made.records, .bytes = made.bytes, .objects = 1};
        auto count = [this, name = spec.delivery, key = made.key, more, now = services_.clock.now()] {
            return table_.store.add_delivered(name, key, more, now);
        };
        const auto counted = co_await run_on(services_.catalog, std::move(count));
        if (!counted) co_return std::unexpected(counted.error());
        if (!*counted) continue;
        auto& totals = delivery->row.delivered;
        totals.records += more.records;
        totals.bytes += more.bytes;
        totals.objects += more.objects;
    }
    co_return std::move(*said->replay);
}

Result<void> DeliveryScheduler::check_destination(const std::string& to) const {
    const Destination destination = KNS_TRY(parse_destination(to));
    if (destination.scheme != "file") return {};
    return check_directory(destination.path, data_dir_);
}

std::vector<DeliveryRow> DeliveryScheduler::rows() const {
    std::vector<DeliveryRow> out;
    for (const auto& [name, delivery] : table_.deliveries) out.push_back(delivery->row);
    return out;
}

Result<DeliveryRow> DeliveryScheduler::row(std::string_view name) const { return KNS_TRY(table_.find(name))->row; }

Result<DeliveryInfo> DeliveryScheduler::show(std::string_view name) const { return table_.describe(*KNS_TRY(table_.find(name))); }

std::vector<DeliveryInfo> DeliveryScheduler::list(std::string_view prefix) const {
    std::vector<DeliveryInfo> out;
    for (const auto& [name, delivery] : table_.deliveries)
        if (name.starts_with(prefix)) out.push_back(table_.describe(*delivery));
    return out;
}

std::vector<TopDelivery> DeliveryScheduler::top() const {
    const UnixMs now = services_.clock.now();
    std::vector<TopDelivery> out;
    for (const auto& [name, delivery] : table_.deliveries) {
        const DeliveryRow& row = delivery->row;
        TopDelivery info{.name = name,
                         .source = row.config.source,
                         .delivered_records = row.delivered.records,
                         .delivered_bytes = row.delivered.bytes,
                         .delivered_objects = row.delivered.objects,
                         .at_work = delivery->job.has_value(),
                         .error = row.last_error};
        if (const auto source = table_.source_of(row)) {
            const BufferState state = table_.pending(**source, *delivery);
            info.pending_records = state.records;
            info.pending_bytes = state.bytes;
            const auto since = delivery->pending_since == 0 ? delivery->left_since : delivery->pending_since;
            if (state.records > 0 && since) info.oldest_pending_ms = std::max<Ms>(0, now - *since);
        }
        out.push_back(std::move(info));
    }
    return out;
}

Result<StreamPtr> DeliveryScheduler::direct_put(std::string_view name) const {
    const auto delivery = KNS_TRY(table_.find(name));
    if (delivery->row.config.reads_topic())
        return fail(Errc::invalid_argument, "delivery stream \"{}\" takes its records from {}", delivery->row.name,
                    *delivery->row.config.source);
    if (const auto& source = delivery->row.config.source)
        return fail(Errc::invalid_argument, "delivery stream \"{}\" takes its records from stream \"{}\"", delivery->row.name,
                    *source)
            .hint(fmt::format("kns stream put {}", *source));
    return table_.source_of(delivery->row);
}

Result<void> DeliveryScheduler::admit(std::string_view name) const { return table_.room_in(*KNS_TRY(table_.find(name))); }

// Where in its source a new delivery stream begins. "start" needs nothing: a shard without a position is read from there.
Task<Result<void>> DeliveryScheduler::begin_at(StreamPtr source, std::string name, std::string from) {
    if (from == "start") co_return Result<void>();
    const auto ranges = co_await resolve_positions(services_, source, from);
    if (!ranges) co_return std::unexpected(ranges.error());
    std::vector<ShardPosition> positions;
    for (const auto& range : *ranges) positions.push_back({range.shard, range.next});
    co_return co_await table_.commit(source, position_group(name), std::move(positions));
}

// --- the loop of each delivery stream

void DeliveryScheduler::spawn(DeliveryPtr delivery) {
    asio::co_spawn(services_.io, tend(delivery), kOrEnd);
    if (delivery->row.config.reads_topic()) asio::co_spawn(services_.io, topics_.tend(delivery), kOrEnd);
}

// Makes its loop look again.
void DeliveryScheduler::wake(const Delivery& delivery) {
    if (const auto source = table_.source_of(delivery.row)) services_.feed.changed((*source)->row.id);
}

Task<void> DeliveryScheduler::tend(DeliveryPtr delivery) {
    using std::chrono::steady_clock;
    const std::string name = delivery->row.name;
    delivery->left_since = co_await oldest_pending(delivery);
    // Left by the daemon before this one: its bounds are settled, it comes first.
    const auto left = co_await supervisor_.unfinished(std::string(kDeliveryJob), name);
    if (left && *left) co_await see_job_through(delivery, (*left)->id, (*left)->created_ms);

    asio::steady_timer breath(services_.io);
    while (!delivery->removed && !stopping_) {
        const auto source = table_.source_of(delivery->row);
        if (!source) {
            if (!delivery->row.last_error) co_await table_.set_error(delivery, source.error().message);
            breath.expires_after(kMissingSource);
            co_await breath.async_wait(kNoThrow);
            continue;
        }
        const std::int64_t id = (*source)->row.id;
        const auto seen = services_.feed.version(id);
        const UnixMs now = services_.clock.now();
        BufferState state = table_.pending(**source, *delivery);
        if (state.records == 0)
            delivery->pending_since.reset();
        else if (!delivery->pending_since)
            delivery->pending_since = now;
        state.oldest_arrival = delivery->pending_since.value_or(now);
        BufferHints hints = delivery->row.config.hints();
        if (delivery->row.config.spool_bytes) hints.bytes = std::min(hints.bytes, delivery->row.config.spool_bytes);
        const BufferDecision decision = decide_flush(hints, state, now);
        if (state.records > 0 && (decision.flush || is_awaited(**source, *delivery))) {
            co_await run_delivery(delivery, *source);
            continue;
        }
        delivery->changed.notify();  // who waits for an empty buffer has it
        const auto until = decision.look_again_at ? steady_clock::now() + std::chrono::milliseconds(*decision.look_again_at - now)
                                                  : steady_clock::time_point::max();
        co_await services_.feed.wait(id, seen, until);
        if (delivery->waiters.empty() && !delivery->removed && !stopping_) {
            breath.expires_after(kBreath);
            co_await breath.async_wait(kNoThrow);
        }
    }
}

// When the oldest record arrived that is pending now, to within the extent that holds it. For those who ask how old the
// backlog is: a buffer that was left over is due at once anyway.
Task<std::optional<UnixMs>> DeliveryScheduler::oldest_pending(DeliveryPtr delivery) {
    const auto source = table_.source_of(delivery->row);
    if (!source) co_return std::nullopt;
    std::vector<ShardPosition> behind;
    for (const auto& shard : (*source)->shards) {
        const ShardContent content = services_.index.content(shard.number);
        const auto next = std::max(table_.position(**source, delivery->row.name, shard.number), content.first_offset);
        if (next < content.next_offset) behind.push_back({shard.number, next});
    }
    if (behind.empty()) co_return std::nullopt;
    auto look = [this, behind = std::move(behind)]() -> Result<std::optional<UnixMs>> {
        auto& tools = *KNS_TRY(services_.reader_tools());
        std::optional<UnixMs> oldest;
        for (const auto& shard : behind)
            for (const auto& extent : KNS_TRY(tools.finder.find(shard.shard_number, shard.next_offset, 0, 1)))
                oldest = std::min(oldest.value_or(extent.first_ms), extent.first_ms);
        return oldest;
    };
    const auto found = co_await run_on(services_.readers, std::move(look));
    if (!found) log_error("delivery", "name={} error=\"{}\"", delivery->row.name, found.error().text());
    co_return found ? *found : std::nullopt;
}

Task<void> DeliveryScheduler::run_delivery(DeliveryPtr delivery, StreamPtr source) {
    DeliverySpec spec{.delivery = delivery->row.name,
                      .version = delivery->row.version,
                      .source = source->row.name,
                      .config = delivery->row.config};
    for (const auto& shard : source->shards) {
        const ShardContent content = services_.index.content(shard.number);
        // Without a position: a new delivery stream, or a shard that came later. What expired before then is no loss.
        const auto position = services_.groups.position(source->row.id, position_group(spec.delivery), shard.number);
        const ShardRange range{shard.number, std::max(position.value_or(0), content.first_offset), content.next_offset, shard.index,
                               shard.created_s};
        const bool expired = position && *position < content.first_offset;
        if (expired) spec.expired_records += static_cast<std::uint64_t>(content.first_offset - *position);
        spec.place += static_cast<std::uint64_t>(range.first_offset);
        // An empty one too moves the position behind what expired, so that this is counted once.
        if (!range.empty() || expired) spec.ranges.push_back(range);
    }
    const UnixMs began = services_.clock.now();
    auto job = co_await supervisor_.enqueue(std::string(kDeliveryJob), spec.delivery, to_json(spec));
    if (job) {
        co_await see_job_through(delivery, job->id, began);
        co_return;
    }
    co_await table_.set_error(delivery, job.error().text());
    for (auto* waiter : delivery->waiters) waiter->error = job.error();
    delivery->changed.notify();
    asio::steady_timer pause(services_.io, kMissingSource);
    co_await pause.async_wait(kNoThrow);
}

Task<void> DeliveryScheduler::see_job_through(DeliveryPtr delivery, std::int64_t job, UnixMs began) {
    delivery->job = job;
    const auto row = co_await supervisor_.wait(job);
    delivery->job.reset();
    delivery->pending_since = began;  // what it left arrived behind its bounds
    if (row && row->state == JobState::cancelled && !std::exchange(delivery->renew_job, false)) {
        // Somebody does not want this now: once more when the buffer is due again.
        delivery->pending_since = services_.clock.now();
        for (auto* waiter : delivery->waiters)
            waiter->error = Error{.code = Errc::cancelled, .message = fmt::format("job {} was cancelled", job)};
    }
    delivery->changed.notify();
}

bool DeliveryScheduler::reached(const Stream& source, std::string_view delivery,
                                const std::map<std::uint32_t, std::int64_t>& targets) const {
    return std::all_of(targets.begin(), targets.end(), [&](const auto& target) {
        return std::max(table_.position(source, delivery, target.first), services_.index.content(target.first).first_offset) >=
               target.second;
    });
}

bool DeliveryScheduler::is_awaited(const Stream& source, const Delivery& delivery) const {
    return std::any_of(delivery.waiters.begin(), delivery.waiters.end(), [&](const DeliveryWaiter* waiter) {
        return !waiter->error && !reached(source, delivery.row.name, waiter->targets);
    });
}

}  // namespace kns
