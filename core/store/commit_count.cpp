#include "core/store/commit_count.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>

#include "core/base/crc32c.hpp"
#include "core/store/statement.hpp"

namespace kns {
namespace {

constexpr std::size_t kBytes = 26;  // "0123456789abcdef 01234567\n"

std::string line_of(std::uint64_t count) {
    const auto number = fmt::format("{:016x}", count);
    return fmt::format("{} {:08x}\n", number, crc32c(std::as_bytes(std::span(number))));
}

class VfsFile {
   public:
    VfsFile(sqlite3* db, const std::string& path, int flags) {
        sqlite3_vfs* vfs = nullptr;
        sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
        memory_ = std::make_unique<std::max_align_t[]>(static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
        // Opened as a WAL would be: with the rights of the database that the name belongs to.
        is_open_ = vfs->xOpen(vfs, path.c_str(), get(), flags | SQLITE_OPEN_WAL, nullptr) == SQLITE_OK;
    }
    ~VfsFile() {
        if (get()->pMethods) get()->pMethods->xClose(get());
    }
    VfsFile(const VfsFile&) = delete;
    VfsFile& operator=(const VfsFile&) = delete;

    bool read(std::array<char, kBytes>& into) {
        return is_open_ && get()->pMethods->xRead(get(), into.data(), static_cast<int>(into.size()), 0) == SQLITE_OK;
    }
    void write(const std::string& text) {
        if (is_open_) get()->pMethods->xWrite(get(), text.data(), static_cast<int>(text.size()), 0);
    }

   private:
    sqlite3_file* get() const { return reinterpret_cast<sqlite3_file*>(memory_.get()); }

    std::unique_ptr<std::max_align_t[]> memory_;  // zeroed: SQLite expects that
    bool is_open_ = false;
};

}  // namespace

std::string commit_count_path(const std::string& database_path) { return database_path + "-count"; }

std::optional<std::uint64_t> read_commit_count(sqlite3* db, const std::string& database_path) {
    std::array<char, kBytes> text;
    if (!VfsFile(db, commit_count_path(database_path), SQLITE_OPEN_READONLY).read(text)) return std::nullopt;
    std::uint64_t count = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + 16, count, 16);
    if (code != std::errc() || line_of(count) != std::string_view(text.data(), text.size())) return std::nullopt;
    return count;
}

void write_commit_count(sqlite3* db, const std::string& database_path, std::uint64_t count) {
    VfsFile(db, commit_count_path(database_path), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).write(line_of(count));
}

}  // namespace kns
