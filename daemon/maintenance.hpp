// What happens behind the log: indexing, retention, collection, notes of damage, giving memory back when idle.
//
// Decides on the I/O thread, works on the catalog thread. Every timer is a one-shot that some event has armed: an idle
// daemon does not wake up for it.
#pragma once

#include "core/store/backup.hpp"
#include "core/store/checkup.hpp"
#include "core/store/collector.hpp"
#include "daemon/services.hpp"

namespace kns {

class Maintenance {
   public:
    // Borrows all for its life. `db` and `index` are used on the catalog thread.
    Maintenance(Services& services, Database& db, LogIndex& index, const Env& env, std::string database_path);

    // After each commit group.
    void committed();
    // What is due now, and then `done`: before a daemon ends that may not be started again for long.
    void expire_now(std::function<void()> done);
    void damaged(const std::vector<Damage>& damages);
    std::uint64_t damaged_batches() const { return damaged_batches_; }
    // On the catalog thread: everything to SQLite, WAL folded in. For a clean stop.
    void finish();
    void start(std::uint64_t damaged_batches);

    // Gives memory back soon.
    void arm_trim();

    // On the catalog thread: everything that is committed, to the index.
    void save_now();
    // On the catalog thread: what is wrong with the store.
    Result<std::vector<Finding>> check() { return check_store(db_, env_); }
    // On the catalog thread: a backup of now. The log is not collected until it has been given back to end_backup.
    Result<std::unique_ptr<Backup>> begin_backup();
    void end_backup(std::unique_ptr<Backup> backup);  // I/O thread

   private:
    void save();
    void copy_catalog(std::chrono::seconds not_younger);  // catalog thread
    void expire_and_collect(std::function<void()> done = {});
    void arm_expiry(std::chrono::milliseconds in);

    Services& services_;
    Database& db_;
    LogIndex& index_;
    const Env& env_;
    std::string database_path_, wal_path_;
    Collector collector_;
    asio::steady_timer save_timer_, expiry_timer_, trim_timer_;
    bool save_armed_ = false, saving_ = false, expiry_armed_ = false, trim_armed_ = false;
    std::uint64_t damaged_batches_ = 0;
    // Catalog thread:
    int backups_ = 0;  // that are being read: their segments stay
};

}  // namespace kns
