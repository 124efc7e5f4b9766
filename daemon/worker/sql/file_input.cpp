#include "daemon/worker/sql/file_input.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace kns {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kMaxLine = 16 << 20;

// What was read from stdin to see what is there.
std::string& seen_of_stdin() {
    static std::string seen;
    return seen;
}

Result<void> collect(const std::string& path, std::vector<std::string>& into) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return fail_errno(errno, path);
    if (!S_ISDIR(status.st_mode)) {
        into.push_back(path);
        return {};
    }
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return fail_errno(errno, path);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory))
        if (entry->d_name[0] != '.' && entry->d_name[0] != '_') names.emplace_back(entry->d_name);
    ::closedir(directory);
    std::ranges::sort(names);
    for (const auto& name : names) KNS_TRY(collect(path + "/" + name, into));
    return {};
}

std::vector<std::string> lines_of(std::string_view text, std::size_t limit) {
    std::vector<std::string> out;
    while (!text.empty() && out.size() < limit) {
        const auto end = text.find('\n');
        if (end != 0) out.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace

Result<std::unique_ptr<FileInput>> FileInput::open(const std::string& path) {
    std::unique_ptr<FileInput> out(new FileInput);
    KNS_TRY(collect(path, out->paths_));
    std::ranges::reverse(out->paths_);
    return out;
}

std::unique_ptr<FileInput> FileInput::of_stdin(std::string already_read) {
    std::unique_ptr<FileInput> out(new FileInput);
    out->stdin_ = true;
    out->path_ = "stdin";
    out->file_ = Fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10));
    out->buffer_ = already_read.empty() ? std::move(seen_of_stdin()) : std::move(already_read);
    out->filled_ = out->buffer_.size();
    return out;
}

void FileInput::give_lines(sql::TableFeed& feed, bool at_end) {
    std::size_t at = 0;
    const auto give = [&](std::size_t end) {
        std::string_view line(buffer_.data() + at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        ++line_;
        if (!line.empty()) feed.record(line, {.source = path_, .offset = line_}, split_);
    };
    while (const void* newline = std::memchr(buffer_.data() + at, '\n', filled_ - at)) {
        const auto end = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data());
        give(end);
        at = end + 1;
    }
    if (at_end && at < filled_) {
        give(filled_);
        at = filled_;
    }
    std::memmove(buffer_.data(), buffer_.data() + at, filled_ - at);
    filled_ -= at;
}

Result<TableInput::State> FileInput::read(sql::TableFeed& feed) {
    if (!file_) {
        if (paths_.empty()) return State::ended;
        path_ = std::move(paths_.back());
        paths_.pop_back();
        file_ = KNS_TRY(open_file(path_, O_RDONLY));
        line_ = 0;
    }
    if (stdin_) {
        pollfd watched{.fd = file_.get(), .events = POLLIN, .revents = 0};
        if (filled_ == 0 && ::poll(&watched, 1, 0) == 0) return State::waiting;
    }
    if (buffer_.size() < filled_ + kPiece + sql::kRecordPadding) {
        if (filled_ > kMaxLine) return fail(Errc::limit_exceeded, "{}: line {} is longer than 16 MiB", path_, line_ + 1);
        buffer_.resize(std::max(2 * buffer_.size(), filled_ + kPiece + sql::kRecordPadding));
    }
    const ssize_t got = ::read(file_.get(), buffer_.data() + filled_, buffer_.size() - filled_ - sql::kRecordPadding);
    if (got < 0 && errno == EINTR) return State::more;
    if (got < 0) return fail_errno(errno, path_);
    filled_ += static_cast<std::size_t>(got);
    give_lines(feed, got == 0);
    if (got > 0) return State::more;
    file_.reset();
    filled_ = 0;
    return stdin_ || paths_.empty() ? State::ended : State::more;
}

Result<std::vector<std::string>> first_lines_of_stdin(std::size_t limit) {
    std::string& seen = seen_of_stdin();
    while (static_cast<std::size_t>(std::ranges::count(seen, '\n')) < limit && seen.size() < kPiece) {
        // Whatever is there at once is enough, once there is something.
        pollfd watched{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        if (!seen.empty() && seen.ends_with('\n') && ::poll(&watched, 1, 0) == 0) break;
        const std::size_t before = seen.size();
        seen.resize(before + (64 << 10));
        const ssize_t got = ::read(STDIN_FILENO, seen.data() + before, seen.size() - before);
        seen.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && errno != EINTR) return fail_errno(errno, "stdin");
        if (got == 0) break;
    }
    return lines_of(seen, limit);
}

Result<std::vector<std::string>> first_lines(const std::string& path, std::size_t limit) {
    std::vector<std::string> paths;
    KNS_TRY(collect(path, paths));
    if (paths.empty()) return std::vector<std::string>{};
    const Fd file = KNS_TRY(open_file(paths.front(), O_RDONLY));
    std::string text(kPiece, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return fail_errno(errno, paths.front());
    text.resize(static_cast<std::size_t>(got));
    auto lines = lines_of(text, limit);
    // The last one may be half a line.
    if (text.size() == kPiece && lines.size() > 1 && lines.size() < limit) lines.pop_back();
    return lines;
}

}  // namespace kns
