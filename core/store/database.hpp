// One connection to `kns.db`. Exactly one connection, on the catalog thread, writes and checkpoints (SQLite before 3.51.3
// can corrupt a WAL that two connections reset); readers are read-only and hold no transaction between calls.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/statement.hpp"

namespace kns {

// `read_unverified`: without looking at the checksums of pages; for salvage.
enum class Access { write, read, read_unverified };

// FULL: a commit survives a power cut. NORMAL: it may be lost then, never torn; for what can be rebuilt from the log.
enum class Sync { full, normal };

class Database {
   public:
    // Writing: creates the file, sets the pragmas, migrates the schema (a backup beside it first) and refuses a schema
    // newer than this program's, or a catalog that has lost changes (commit_count.hpp). Pages carry checksums (page_sums.hpp).
    // Reading: the file must exist.
    static Result<Database> open(const std::string& path, Access access, const std::string& vfs = "");

    Database(Database&& other) noexcept
        : db_(std::exchange(other.db_, nullptr)),
          path_(std::move(other.path_)),
          statements_(std::move(other.statements_)),
          doubtful_(other.doubtful_) {}
    Database& operator=(Database&&) = delete;
    ~Database();

    template <class... Args>
    Result<Rows> query(std::string_view sql, const Args&... args) {
        Rows rows(db_, KNS_TRY(prepare(sql)));
        [[maybe_unused]] int place = 0;
        (rows.bind(++place, args), ...);
        return rows;
    }
    template <class... Args>
    Result<void> exec(std::string_view sql, const Args&... args) {
        Rows rows = KNS_TRY(query(sql, args...));
        while (KNS_TRY(rows.step())) {
        }
        return {};
    }

    // A transaction of one statement, FULL.
    template <class... Args>
    Result<void> change(std::string_view sql, const Args&... args) {
        return transaction(Sync::full, [&] { return exec(sql, args...); });
    }

    std::int64_t last_insert_id() const { return sqlite3_last_insert_rowid(db_); }
    std::int64_t changes() const { return sqlite3_changes64(db_); }

    // Everything `body` does happens, or nothing. outcome_unknown: the commit failed, and it could
    // not be made certain that nothing of it is left.
    template <class Body>
    Result<void> transaction(Sync sync, Body body) {
        KNS_TRY(begin(sync));
        Result<void> outcome = body();
        if (outcome)
            outcome = commit();
        else
            rollback();
        doubtful_ |= !outcome && (outcome.error().code == Errc::io_error || outcome.error().code == Errc::outcome_unknown);
        if (sync == Sync::normal) KNS_TRY(set_sync(Sync::full));
        return outcome;
    }

    // Moves the WAL into the database, as far as readers let it. Writer only.
    Result<void> checkpoint();
    // What SQLite finds wrong with the file, a sentence each; nothing if it is sound.
    Result<std::vector<std::string>> problems();
    // A kns catalog, and as new as this program's.
    Result<bool> is_of_this_version();
    // A whole copy of this moment, checked and durable, at `path`: what is there is replaced by rename, or stays. Writer only:
    // between two of its own transactions nobody else changes anything.
    Result<void> copy_to(const std::string& path);
    // The plan SQLite would use, for tests that demand an index.
    Result<std::string> plan_of(std::string_view sql);
    // Gives back caches; for an idle daemon.
    void release_memory() { sqlite3_db_release_memory(db_); }

   private:
    explicit Database(sqlite3* db) : db_(db) {}
    Result<sqlite3_stmt*> prepare(std::string_view sql);
    Result<void> set_sync(Sync sync);
    Result<void> begin(Sync sync);
    Result<void> commit();
    void rollback();
    Result<void> count_commit();
    Result<std::uint64_t> commits();
    Result<void> check_commits();
    Result<void> leave_doubtful_wal();
    Result<bool> is_empty();
    Result<void> migrate(const std::string& path);

    sqlite3* db_;
    std::string path_;  // of a catalog that is written; empty: one that is read or in memory, whose commits are not counted
    std::optional<std::uint64_t> counted_;  // the number of the transaction under way, if it is counted
    std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
    // The WAL as the disk has it may lack what the page cache shows: after a failed sync, which may have been a predecessor's.
    bool doubtful_ = true;
};

// What ATTACH takes for a file that is to be read only, without looking at the checksums of its pages.
std::string unverified_name(const std::string& path);

}  // namespace kns
