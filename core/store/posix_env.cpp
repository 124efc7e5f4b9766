#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "core/store/env.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxParts = 1024;  // IOV_MAX on Linux

class PosixFile final : public File {
   public:
    PosixFile(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
    ~PosixFile() override { ::close(fd_); }
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    Result<std::size_t> read_at(MutableBytes out, std::uint64_t offset) const override {
        std::size_t done = 0;
        while (done < out.size()) {
            const auto n = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return fail_errno(errno, "reading " + name_);
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Result<void> write_at(std::span<const Bytes> parts, std::uint64_t offset) override {
        std::vector<iovec> vectors;
        vectors.reserve(parts.size());
        for (const auto& part : parts)
            if (!part.empty()) vectors.push_back({const_cast<std::byte*>(part.data()), part.size()});
        std::size_t first = 0;
        while (first < vectors.size()) {
            const auto count = std::min(kMaxParts, vectors.size() - first);
            auto n = ::pwritev(fd_, vectors.data() + first, static_cast<int>(count), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return fail_errno(errno, "writing " + name_);
            if (n == 0) return fail_errno(ENOSPC, "writing " + name_);
            offset += static_cast<std::uint64_t>(n);
            while (n > 0) {  // step over what was taken
                auto& v = vectors[first];
                const auto used = std::min(v.iov_len, static_cast<std::size_t>(n));
                v.iov_base = static_cast<char*>(v.iov_base) + used;
                v.iov_len -= used;
                n -= static_cast<ssize_t>(used);
                if (v.iov_len == 0) ++first;
            }
        }
        return {};
    }

    Result<void> sync() override {
        if (::fdatasync(fd_) != 0) return fail_errno(errno, "syncing " + name_);
        struct stat info{};
        if (::fstat(fd_, &info) != 0) return fail_errno(errno, "measuring " + name_);
        if (info.st_nlink == 0) return fail(Errc::io_error, "{} was deleted underneath", name_);
        return {};
    }

    void start_writeback(std::uint64_t offset, std::uint64_t bytes) override {
        ::sync_file_range(fd_, static_cast<off_t>(offset), static_cast<off_t>(bytes), SYNC_FILE_RANGE_WRITE);
    }

    void forget_cached(std::uint64_t offset, std::uint64_t bytes) const override {
        ::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_DONTNEED);
    }

    Result<std::uint64_t> size() const override {
        struct stat info{};
        if (::fstat(fd_, &info) != 0) return fail_errno(errno, "measuring " + name_);
        return static_cast<std::uint64_t>(info.st_size);
    }

    Result<void> truncate(std::uint64_t bytes) override {
        if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) return fail_errno(errno, "truncating " + name_);
        return {};
    }

    int descriptor() const override { return fd_; }

   private:
    int fd_;
    std::string name_;
};

// Works relative to an open descriptor, so that moving the directory away does not make it write elsewhere.
class PosixDirectory final : public Directory {
   public:
    PosixDirectory(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
    ~PosixDirectory() override { ::close(fd_); }
    PosixDirectory(const PosixDirectory&) = delete;
    PosixDirectory& operator=(const PosixDirectory&) = delete;

    Result<std::unique_ptr<File>> open(const std::string& name, bool create) override {
        int fd = ::openat(fd_, name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
        // A file system that was made read-only can still be read.
        if (fd < 0 && errno == EROFS && !create) fd = ::openat(fd_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0) return fail_errno(errno, "opening " + full(name));
        return std::make_unique<PosixFile>(fd, full(name));
    }

    Result<std::vector<std::string>> list() override {
        const int copy = ::openat(fd_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR* dir = copy < 0 ? nullptr : ::fdopendir(copy);
        if (!dir) return fail_errno(errno, "listing " + path_);
        std::vector<std::string> names;
        while (const dirent* entry = ::readdir(dir))
            if (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != "..")
                names.emplace_back(entry->d_name);
        ::closedir(dir);
        return names;
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::renameat(fd_, from.c_str(), fd_, to.c_str()) != 0) return fail_errno(errno, "renaming " + full(from));
        return {};
    }

    Result<void> remove(const std::string& name) override {
        if (::unlinkat(fd_, name.c_str(), 0) != 0) return fail_errno(errno, "removing " + full(name));
        return {};
    }

    Result<void> sync() override {
        if (::fsync(fd_) != 0) return fail_errno(errno, "syncing " + path_);
        return {};
    }

    Result<std::uint64_t> free_bytes() override {
        struct statvfs info{};
        if (::fstatvfs(fd_, &info) != 0) return fail_errno(errno, "measuring " + path_);
        return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    }

   private:
    std::string full(const std::string& name) const { return path_ + "/" + name; }
    int fd_;
    std::string path_;
};

class KernelRandom final : public Random {
   public:
    std::uint64_t next() override {
        std::uint64_t value = 0;
        if (::getrandom(&value, sizeof value, 0) != sizeof value) std::abort();  // never fails after boot
        return value;
    }
};

}  // namespace

Result<std::unique_ptr<Directory>> open_directory(const std::string& path, bool create) {
    if (create && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, "creating " + path);
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail_errno(errno, "opening " + path);
    return std::make_unique<PosixDirectory>(fd, path);
}

Random& real_random() {
    static KernelRandom random;
    return random;
}

std::string real_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

}  // namespace kns
