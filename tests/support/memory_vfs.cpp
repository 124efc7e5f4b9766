#include "tests/support/memory_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <vector>

namespace kns::testing {
namespace {

struct VfsFile;

// What the connections to one database share: its locks, and the WAL's index.
struct Shared {
    std::set<const VfsFile*> shared;
    const VfsFile* reserved = nullptr;
    const VfsFile* exclusive = nullptr;
    std::vector<std::unique_ptr<std::byte[]>> regions;
    std::array<std::set<const VfsFile*>, SQLITE_SHM_NLOCK> shm_shared;
    std::array<const VfsFile*, SQLITE_SHM_NLOCK> shm_exclusive{};
    int shm_users = 0;
};

}  // namespace

struct MemoryVfs::State {
    std::string name;
    Directory& directory;
    Random& random;
    Clock& clock;
    sqlite3_vfs vfs{};
    std::map<std::string, Shared> shared;
    int temporaries = 0;
};

namespace {

struct VfsFile {
    sqlite3_file base{};
    MemoryVfs::State* state = nullptr;
    std::unique_ptr<File> file;
    Shared* shared = nullptr;
    std::string name;
    bool delete_on_close = false, name_unsynced = false, uses_shm = false;
    int lock = SQLITE_LOCK_NONE;
};

VfsFile& of(sqlite3_file* file) { return *reinterpret_cast<VfsFile*>(file); }
MemoryVfs::State& of(sqlite3_vfs* vfs) { return *static_cast<MemoryVfs::State*>(vfs->pAppData); }

int code_of(const Error& error, int otherwise) { return error.code == Errc::disk_full ? SQLITE_FULL : otherwise; }

int vfs_unlock(sqlite3_file* base, int level) {
    auto& f = of(base);
    if (f.shared->exclusive == &f) f.shared->exclusive = nullptr;
    if (f.shared->reserved == &f) f.shared->reserved = nullptr;
    if (level == SQLITE_LOCK_NONE) f.shared->shared.erase(&f);
    f.lock = level;
    return SQLITE_OK;
}

int vfs_lock(sqlite3_file* base, int level) {
    auto& f = of(base);
    auto& s = *f.shared;
    if (f.lock >= level) return SQLITE_OK;
    if (s.exclusive && s.exclusive != &f) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && s.reserved && s.reserved != &f) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && s.shared.size() > s.shared.count(&f)) return SQLITE_BUSY;
    s.shared.insert(&f);
    if (level >= SQLITE_LOCK_RESERVED) s.reserved = &f;
    if (level == SQLITE_LOCK_EXCLUSIVE) s.exclusive = &f;
    f.lock = level;
    return SQLITE_OK;
}

int vfs_shm_unmap(sqlite3_file* base, int) {
    auto& f = of(base);
    if (!std::exchange(f.uses_shm, false)) return SQLITE_OK;
    for (int i = 0; i < SQLITE_SHM_NLOCK; ++i) {
        f.shared->shm_shared[static_cast<std::size_t>(i)].erase(&f);
        if (f.shared->shm_exclusive[static_cast<std::size_t>(i)] == &f)
            f.shared->shm_exclusive[static_cast<std::size_t>(i)] = nullptr;
    }
    if (--f.shared->shm_users == 0) f.shared->regions.clear();
    return SQLITE_OK;
}

int vfs_close(sqlite3_file* base) {
    auto& f = of(base);
    vfs_shm_unmap(base, 0);
    vfs_unlock(base, SQLITE_LOCK_NONE);
    if (f.delete_on_close) std::ignore = f.state->directory.remove(f.name);
    f.~VfsFile();
    return SQLITE_OK;
}

int vfs_read(sqlite3_file* base, void* out, int bytes, sqlite3_int64 offset) {
    const auto wanted = static_cast<std::size_t>(bytes);
    const auto got = of(base).file->read_at({static_cast<std::byte*>(out), wanted}, static_cast<std::uint64_t>(offset));
    if (!got) return SQLITE_IOERR_READ;
    if (*got == wanted) return SQLITE_OK;
    std::memset(static_cast<std::byte*>(out) + *got, 0, wanted - *got);
    return SQLITE_IOERR_SHORT_READ;
}

int vfs_write(sqlite3_file* base, const void* from, int bytes, sqlite3_int64 offset) {
    const Bytes part(static_cast<const std::byte*>(from), static_cast<std::size_t>(bytes));
    const auto done = of(base).file->write_at(std::span(&part, 1), static_cast<std::uint64_t>(offset));
    return done ? SQLITE_OK : code_of(done.error(), SQLITE_IOERR_WRITE);
}

