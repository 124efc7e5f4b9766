// Objects as files below one directory.
//
// A file is written under a temporary name in the base directory, synced, renamed to its place, and the directories that
// got a new name are synced: a reader, or a machine that lost power, sees it whole or not at all. The base is opened once;
// everything below it is reached with openat2(RESOLVE_BENEATH | NO_SYMLINKS), so neither a prefix nor a link that somebody
// planted leads outside.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "core/base/posix.hpp"
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

// A temporary file is locked while it is being written, so one that can be locked is left over from a crash.
constexpr std::string_view kTempPrefix = ".kns-", kTempSuffix = ".tmp";

Fd open_beneath(int base, const std::string& path, int flags, mode_t mode = 0) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return Fd(static_cast<int>(::syscall(SYS_openat2, base, path.c_str(), &how, sizeof how)));
}

class FileSinkObject final : public SinkObject {
   public:
    FileSinkObject(int base, const std::string& root, std::string key, std::string temp, Fd file, bool only_new)
        : base_(base), root_(root), key_(std::move(key)), temp_(std::move(temp)), file_(std::move(file)), only_new_(only_new) {}
    ~FileSinkObject() override {
        if (!temp_.empty()) ::unlinkat(base_, temp_.c_str(), 0);
    }

    Result<void> write(Bytes bytes) override { return context(write_all(file_.get(), as_text(bytes)), "writing " + root_ + key_); }

    Result<std::optional<SkippedObject>> commit(std::uint64_t) override {
        if (::fsync(file_.get()) != 0) return fail_errno(errno, "syncing " + root_ + key_);
        const std::size_t slash = key_.rfind('/');
        const std::string name = slash == std::string::npos ? key_ : key_.substr(slash + 1);
        const Fd directory = KNS_TRY(open_parent(slash == std::string::npos ? "" : key_.substr(0, slash)));
        if (::renameat2(base_, temp_.c_str(), directory.get(), name.c_str(), only_new_ ? RENAME_NOREPLACE : 0) != 0)
            return fail_errno(errno, "renaming to " + root_ + key_);
        temp_.clear();
        if (::fsync(directory.get()) != 0) return fail_errno(errno, "syncing the directory of " + root_ + key_);
        return {};
    }

   private:
    // The directory `path` below the base, made as far as it is missing.
    Result<Fd> open_parent(const std::string& path) {
        Fd at = open_beneath(base_, ".", O_RDONLY | O_DIRECTORY);
        if (!at) return fail_errno(errno, "opening " + root_);
        for (std::size_t begin = 0; begin < path.size();) {
            const std::size_t end = std::min(path.find('/', begin), path.size());
            const std::string name = path.substr(begin, end - begin);
            begin = end + 1;
            if (name.empty()) continue;
            if (::mkdirat(at.get(), name.c_str(), 0777) == 0) {
                if (::fsync(at.get()) != 0) return fail_errno(errno, "syncing the directory above " + root_ + path);
            } else if (errno != EEXIST) {
                return fail_errno(errno, "creating " + root_ + path);
            }
            Fd next = open_beneath(at.get(), name, O_RDONLY | O_DIRECTORY);
            if (!next) return fail_errno(errno, "opening " + root_ + path);
            at = std::move(next);
        }
        return at;
    }

    int base_;                 // the sink's
    const std::string& root_;  // likewise
    std::string key_, temp_;   // temp_ is empty once renamed
    Fd file_;
    bool only_new_;
};

// Of a process, which may have several sinks below one directory; one thread.
std::uint64_t next_temp() {
    static std::uint64_t last = 0;
    return ++last;
}

