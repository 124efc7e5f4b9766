#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "core/base/backup_reader.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "FILE", .help = "where to; - is stdout", .completer = Completer::file}};
constexpr Example kExamples[] = {
    {"kns backup monday.kns", "Everything, as it is now, in one file."},
    {"kns backup - | ssh elsewhere 'cat > monday.kns'", "Without a copy here."},
    {"kns backup - | tar tv", "What would be in it."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again, ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"restore", "doctor"};

struct BackupResult {
    std::string file;
    std::uint64_t bytes = 0, log_bytes = 0, records = 0;
    std::string created_at;

    static constexpr auto fields() {
        return std::tuple{field("file", &BackupResult::file), field("bytes", &BackupResult::bytes),
                          field("log_bytes", &BackupResult::log_bytes), field("records", &BackupResult::records),
                          field("created_at", &BackupResult::created_at)};
    }
};

// Has its name once it is whole and on the disk; until then, and if it never is, nothing is there.
class NewFile {
   public:
    static Result<NewFile> create(const std::string& path) {
        std::string temporary = fmt::format("{}.tmp{}", path, ::getpid());
        return NewFile(path, temporary, KNS_TRY(open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC)));
    }
    NewFile(NewFile&&) = default;
    ~NewFile() {
        if (fd_) ::unlink(temporary_.c_str());
    }
    int fd() const { return fd_.get(); }
    Result<void> keep() {
        if (::fsync(fd_.get()) != 0) return fail_errno(errno, temporary_);
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) return fail_errno(errno, path_);
        fd_.reset();
        const auto slash = path_.rfind('/');
        return sync_directory(slash == std::string::npos ? "." : path_.substr(0, slash + 1));
    }

   private:
    NewFile(std::string path, std::string temporary, Fd fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}
    std::string path_, temporary_;
    Fd fd_;
};

// The daemon's answer to `output`, checked on the way.
Result<BackupHead> copy_backup(Context& kns, int output, std::uint64_t& bytes) {
    const Interrupt interrupt;
    auto opened = KNS_TRY(kns.daemon.open({.method = "GET", .target = "/v1/backup"}, kns.daemon.deadline()));
    opened.connection.watch_for_interrupt(interrupt.fd());
    std::optional<Progress> progress;
    BackupReader reader({});
    std::vector<char> piece(1 << 20);
    while (const auto n =
               KNS_TRY(context(opened.connection.read_body(piece, kns.daemon.deadline()), "the backup is not complete"))) {
        const std::string_view part(piece.data(), n);
        KNS_TRY(reader.feed(as_bytes(part)));
        KNS_TRY(context(write_all(output, part), "writing the backup"));
        if (!progress && reader.head()) progress.emplace(kns.out, kns.settings, "backup", reader.head()->log_bytes);
        if (progress) progress->update(reader.bytes());
    }
    bytes = reader.bytes();
    return reader.finish();
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto& path = args.text("FILE");
    BackupResult result{.file = path};
    auto fill = [&](const BackupHead& head) {
        result.log_bytes = head.log_bytes;
        result.records = head.records;
        result.created_at = head.created_at;
    };
    if (path == "-") {
        if (::isatty(STDOUT_FILENO)) return fail(Errc::invalid_argument, "a backup is not for a terminal").hint("kns backup FILE");
        fill(KNS_TRY(copy_backup(kns, STDOUT_FILENO, result.bytes)));
        return ExitCode::done;
    }
    auto file = KNS_TRY(NewFile::create(path));
    fill(KNS_TRY(copy_backup(kns, file.fd(), result.bytes)));
    KNS_TRY(file.keep());
    kns.out.changed(result, fmt::format("wrote {} ({})", path, format_size(result.bytes)));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec backup{
    .path = "backup",
    .summary = "write everything into one file",
    .description =
        "A backup is of one moment: all that was acknowledged before it began is in it, though others go on putting and "
        "reading meanwhile. It is a tar archive with a checksum for everything in it; what arrives is checked before FILE gets "
        "its name, so that a file of that name is whole and on the disk.\n\n"
        "In it are the streams with their settings, their records, the positions of groups and the delivery streams. What "
        "kns doctor finds damaged is in it as it is. Not in it are kns.yaml, the settings, and the file \"key\": without that, "
        "records of encrypted streams and secrets stay closed, so keep it too, elsewhere.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
