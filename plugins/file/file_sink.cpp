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
    FileSinkObject(int base, const std::string& root, std::string key, std::string temp, Fd file)
        : base_(base), root_(root), key_(std::move(key)), temp_(std::move(temp)), file_(std::move(file)) {}
    ~FileSinkObject() override {
        if (!temp_.empty()) ::unlinkat(base_, temp_.c_str(), 0);
    }

    Result<void> write(Bytes bytes) override { return context(write_all(file_.get(), as_text(bytes)), "writing " + root_ + key_); }

    Result<void> commit() override {
        if (::fsync(file_.get()) != 0) return fail_errno(errno, "syncing " + root_ + key_);
        const std::size_t slash = key_.rfind('/');
        const std::string name = slash == std::string::npos ? key_ : key_.substr(slash + 1);
        const Fd directory = KNS_TRY(open_parent(slash == std::string::npos ? "" : key_.substr(0, slash)));
        if (::renameat(base_, temp_.c_str(), directory.get(), name.c_str()) != 0)
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
};

// Of a process, which may have several sinks below one directory; one thread.
std::uint64_t next_temp() {
    static std::uint64_t last = 0;
    return ++last;
}

class FileSink final : public Sink {
   public:
    static Result<std::unique_ptr<Sink>> open(const SinkTarget& target) {
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

    Result<std::unique_ptr<SinkObject>> begin(std::string_view key, const ObjectTraits&) override {
        std::string temp = fmt::format("{}{}-{}{}", kTempPrefix, ::getpid(), next_temp(), kTempSuffix);
        ::unlinkat(base_.get(), temp.c_str(), 0);  // of an earlier process with our number
        Fd file = open_beneath(base_.get(), temp, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (!file) return fail_errno(errno, "creating a file in " + root_);
        ::flock(file.get(), LOCK_EX | LOCK_NB);
        return std::make_unique<FileSinkObject>(base_.get(), root_, std::string(key), std::move(temp), std::move(file));
    }

   private:
    FileSink(Fd base, std::string root) : base_(std::move(base)), root_(std::move(root)) {}

    // Removes what crashed workers left.
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
