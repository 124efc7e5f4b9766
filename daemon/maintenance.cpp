#include "daemon/maintenance.hpp"

#include <malloc.h>
#include <sys/stat.h>

#include "core/base/log.hpp"

namespace kns {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSaveAtBytes = 64 << 20;  // of log that only memory has an index of; read again after a crash
constexpr auto kSaveAfter = 1s;                   // at the latest
constexpr auto kTrimAfter = 3s;                   // of quiet
constexpr std::chrono::milliseconds kExpireAtMost = 1h, kExpireAtLeast = 1min;
constexpr std::uint64_t kCheckpointBytes = 4 << 20;

}  // namespace

Maintenance::Maintenance(Services& services, Database& db, LogIndex& index, const Env& env, std::string database_path)
    : services_(services),
      db_(db),
      index_(index),
      env_(env),
      database_path_(std::move(database_path)),
      wal_path_(database_path_ + "-wal"),
      collector_(db, *env.log),
      save_timer_(services.io),
      expiry_timer_(services.io),
      trim_timer_(services.io) {}

void Maintenance::start(std::uint64_t damaged_batches) {
    damaged_batches_ = damaged_batches;
    arm_expiry(kExpireAtLeast);
    arm_trim();
}

void Maintenance::committed() {
    if (!expiry_armed_) arm_expiry(kExpireAtMost);
    arm_trim();
    if (saving_) return;
    if (index_.unsaved_bytes() >= kSaveAtBytes) return save();
    if (std::exchange(save_armed_, true)) return;
    save_timer_.expires_after(kSaveAfter);
    save_timer_.async_wait([this](error_code failure) {
        save_armed_ = false;
        if (!failure && !saving_) save();
    });
}

void Maintenance::save() {
    saving_ = true;
    asio::post(services_.catalog, [this] {
        save_now();
        asio::post(services_.io, [this] {
            saving_ = false;
            if (index_.unsaved_bytes() > 0) committed();
        });
    });
}

void Maintenance::save_now() {
    if (auto saved = index_.save(db_, env_.log); !saved) log_error("index_not_saved", "error=\"{}\"", saved.error().text());
    struct stat info{};
    if (::stat(wal_path_.c_str(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) >= kCheckpointBytes)
        if (auto done = db_.checkpoint(); !done) log_warn("checkpoint_failed", "error=\"{}\"", done.error().text());
}

void Maintenance::finish() {
    save_now();
    std::ignore = db_.checkpoint();
    copy_catalog(0s);
}

// The newest copy that is known to be sound: kns doctor --fix falls back on it. Not made where nothing has changed since.
void Maintenance::copy_catalog(std::chrono::seconds not_younger) {
    const auto changed = [](const std::string& path) -> std::optional<std::pair<std::int64_t, std::int64_t>> {
        struct stat info{};
        if (::stat(path.c_str(), &info) != 0) return std::nullopt;
        return std::pair(info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    };
    const auto path = catalog_copy_of(env_);
    const auto copied = changed(path);
    if (copied && copied >= changed(database_path_) && copied >= changed(wal_path_)) return;
    if (copied && copied->first + not_younger.count() > services_.clock.now() / 1000) return;
    if (auto done = db_.copy_to(path); !done) log_error("catalog_not_copied", "error=\"{}\"", done.error().text());
}

void Maintenance::arm_expiry(std::chrono::milliseconds in) {
    expiry_armed_ = true;
    expiry_timer_.expires_after(in);
    expiry_timer_.async_wait([this](error_code failure) {
        if (!failure) expire_and_collect();
    });
}

void Maintenance::expire_now(std::function<void()> done) {
    expiry_timer_.cancel();
    expire_and_collect(std::move(done));
}

void Maintenance::expire_and_collect(std::function<void()> done) {
    asio::post(services_.catalog, [this, done = std::move(done)] {
        save_now();
        auto next = services_.streams.expire();
        if (!next) log_error("expiry_failed", "error=\"{}\"", next.error().text());
        index_.forget_sealed();
        if (backups_ > 0) {
            log_debug("collection_postponed", "backups={}", backups_);
        } else if (auto collected = collector_.collect(index_.end()); !collected)
            log_error("collection_failed", "error=\"{}\"", collected.error().text());
        copy_catalog(24h);
        asio::post(services_.io, [this, next = next ? *next : std::nullopt, done] {
            expiry_armed_ = false;
            if (done) done();
            if (!next) return;  // nothing is kept: the next commit arms it again
            const auto wait = std::chrono::milliseconds(*next - services_.clock.now());
            arm_expiry(std::clamp<std::chrono::milliseconds>(wait, kExpireAtLeast, kExpireAtMost));
        });
    });
}

void Maintenance::damaged(const std::vector<Damage>& damages) {
    asio::post(services_.catalog, [this, damages] {
        Catalog catalog(db_);
        for (const auto& damage : damages) {
            const auto before = catalog.damages();
            auto added = catalog.add_damage(damage, services_.clock.now());
            if (!added) log_error("damage_not_recorded", "error=\"{}\"", added.error().text());
            const auto after = catalog.damages();
            if (!before || !after || after->batches == before->batches) continue;  // known already
            log_error("batch_quarantined", "segment={} position={} bytes={} shard={} records={} reason=\"{}\"",
                      damage.place.segment, damage.place.position, damage.bytes, damage.shard.value_or(0), damage.records,
                      damage.reason);
            auto keep = [&]() -> Result<void> {
                const auto generations = KNS_TRY(catalog.generations());
                const auto moved = generations.find(damage.place.segment);
                const auto generation = moved == generations.end() ? 0 : moved->second;
                const auto source = KNS_TRY(env_.log->open(segment_name(damage.place.segment, generation), false));
                std::vector<std::byte> bytes(std::min<std::uint64_t>(damage.bytes, kMaxBatchBytes));
                bytes.resize(KNS_TRY(source->read_at(bytes, damage.place.position)));
                const auto copy = KNS_TRY(
                    env_.quarantine->open(fmt::format("batch-{:016}-{}", damage.place.segment, damage.place.position), true));
                const Bytes part(bytes);
                return copy->write_at(std::span(&part, 1), 0);
            };
            if (auto kept = keep(); !kept) log_warn("evidence_not_kept", "error=\"{}\"", kept.error().text());
            asio::post(services_.io, [this, damage] {
                ++damaged_batches_;
                if (damage.shard) services_.damaged_records[*damage.shard] += damage.records;
            });
        }
    });
}

Result<std::unique_ptr<Backup>> Maintenance::begin_backup() {
    save_now();
    auto backup = KNS_TRY(Backup::begin(db_, index_, env_, database_path_ + ".backup"));
    ++backups_;
    return backup;
}

void Maintenance::end_backup(std::unique_ptr<Backup> backup) {
    backup.reset();
    asio::post(services_.catalog, [this] { --backups_; });
}

void Maintenance::arm_trim() {
    if (std::exchange(trim_armed_, true)) {
        return;
    }
    trim_timer_.expires_after(kTrimAfter);
    trim_timer_.async_wait([this](error_code failure) {
        trim_armed_ = false;
        if (failure) return;
        asio::post(services_.catalog, [this] {
            db_.release_memory();
            malloc_trim(0);
        });
    });
}

}  // namespace kns
