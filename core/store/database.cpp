#include "core/store/database.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/base/posix.hpp"
#include "core/store/commit_count.hpp"
#include "core/store/page_sums.hpp"
#include "core/store/schema.hpp"

namespace kns {
namespace {

constexpr std::string_view kPragmas =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=0; PRAGMA "
    "mmap_size=0;"
    "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY;";

Result<void> run_script(sqlite3* db, std::string_view script) {
    const std::string text(script);
    char* message = nullptr;
    const int code = sqlite3_exec(db, text.c_str(), nullptr, nullptr, &message);
    sqlite3_free(message);
    if (code != SQLITE_OK) return fail_sqlite(db, code, "preparing the database");
    return {};
}

// Asks for so many bytes at the end of each page, from the file's beginning or its next VACUUM on; -1 asks for nothing. Returns
// what was asked for before, or what the pages have.
int reserve(sqlite3* db, int bytes) {
    sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
    return bytes;
}

// Where the database itself lies, which need not be the real file system. No such file: done.
Result<void> remove_file(sqlite3* db, const std::string& path) {
    sqlite3_vfs* vfs = nullptr;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
    const int code = vfs->xDelete(vfs, path.c_str(), 1);
    if (code != SQLITE_OK && code != SQLITE_IOERR_DELETE_NOENT) return fail(Errc::io_error, "{} cannot be removed", path);
    return {};
}

}  // namespace

Failure fail_sqlite(sqlite3* db, int code, std::string_view what) {
    const std::string reason = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    switch (code & 0xff) {
        case SQLITE_FULL: return fail(Errc::disk_full, "the catalog cannot be written: the disk is full");
        case SQLITE_READONLY:
        case SQLITE_PERM: return fail(Errc::permission_denied, "the catalog cannot be written: {}", reason);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return fail(Errc::corrupt, "the catalog is damaged: {}", reason).hint("kns doctor --fix puts it together again");
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return fail(Errc::timed_out, "the catalog is busy: {}", reason);
        case SQLITE_IOERR:
            if (sqlite3_extended_errcode(db) == SQLITE_IOERR_DATA)
                return fail(Errc::corrupt,
                            "the catalog is damaged, or another program wrote to it: a page does not match its checksum")
                    .hint("kns doctor --fix puts it together again");
            return fail(Errc::io_error, "the catalog cannot be reached: {} ({})", reason, sqlite3_extended_errcode(db));
        case SQLITE_CANTOPEN: return fail(Errc::io_error, "the catalog cannot be opened: {}", reason);
        default: return fail(Errc::internal, "catalog: {} in \"{}\"", reason, what.substr(0, 80));
    }
}

Result<Database> Database::open(const std::string& path, Access access, const std::string& vfs) {
    if (access == Access::write && vfs.empty() && path.starts_with('/'))
        KNS_TRY(open_file(path, O_RDWR | O_CREAT));  // born with mode 0600, as its WAL then is
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI |
                      (access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    const int code = access == Access::read_unverified
                         ? sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str())
                         : sqlite3_open_v2(path.c_str(), &handle, flags, vfs_with_page_sums(vfs).c_str());
    Database db(handle);
    if (code != SQLITE_OK) return context(Result<Database>(fail_sqlite(handle, code, "open")), "opening " + path);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 2000);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    if (access != Access::write) {
        KNS_TRY(run_script(handle, "PRAGMA query_only=ON; PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-200;"));
        return db;
    }
    if (KNS_TRY(context(db.is_empty(), "opening " + path))) reserve(handle, kPageSumBytes);
    KNS_TRY(context(run_script(handle, kPragmas), "opening " + path));
    KNS_TRY(db.migrate(path));
    if (reserve(handle, -1) != kPageSumBytes)
        return fail(Errc::corrupt, "the header of {} is damaged: it knows of no checksums", path).hint("kns doctor --fix");
    if (path != ":memory:") db.path_ = path;
    KNS_TRY(db.check_commits());
    return db;
}

