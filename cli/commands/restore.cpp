#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/daemon_control.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "core/base/backup_reader.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "FILE", .help = "the backup; - is stdin", .completer = Completer::file}};
constexpr Example kExamples[] = {
    {"kns restore monday.kns", "Into the usual data directory, which must be empty."},
    {"kns restore monday.kns --data-dir ./look", "Into another, to look at it."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::try_again, ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"backup", "doctor"};

struct RestoreResult {
    std::string data_dir;
    std::uint64_t bytes = 0, records = 0;
    std::string created_at;

    static constexpr auto fields() {
        return std::tuple{field("data_dir", &RestoreResult::data_dir), field("bytes", &RestoreResult::bytes),
                          field("records", &RestoreResult::records), field("created_at", &RestoreResult::created_at)};
    }
};

Result<bool> is_empty_or_absent(const std::string& path) {
    DIR* folder = ::opendir(path.c_str());
    if (!folder && errno == ENOENT) return true;
    if (!folder) return fail_errno(errno, path);
    int names = 0;
    while (::readdir(folder)) ++names;
    ::closedir(folder);
    return names == 2;  // . and ..
}

// A data directory in the making, beside the place where it will be; gone again unless it is moved there.
class NewDirectory {
   public:
    static Result<NewDirectory> create(const std::string& target) {
        const auto parent = target.substr(0, target.rfind('/'));
        if (!parent.empty()) KNS_TRY(make_directories(parent));
        NewDirectory out(target, fmt::format("{}.restore{}", target, ::getpid()));
        if (::mkdir(out.path_.c_str(), 0700) != 0) return fail_errno(errno, out.path_);
        out.exists_ = true;
        return out;
    }
    NewDirectory(NewDirectory&& other) noexcept
        : target_(std::move(other.target_)),
          path_(std::move(other.path_)),
          folders_(std::move(other.folders_)),
          files_(std::move(other.files_)),
          file_(std::move(other.file_)),
          exists_(std::exchange(other.exists_, false)) {}
    ~NewDirectory() {
        if (!exists_) return;
        for (const auto& file : files_) ::unlink(file.c_str());
        for (const auto& folder : folders_) ::rmdir(folder.c_str());
        ::rmdir(path_.c_str());
    }

    Result<void> begin(const std::string& name) {
        if (const auto slash = name.find('/'); slash != std::string::npos) {
            auto folder = fmt::format("{}/{}", path_, name.substr(0, slash));
            if (::mkdir(folder.c_str(), 0700) == 0)
                folders_.push_back(std::move(folder));
            else if (errno != EEXIST)
                return fail_errno(errno, folder);
        }
        files_.push_back(fmt::format("{}/{}", path_, name));
        file_ = KNS_TRY(open_file(files_.back(), O_WRONLY | O_CREAT | O_EXCL));
        return {};
    }
    Result<void> contents(Bytes bytes) { return context(write_all(file_.get(), as_text(bytes)), files_.back()); }
    Result<void> end() {
        if (::fsync(file_.get()) != 0) return fail_errno(errno, files_.back());
        file_.reset();
        return {};
    }
    // Takes its place, which must be empty still.
    Result<void> keep() {
        for (const auto& folder : folders_) KNS_TRY(sync_directory(folder));
        KNS_TRY(sync_directory(path_));
        if (::rename(path_.c_str(), target_.c_str()) != 0) return fail_errno(errno, target_);
        exists_ = false;
        return sync_directory(target_.substr(0, target_.rfind('/') + 1));
    }

   private:
    NewDirectory(std::string target, std::string path) : target_(std::move(target)), path_(std::move(path)) {}
    std::string target_, path_;
    std::vector<std::string> folders_, files_;
    Fd file_;
    bool exists_ = false;
};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto& path = args.text("FILE");
    const auto target = KNS_TRY(kns.daemon.data_dir()).root();
    const Fd file = path == "-" ? Fd() : KNS_TRY(open_file(path, O_RDONLY));
    const int input = file ? file.get() : STDIN_FILENO;
    if (KNS_TRY(running_daemon(kns)))
        return fail(Errc::conflict, "a daemon is running for {}", target).hint("restore into another: --data-dir DIR");
    if (!KNS_TRY(is_empty_or_absent(target)))
        return fail(Errc::conflict, "the data directory {} is not empty", target)
            .hint("restore into another (--data-dir DIR), or move this one away");

    struct stat info{};
    const auto total = ::fstat(input, &info) == 0 && S_ISREG(info.st_mode) ? std::optional(static_cast<std::uint64_t>(info.st_size))
                                                                           : std::nullopt;
    Progress progress(kns.out, kns.settings, "restore", total);
    const Interrupt interrupt;
    auto directory = KNS_TRY(NewDirectory::create(target));
    BackupReader reader({.begin = [&](const TarEntry& entry) { return directory.begin(entry.name); },
                         .contents = [&](Bytes bytes) { return directory.contents(bytes); },
                         .end = [&] { return directory.end(); }});
    std::vector<char> piece(1 << 20);
    for (;;) {
        if (interrupt.requested()) return ExitCode::interrupted;
        const auto n = ::read(input, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(errno, path);
        if (n == 0) break;
        KNS_TRY(context(reader.feed(as_bytes({piece.data(), static_cast<std::size_t>(n)})), path));
        progress.update(reader.bytes());
    }
    const auto head = KNS_TRY(context(reader.finish(), path));
    KNS_TRY(directory.keep());
    kns.out.changed(
        RestoreResult{.data_dir = target, .bytes = reader.bytes(), .records = head.records, .created_at = head.created_at},
        fmt::format("restored {}, as it was on {}", target, head.created_at));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec restore{
    .path = "restore",
    .summary = "make a data directory from a backup",
    .description =
        "The data directory must be empty or absent. It appears once everything in the backup has proved right, and not at all "
        "if anything has not: a damaged or incomplete backup is refused, and named is what of it is damaged. The next command "
        "starts a daemon on it as on any other.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