class FileSink final : public Sink {
   public:
    static Result<std::unique_ptr<Sink>> open(const SinkTarget& target, const Registry&) {
        const Destination& destination = target.destination;
        Fd base(::open(destination.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!base && errno == ENOENT)
            return fail(Errc::not_found, "the directory {} does not exist", destination.path)
                .hint("it is not made anew, for a disk may be missing there: mount it, or mkdir it");
        if (!base) return fail_errno(errno, "opening " + destination.path);
        auto sink = std::unique_ptr<FileSink>(new FileSink(std::move(base), destination.path));
        KNS_TRY(sink->sweep());
        return sink;
    }

    Result<std::unique_ptr<SinkObject>> begin(std::string_view key, const ObjectTraits& traits) override {
        std::string temp = fmt::format("{}{}-{}{}", kTempPrefix, ::getpid(), next_temp(), kTempSuffix);
        ::unlinkat(base_.get(), temp.c_str(), 0);  // of an earlier process with our number
        Fd file = open_beneath(base_.get(), temp, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (!file) return fail_errno(errno, "creating a file in " + root_);
        ::flock(file.get(), LOCK_EX | LOCK_NB);
        return std::make_unique<FileSinkObject>(base_.get(), root_, std::string(key), std::move(temp), std::move(file),
                                                traits.only_new);
    }

    // All at once: behind the last there are no more.
    Result<std::vector<std::string>> list(std::string_view prefix, std::string_view after) override {
        std::vector<std::string> keys;
        const auto slash = prefix.rfind('/');
        const std::string folder(prefix.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
        KNS_TRY(walk(folder, keys));
        std::erase_if(keys, [&](const std::string& key) { return !key.starts_with(prefix) || key <= after; });
        std::ranges::sort(keys);
        return keys;
    }

    Result<std::string> read(std::string_view key) override {
        const Fd file = open_beneath(base_.get(), std::string(key), O_RDONLY);
        struct stat status{};
        if (!file || ::fstat(file.get(), &status) != 0) return fail_errno(errno, "opening " + root_ + std::string(key));
        if (static_cast<std::size_t>(status.st_size) > kMostRead)
            return fail(Errc::invalid_argument, "{}{} has more than {} bytes", root_, key, kMostRead);
        std::string text(static_cast<std::size_t>(status.st_size), '\0');
        std::size_t used = 0;
        while (used < text.size()) {
            const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail_errno(errno, "reading " + root_ + std::string(key));
            if (got == 0) break;
            used += static_cast<std::size_t>(got);
        }
        text.resize(used);
        return text;
    }

    Result<void> remove(std::string_view key) override {
        const auto slash = key.rfind('/');
        const Fd folder = open_beneath(base_.get(), slash == std::string_view::npos ? "." : std::string(key.substr(0, slash)),
                                       O_RDONLY | O_DIRECTORY);
        const std::string name(slash == std::string_view::npos ? key : key.substr(slash + 1));
        if (folder && ::unlinkat(folder.get(), name.c_str(), 0) == 0)
            return ::fsync(folder.get()) == 0 ? Result<void>()
                                              : fail_errno(errno, "syncing the directory of " + root_ + std::string(key));
        if (errno == ENOENT) return {};
        return fail_errno(errno, "removing " + root_ + std::string(key));
    }

   private:
    FileSink(Fd base, std::string root) : base_(std::move(base)), root_(std::move(root)) {}

    // Removes what crashed workers left.
    // The files below `folder`, which is empty or ends in a slash. One that is not there has none.
    Result<void> walk(const std::string& folder, std::vector<std::string>& keys) {
        Fd at = open_beneath(base_.get(), folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
        if (!at && errno == ENOENT) return {};
        DIR* const dir = at ? ::fdopendir(at.get()) : nullptr;
        if (!dir) return fail_errno(errno, "listing " + root_ + folder);
        std::ignore = at.release();
        std::vector<std::string> folders;
        while (const dirent* entry = ::readdir(dir)) {
            const std::string name = entry->d_name;
            if (name.starts_with('.')) continue;  // themselves, and what is not yet an object
            struct stat status{};
            if (::fstatat(::dirfd(dir), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
            if (S_ISDIR(status.st_mode)) folders.push_back(folder + name + "/");
            if (S_ISREG(status.st_mode)) keys.push_back(folder + name);
        }
        ::closedir(dir);
        for (const auto& below : folders) KNS_TRY(walk(below, keys));
        return {};
    }

    Result<void> sweep() {
        const int copy = ::openat(base_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR* dir = copy < 0 ? nullptr : ::fdopendir(copy);
        if (!dir) return fail_errno(errno, "listing " + root_);
        while (const dirent* entry = ::readdir(dir)) {
            const std::string name = entry->d_name;
            if (!name.starts_with(kTempPrefix) || !name.ends_with(kTempSuffix)) continue;
            const Fd file = open_beneath(base_.get(), name, O_RDONLY);
            if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(base_.get(), name.c_str(), 0);
        }
        ::closedir(dir);
        return {};
    }

    Fd base_;
    std::string root_;  // with its final slash
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(file, "files below a local directory") { registry.add_sink("file", kns::FileSink::open); }