Database::~Database() {
    if (!db_) return;
    for (auto& [text, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
}

Result<sqlite3_stmt*> Database::prepare(std::string_view sql) {
    if (auto found = statements_.find(sql); found != statements_.end()) {
        if (!sqlite3_stmt_busy(found->second)) return found->second;
        return fail(Errc::internal, "statement in use twice: {}", sql);
    }
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return fail_sqlite(db_, code, sql);
    statements_.emplace(std::string(sql), statement);
    return statement;
}

// Never prepared ahead: this pragma takes effect while it is compiled, not when it is run.
Result<void> Database::set_sync(Sync sync) {
    return run_script(db_, sync == Sync::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

Result<void> Database::begin(Sync sync) {
    if (doubtful_) KNS_TRY(leave_doubtful_wal());
    if (sync == Sync::normal) KNS_TRY(set_sync(sync));
    counted_.reset();
    auto begun = exec("BEGIN IMMEDIATE");
    if (begun && sync == Sync::full) {
        begun = count_commit();
        if (!begun) rollback();
    }
    if (!begun && sync == Sync::normal) KNS_TRY(set_sync(Sync::full));
    return begun;
}

// At the front of the transaction: behind it, `changes` would speak of this.
Result<void> Database::count_commit() {
    if (path_.empty()) return {};
    KNS_TRY(exec("UPDATE commit_count SET n = n + 1"));
    counted_ = KNS_TRY(commits());
    return {};
}

Result<std::uint64_t> Database::commits() {
    auto rows = KNS_TRY(query("SELECT n FROM commit_count"));
    return KNS_TRY(rows.step()) ? rows.u64(0) : 0;
}

Result<void> Database::check_commits() {
    const auto noted = path_.empty() ? std::nullopt : read_commit_count(db_, path_);
    if (!noted) return {};
    const auto count = KNS_TRY(commits());
    if (count >= *noted) return {};
    return fail(Errc::corrupt, "{} has lost its last {} changes: it or its -wal was damaged, or replaced by an older one", path_,
                *noted - count)
        .hint("put the right files back, or go on without those changes: kns doctor --fix");
}

Result<void> Database::commit() {
    auto outcome = exec("COMMIT");
    if (outcome && counted_) write_commit_count(db_, path_, *counted_);
    if (outcome) return outcome;
    auto error = std::move(outcome).error();
    rollback();
    if (error.code != Errc::io_error) return std::unexpected(std::move(error));
    // Its pages may be in the WAL, and the next start would take them for committed: gone now, or nobody knows.
    doubtful_ = true;
    if (leave_doubtful_wal()) {
        error.hint = "nothing was changed: try again";
    } else {
        error.code = Errc::outcome_unknown;
        error.hint = "ask again: it may already be done";
    }
    return std::unexpected(std::move(error));
}

// A sync of the WAL failed: the kernel took its pages for clean, whether or not they reached the disk, and earlier commits
// may be among them. Behind such a hole nothing would survive a power cut; and a commit that was rolled back would come back
// with the next start. So what counts is moved into the database, which writes its pages anew, and the WAL is cut to nothing
// and begun again, with a commit that changes no value but does write a page.
Result<void> Database::leave_doubtful_wal() {
    {
        auto rows = KNS_TRY(query("PRAGMA wal_checkpoint(TRUNCATE)"));
        if (!KNS_TRY(rows.step()) || rows.integer(0) != 0)
            return fail(Errc::unavailable, "the catalog waits for a reader to end").hint("try again");
    }
    std::int64_t version = 0;
    {
        auto rows = KNS_TRY(query("PRAGMA user_version"));
        if (KNS_TRY(rows.step())) version = rows.integer(0);
    }
    auto begun = run_script(db_, fmt::format("PRAGMA synchronous=FULL; BEGIN IMMEDIATE; PRAGMA user_version={}; COMMIT", version));
    if (!begun) {
        rollback();
        return begun;
    }
    doubtful_ = false;
    return {};
}

void Database::rollback() {
    if (!sqlite3_get_autocommit(db_)) std::ignore = exec("ROLLBACK");
}

Result<void> Database::checkpoint() {
    auto outcome = exec("PRAGMA wal_checkpoint(PASSIVE)");
    doubtful_ |= !outcome;
    return outcome;
}

Result<std::vector<std::string>> Database::problems() {
    std::vector<std::string> out;
    auto rows = KNS_TRY(query("PRAGMA quick_check"));
    for (;;) {
        const auto more = rows.step();
        if (!more && more.error().code != Errc::corrupt) return std::unexpected(more.error());
        if (!more) out.push_back(more.error().message);
        if (!more || !*more) break;
        if (auto said = rows.text(0); said != "ok") out.push_back(std::move(said));
    }
    return out;
}

Result<bool> Database::is_of_this_version() {
    auto version = KNS_TRY(query("PRAGMA user_version"));
    auto application = KNS_TRY(query("PRAGMA application_id"));
    return KNS_TRY(version.step()) && KNS_TRY(application.step()) && application.integer(0) == kApplicationId &&
           version.integer(0) == static_cast<std::int64_t>(migrations().size()) && reserve(db_, -1) == kPageSumBytes;
}

Result<bool> Database::is_empty() {
    auto rows = KNS_TRY(query("PRAGMA page_count"));
    return KNS_TRY(rows.step()) && rows.integer(0) == 0;
}

Result<void> Database::copy_to(const std::string& path) {
    const std::string temporary = path + ".tmp";
    ::unlink(temporary.c_str());
    auto write = [&]() -> Result<void> {
        const Fd file = KNS_TRY(open_file(temporary, O_RDWR | O_CREAT | O_EXCL));  // born with mode 0600
        sqlite3* handle = nullptr;
        const int code = sqlite3_open_v2(temporary.c_str(), &handle, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE,
                                         vfs_with_page_sums("").c_str());
        Database copy(handle);
        if (code != SQLITE_OK) return fail_sqlite(handle, code, "open");
        sqlite3_backup* backup = sqlite3_backup_init(handle, "main", db_, "main");
        if (!backup) return fail_sqlite(handle, sqlite3_errcode(handle), "backup");
        sqlite3_backup_step(backup, -1);
        if (const int done = sqlite3_backup_finish(backup); done != SQLITE_OK) return fail_sqlite(handle, done, "backup");
        KNS_TRY(run_script(handle, "PRAGMA journal_mode=DELETE;"));  // one file, without a WAL of its own
        if (const auto found = KNS_TRY(copy.problems()); !found.empty())
            return fail(Errc::corrupt, "the catalog is damaged: {}", found.front()).hint("kns doctor --fix");
        if (::fsync(file.get()) != 0) return fail_errno(errno, temporary);
        return {};
    };
    auto outcome = write();
    if (outcome && ::rename(temporary.c_str(), path.c_str()) != 0) outcome = fail_errno(errno, path);
    if (!outcome) {
        ::unlink(temporary.c_str());
        return context(std::move(outcome), "copying the catalog");
    }
    return sync_directory(path.substr(0, path.rfind('/')));
}

Result<std::string> Database::plan_of(std::string_view sql) {
    auto rows = KNS_TRY(query("EXPLAIN QUERY PLAN " + std::string(sql)));
    std::string plan;
    while (KNS_TRY(rows.step())) plan += rows.text(3) + "\n";
    return plan;
}

Result<void> Database::migrate(const std::string& path) {
    std::int64_t version = 0, application = 0;
    {
        auto rows = KNS_TRY(query("PRAGMA user_version"));
        if (KNS_TRY(rows.step())) version = rows.integer(0);
        auto id = KNS_TRY(query("PRAGMA application_id"));
        if (KNS_TRY(id.step())) application = id.integer(0);
    }
    const auto steps = migrations();
    const auto newest = static_cast<std::int64_t>(steps.size());
    if (version > 0 && application != kApplicationId) return fail(Errc::corrupt, "{} is not a kns catalog", path);
    if (version > newest)
        return fail(Errc::unsupported, "{} has schema version {}, this knsd knows up to {}", path, version, newest)
            .hint("it was written by a newer kns: install that version; nothing was changed");
    if (version == newest) return {};
    if (version > 0) {
        const std::string backup = fmt::format("{}.v{}.bak", path, version);
        KNS_TRY(remove_file(db_, backup));
        KNS_TRY(context(exec("VACUUM INTO ?", backup), "backing up the catalog before migrating it"));
        ::chmod(backup.c_str(), 0600);
    }
    if (reserve(db_, -1) != kPageSumBytes) {
        reserve(db_, kPageSumBytes);
        KNS_TRY(context(exec("VACUUM"), "giving the catalog's pages their checksums"));
    }
    return transaction(Sync::full, [&]() -> Result<void> {
        for (auto step = version; step < newest; ++step) KNS_TRY(run_script(db_, steps[static_cast<std::size_t>(step)]));
        KNS_TRY(run_script(db_, fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kApplicationId, newest)));
        return {};
    });
}

std::string unverified_name(const std::string& path) {
    std::string out = "file:";
    for (const char c : path)
        out += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    return out + "?mode=ro&vfs=" + sqlite3_vfs_find(nullptr)->zName;
}

}  // namespace kns
