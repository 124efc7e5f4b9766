#include "core/store/page_sums.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/base/crc32c.hpp"

namespace kns {
namespace {

constexpr int kHeaderBytes = 100;
constexpr int kReservedBytesAt = 20;

struct Vfs {
    std::string name, base;
    sqlite3_vfs vfs{};
};

sqlite3_vfs* base_of(sqlite3_vfs* vfs) {
    const auto& base = static_cast<Vfs*>(vfs->pAppData)->base;
    return sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
}

// Lies in memory that SQLite gives, with the base's file behind it.
struct File {
    sqlite3_file head;
    bool has_sums;            // as its header says; a new file will
    sqlite3_io_methods face;  // with as much as the base's file can do
};
constexpr std::size_t kFileBytes =
    (sizeof(File) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* below(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(file) + kFileBytes); }

// --- pages

bool is_page(int bytes, sqlite3_int64 offset) { return bytes >= 512 && (bytes & (bytes - 1)) == 0 && offset % bytes == 0; }

std::array<unsigned char, kPageSumBytes> sum_of(const unsigned char* page, int bytes, sqlite3_int64 offset) {
    const auto text = std::as_bytes(std::span(page, static_cast<std::size_t>(bytes - kPageSumBytes)));
    const std::uint32_t sum = crc32c(text) ^ static_cast<std::uint32_t>(offset / bytes + 1);
    std::array<unsigned char, kPageSumBytes> out;
    for (unsigned i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(sum >> (8 * i));
    return out;
}

bool is_sound(const unsigned char* page, int bytes, sqlite3_int64 offset) {
    const auto* sum = page + bytes - kPageSumBytes;
    if (std::ranges::equal(sum_of(page, bytes, offset), std::span(sum, kPageSumBytes))) return true;
    return page[0] == 0 && std::memcmp(page, page + 1, static_cast<std::size_t>(bytes - 1)) == 0;
}

void meet_header(File& file, const unsigned char* data, int bytes, sqlite3_int64 offset) {
    if (offset == 0 && bytes >= kHeaderBytes) file.has_sums = data[kReservedBytesAt] == kPageSumBytes;
}

int read(sqlite3_file* file, void* into, int bytes, sqlite3_int64 offset) {
    const int code = below(file)->pMethods->xRead(below(file), into, bytes, offset);
    if (code != SQLITE_OK) return code;
    const auto* data = static_cast<const unsigned char*>(into);
    meet_header(of(file), data, bytes, offset);
    if (!of(file).has_sums || !is_page(bytes, offset) || is_sound(data, bytes, offset)) return SQLITE_OK;
    sqlite3_log(SQLITE_IOERR_DATA, "page %lld does not match its checksum", offset / bytes + 1);
    return SQLITE_IOERR_DATA;
}

int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
    const auto* data = static_cast<const unsigned char*>(from);
    meet_header(of(file), data, bytes, offset);
    if (!of(file).has_sums || !is_page(bytes, offset)) return below(file)->pMethods->xWrite(below(file), from, bytes, offset);
    std::vector<unsigned char> page(data, data + bytes);  // SQLite goes on using its own
    std::ranges::copy(sum_of(data, bytes, offset), page.end() - kPageSumBytes);
    return below(file)->pMethods->xWrite(below(file), page.data(), bytes, offset);
}

// --- all else goes through

template <auto Method>
struct Pass;
template <class R, class... Args, R (*sqlite3_io_methods::*Method)(sqlite3_file*, Args...)>
struct Pass<Method> {
    static R call(sqlite3_file* file, Args... args) { return (below(file)->pMethods->*Method)(below(file), args...); }
};

template <auto Method>
struct PassVfs;
template <class R, class... Args, R (*sqlite3_vfs::*Method)(sqlite3_vfs*, Args...)>
struct PassVfs<Method> {
    static R call(sqlite3_vfs* vfs, Args... args) {
        auto* base = base_of(vfs);
        return (base->*Method)(base, args...);
    }
};

sqlite3_io_methods face_over(const sqlite3_io_methods& base) {
    using M = sqlite3_io_methods;
    M out{};
    out.iVersion = std::min(base.iVersion, 2);  // without 3's mapped pages, which would pass unchecked
    out.xClose = Pass<&M::xClose>::call;
    out.xRead = read;
    out.xWrite = write;
    out.xTruncate = Pass<&M::xTruncate>::call;
    out.xSync = Pass<&M::xSync>::call;
    out.xFileSize = Pass<&M::xFileSize>::call;
    out.xLock = Pass<&M::xLock>::call;
    out.xUnlock = Pass<&M::xUnlock>::call;
    out.xCheckReservedLock = Pass<&M::xCheckReservedLock>::call;
    out.xFileControl = Pass<&M::xFileControl>::call;
    out.xSectorSize = Pass<&M::xSectorSize>::call;
    out.xDeviceCharacteristics = Pass<&M::xDeviceCharacteristics>::call;
    out.xShmMap = Pass<&M::xShmMap>::call;
    out.xShmLock = Pass<&M::xShmLock>::call;
    out.xShmBarrier = Pass<&M::xShmBarrier>::call;
    out.xShmUnmap = Pass<&M::xShmUnmap>::call;
    return out;
}

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    auto* base = base_of(vfs);
    if (!base) return SQLITE_CANTOPEN;
    if (!(flags & SQLITE_OPEN_MAIN_DB)) return base->xOpen(base, path, file, flags, out_flags);
    file->pMethods = nullptr;
    below(file)->pMethods = nullptr;
    const int code = base->xOpen(base, path, below(file), flags, out_flags);
    if (!below(file)->pMethods) return code;
    of(file).has_sums = true;
    of(file).face = face_over(*below(file)->pMethods);
    file->pMethods = &of(file).face;
    return code;
}

std::unique_ptr<Vfs> make(std::string name, const std::string& base) {
    using V = sqlite3_vfs;
    auto made = std::make_unique<Vfs>(Vfs{std::move(name), base, {}});
    const auto* below = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
    auto& vfs = made->vfs;
    vfs.iVersion = std::min(below->iVersion, 2);
    vfs.szOsFile = below->szOsFile + static_cast<int>(kFileBytes);
    vfs.mxPathname = below->mxPathname;
    vfs.zName = made->name.c_str();
    vfs.pAppData = made.get();
    vfs.xOpen = open;
    vfs.xDelete = PassVfs<&V::xDelete>::call;
    vfs.xAccess = PassVfs<&V::xAccess>::call;
    vfs.xFullPathname = PassVfs<&V::xFullPathname>::call;
    vfs.xRandomness = PassVfs<&V::xRandomness>::call;
    vfs.xSleep = PassVfs<&V::xSleep>::call;
    if (below->xCurrentTime) vfs.xCurrentTime = PassVfs<&V::xCurrentTime>::call;
    vfs.xGetLastError = PassVfs<&V::xGetLastError>::call;
    if (below->xCurrentTimeInt64) vfs.xCurrentTimeInt64 = PassVfs<&V::xCurrentTimeInt64>::call;
    return made;
}

}  // namespace

std::string vfs_with_page_sums(const std::string& base) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<Vfs>> made;
    const std::lock_guard lock(mutex);
    auto& found = made[base];
    if (!found) {
        sqlite3_initialize();
        found = make("page-sums" + (base.empty() ? "" : "-" + base), base);
        sqlite3_vfs_register(&found->vfs, 0);
    }
    return found->name;
}

}  // namespace kns