int vfs_truncate(sqlite3_file* base, sqlite3_int64 bytes) {
    return of(base).file->truncate(static_cast<std::uint64_t>(bytes)) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

// As SQLite's own: a journal's name is made durable with its first sync; a new database's is not.
int vfs_sync(sqlite3_file* base, int) {
    auto& f = of(base);
    if (!f.file->sync()) return SQLITE_IOERR_FSYNC;
    if (f.name_unsynced && !f.state->directory.sync()) return SQLITE_IOERR_DIR_FSYNC;
    f.name_unsynced = false;
    return SQLITE_OK;
}

int vfs_file_size(sqlite3_file* base, sqlite3_int64* out) {
    const auto size = of(base).file->size();
    if (!size) return SQLITE_IOERR_FSTAT;
    *out = static_cast<sqlite3_int64>(*size);
    return SQLITE_OK;
}

int vfs_check_reserved(sqlite3_file* base, int* out) {
    *out = of(base).shared->reserved != nullptr;
    return SQLITE_OK;
}

int vfs_shm_map(sqlite3_file* base, int region, int bytes, int extend, void volatile** out) {
    auto& f = of(base);
    if (!std::exchange(f.uses_shm, true)) ++f.shared->shm_users;
    const auto index = static_cast<std::size_t>(region);
    *out = nullptr;
    while (extend && f.shared->regions.size() <= index)
        f.shared->regions.push_back(std::make_unique<std::byte[]>(static_cast<std::size_t>(bytes)));
    if (index < f.shared->regions.size()) *out = f.shared->regions[index].get();
    return SQLITE_OK;
}

int vfs_shm_lock(sqlite3_file* base, int offset, int count, int flags) {
    auto& f = of(base);
    for (auto i = static_cast<std::size_t>(offset); i < static_cast<std::size_t>(offset + count); ++i) {
        auto& shared = f.shared->shm_shared[i];
        auto& exclusive = f.shared->shm_exclusive[i];
        if (flags & SQLITE_SHM_UNLOCK) continue;
        if (exclusive && exclusive != &f) return SQLITE_BUSY;
        if ((flags & SQLITE_SHM_EXCLUSIVE) && shared.size() > shared.count(&f)) return SQLITE_BUSY;
    }
    for (auto i = static_cast<std::size_t>(offset); i < static_cast<std::size_t>(offset + count); ++i) {
        auto& shared = f.shared->shm_shared[i];
        auto& exclusive = f.shared->shm_exclusive[i];
        if (flags & SQLITE_SHM_UNLOCK) {
            if (flags & SQLITE_SHM_SHARED) shared.erase(&f);
            if ((flags & SQLITE_SHM_EXCLUSIVE) && exclusive == &f) exclusive = nullptr;
        } else if (flags & SQLITE_SHM_SHARED) {
            shared.insert(&f);
        } else {
            exclusive = &f;
        }
    }
    return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_file_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved,
    .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    .xSectorSize = [](sqlite3_file*) { return 512; },
    .xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },  // as on Linux
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = [](sqlite3_file*) {},
    .xShmUnmap = vfs_shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int vfs_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
    auto& state = of(vfs);
    base->pMethods = nullptr;
    const std::string name = path ? path : "temporary-" + std::to_string(++state.temporaries);
    auto file = state.directory.open(name, flags & SQLITE_OPEN_CREATE);
    if (!file) return file.error().code == Errc::disk_full ? SQLITE_FULL : SQLITE_CANTOPEN;
    auto* f = new (base) VfsFile;
    f->base.pMethods = &kMethods;
    f->state = &state;
    f->file = std::move(*file);
    f->shared = &state.shared[name];
    f->name = name;
    f->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    f->name_unsynced =
        (flags & SQLITE_OPEN_CREATE) && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    auto& directory = of(vfs).directory;
    const auto names = directory.list();
    if (!names) return SQLITE_IOERR_DELETE;
    if (std::ranges::find(*names, path) == names->end()) return SQLITE_IOERR_DELETE_NOENT;
    if (!directory.remove(path)) return SQLITE_IOERR_DELETE;
    if (sync_directory && !directory.sync()) return SQLITE_IOERR_DIR_FSYNC;
    return SQLITE_OK;
}

int vfs_access(sqlite3_vfs* vfs, const char* path, int, int* out) {
    const auto names = of(vfs).directory.list();
    if (!names) return SQLITE_IOERR_ACCESS;
    *out = std::ranges::find(*names, path) != names->end();
    return SQLITE_OK;
}

int vfs_full_pathname(sqlite3_vfs*, const char* path, int bytes, char* out) {
    sqlite3_snprintf(bytes, out, "%s", path);
    return SQLITE_OK;
}

int vfs_randomness(sqlite3_vfs* vfs, int bytes, char* out) {
    for (int i = 0; i < bytes; ++i) out[i] = static_cast<char>(of(vfs).random.next());
    return bytes;
}

int vfs_current_time(sqlite3_vfs* vfs, sqlite3_int64* out) {
    constexpr sqlite3_int64 kJulianDayOf1970 = 210866760000000;  // in milliseconds
    *out = kJulianDayOf1970 + of(vfs).clock.now();
    return SQLITE_OK;
}

}  // namespace

MemoryVfs::MemoryVfs(std::string name, Directory& directory, Random& random, Clock& clock)
    : state_(new State{std::move(name), directory, random, clock, {}, {}, 0}) {
    auto& vfs = state_->vfs;
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(VfsFile);
    vfs.mxPathname = 256;
    vfs.zName = state_->name.c_str();
    vfs.pAppData = state_.get();
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_pathname;
    vfs.xRandomness = vfs_randomness;
    vfs.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
    vfs.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
    vfs.xCurrentTimeInt64 = vfs_current_time;
    sqlite3_vfs_register(&vfs, 1);
    sqlite3_randomness(0, nullptr);  // begin again, from `random`
}

MemoryVfs::~MemoryVfs() { sqlite3_vfs_unregister(&state_->vfs); }

void MemoryVfs::forget_locks() { state_->shared.clear(); }

}  // namespace kns::testing
