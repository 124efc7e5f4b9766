#include "cli/checkup.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "cli/spawn.hpp"
#include "core/base/api/plugin.hpp"
#include "core/base/api/stream.hpp"
#include "core/base/posix.hpp"
#include "core/base/time.hpp"
#include "core/base/unix_http.hpp"

namespace kns::cli {
namespace {

constexpr Ms kDying = 2 * kSecond;  // what a killed process may take for its last write

constexpr std::uint64_t kLeastSpace = 64 << 20, kLittleSpace = std::uint64_t{1} << 30;
constexpr std::uint64_t kFewInodes = 1000;
constexpr rlim_t kFewFiles = 1024, kSegmentBytes = 256 << 20;
constexpr UnixMs kLongAgo = 1'760'000'000'000;  // this program is younger
constexpr std::string_view kFix = "kns doctor --fix";

Finding ok(std::string check, std::string what) { return {FindingState::ok, std::move(check), std::move(what), "", false}; }
Finding warn(std::string check, std::string what, std::string remedy) {
    return {FindingState::warn, std::move(check), std::move(what), std::move(remedy), false};
}
Finding failed(std::string check, std::string what, std::string remedy) {
    return {FindingState::fail, std::move(check), std::move(what), std::move(remedy), false};
}
LocalFinding fixable(FindingState state, std::string check, std::string what, std::function<Result<std::string>()> fix) {
    return {{state, std::move(check), std::move(what), std::string(kFix), true}, std::move(fix)};
}

std::optional<struct stat> status_of(const std::string& path) {
    struct stat info{};
    return ::lstat(path.c_str(), &info) == 0 ? std::optional(info) : std::nullopt;
}

std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> out;
    DIR* folder = ::opendir(path.c_str());
    if (!folder) return out;
    while (const dirent* entry = ::readdir(folder)) out.emplace_back(entry->d_name);
    ::closedir(folder);
    std::ranges::sort(out);
    return out;
}

// What a program prints on stdout.
Result<std::string> output_of(std::vector<std::string> argv) {
    auto pipe = KNS_TRY(make_pipe());
    const Fd null = KNS_TRY(open_file("/dev/null", O_RDWR));
    const auto name = argv.front();
    const pid_t child = KNS_TRY(
        start_program({.argv = std::move(argv), .descriptors = {{null.get(), STDIN_FILENO}, {pipe.write.get(), STDOUT_FILENO}}}));
    pipe.write.reset();
    std::string out, piece(64 << 10, '\0');
    for (;;) {
        const auto n = ::read(pipe.read.get(), piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        out.append(piece, 0, static_cast<std::size_t>(n));
    }
    if (const int code = KNS_TRY(wait_program(child)); code != 0 && out.empty())
        return fail(Errc::internal, "{} ended with {} and no answer", name, code);
    return out;
}

// --- the data directory

void check_directory(const DataDir& data, std::vector<LocalFinding>& out) {
    const auto info = status_of(data.root());
    if (!info) {
        out.push_back({ok("directory", fmt::format("{} is not there yet: the first command makes it", data.root()))});
        return;
    }
    if (!S_ISDIR(info->st_mode)) {
        out.push_back({failed("directory", fmt::format("{} is not a directory", data.root()), "choose another: --data-dir DIR")});
        return;
    }
    if (info->st_uid != ::getuid()) {
        out.push_back(
            {failed("directory", fmt::format("{} belongs to user {}, you are user {}", data.root(), info->st_uid, ::getuid()),
                    "choose another: --data-dir DIR")});
        return;
    }
    out.push_back({ok("directory", data.root())});
    bool all_private = true;
    for (const auto& path : {data.root(), data.log_directory(), data.quarantine_directory(), data.jobs_directory(),
                             data.run_directory(), data.database()}) {
        const auto found = status_of(path);
        if (!found || (found->st_mode & 0077) == 0) continue;
        all_private = false;
        const mode_t mode = S_ISDIR(found->st_mode) ? 0700 : 0600;
        out.push_back(fixable(FindingState::fail, "modes",
                              fmt::format("{} is open to other users (mode {:04o})", path, found->st_mode & 07777),
                              [path, mode]() -> Result<std::string> {
                                  if (::chmod(path.c_str(), mode) != 0) return fail_errno(errno, path);
                                  return fmt::format("chmod {:o} {}", mode, path);
                              }));
    }
    if (all_private) out.push_back({ok("modes", "nobody else may look in")});
}

// statfs(2), "f_type".
void check_file_system(const DataDir& data, std::vector<LocalFinding>& out) {
    struct statfs info{};
    if (::statfs(data.root().c_str(), &info) != 0) return;
    static constexpr std::pair<unsigned long, std::string_view> kNetwork[] = {
        {0x6969, "NFS"},    {0x517b, "SMB"},     {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"},
        {0x01021997, "9P"}, {0x5346414f, "AFS"}, {0x00c36400, "Ceph"}};
    const auto type = static_cast<unsigned long>(info.f_type) & 0xffffffff;
    for (const auto& [number, name] : kNetwork)
        if (type == number) {
            out.push_back({failed("file system", fmt::format("{}: its locks and syncs cannot be relied on", name),
                                  "use a directory on a disk of this machine: --data-dir DIR")});
            return;
        }
    if (type == 0x01021994)
        out.push_back(
            {warn("file system", "tmpfs: all is gone when the machine goes down", "--data-dir DIR, if that is not wanted")});
    else if (type == 0x65735546)
        out.push_back(
            {warn("file system", "FUSE: whether a sync reaches a disk depends on what serves it", "--data-dir DIR on a disk")});
    else
        out.push_back({ok("file system", "local")});
}

void check_space(const DataDir& data, std::vector<LocalFinding>& out) {
    struct statvfs info{};
    if (::statvfs(data.root().c_str(), &info) != 0) return;
    const auto free = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    const auto words = format_size(free) + " free";
    if (free < kLeastSpace)
        out.push_back({failed("space", words + ": puts will soon be refused", "free some; kns goes on by itself")});
    else if (free < kLittleSpace)
        out.push_back({warn("space", words, "free some, or shorten the retention: kns stream update NAME --retention")});
    else
        out.push_back({ok("space", words)});
    if (info.f_files > 0 && info.f_favail < kFewInodes)
        out.push_back({warn("inodes", fmt::format("{} left", info.f_favail), "remove files that nobody needs")});
}

// "x.tmp123", written by a process 123 that is no more.
void check_temporaries(const DataDir& data, std::vector<LocalFinding>& out) {
    const auto slash = data.root().rfind('/');
    const auto parent = data.root().substr(0, slash), own = data.root().substr(slash + 1);
    auto is_orphan = [](std::string_view name, std::string_view mark) {
        const auto at = name.rfind(mark);
        if (at == name.npos) return false;
        pid_t pid = 0;
        const auto digits = name.substr(at + mark.size());
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
        return failure == std::errc() && end == digits.data() + digits.size() && pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
    };
    for (const auto& name : names_in(data.root()))
        if (is_orphan(name, ".tmp")) {
            const auto path = data.root() + "/" + name;
            out.push_back(fixable(FindingState::warn, "temporaries", name + " was left by a process that is gone",
                                  [path]() -> Result<std::string> {
                                      if (::unlink(path.c_str()) != 0) return fail_errno(errno, path);
                                      return "removed " + path;
                                  }));
        }
    for (const auto& name : names_in(parent))
        if (name.starts_with(own + ".restore") && is_orphan(name, ".restore"))
            out.push_back({warn("temporaries", fmt::format("{}/{} was left by a restore that was killed", parent, name),
                                fmt::format("rm -r {}/{}", parent, name))});
}

// --- the daemon

void check_daemon(const DataDir& data, const std::optional<DaemonStatus>& daemon, std::vector<LocalFinding>& out) {
    const auto socket = find_socket(data);
    if (daemon) {
        out.push_back({daemon->state == "running"
                           ? ok("daemon", fmt::format("process {}, version {}", daemon->pid, daemon->version))
                           : failed("daemon", fmt::format("process {} is {}", daemon->pid, daemon->state), "kns daemon logs")});
        if (daemon->version != kVersion)
            out.push_back({warn("version", fmt::format("the daemon is {}, this command {}", daemon->version, kVersion),
                                "kns daemon restart")});
        else if (daemon->stale)
            out.push_back({warn("version", "the daemon's program has been replaced since it started", "kns daemon restart")});
        else
            out.push_back({ok("version", std::string(kVersion))});
        const auto info = status_of(daemon->socket);
        if (!info || !S_ISSOCK(info->st_mode))
            out.push_back({failed("socket", daemon->socket + " is gone",
                                  "kns daemon stop cannot reach it: kill the process, it loses nothing")});
        else if (info->st_mode & 0077)
            out.push_back(fixable(FindingState::fail, "socket",
                                  fmt::format("{} is open to others (mode {:04o})", daemon->socket, info->st_mode & 07777),
                                  [path = daemon->socket]() -> Result<std::string> {
                                      if (::chmod(path.c_str(), 0600) != 0) return fail_errno(errno, path);
                                      return "chmod 600 " + path;
                                  }));
        else
            out.push_back({ok("socket", daemon->socket)});
        if (daemon->missing_records > 0)
            out.push_back(
                {warn("marks", fmt::format("{} acknowledged records were missing at the last start", daemon->missing_records),
                      "what was cut off is in quarantine/; kns restore a backup, if there is one")});
        return;
    }
    if (!status_of(data.root())) {
        out.push_back({ok("daemon", "none runs")});
        return;
    }
    // Whoever holds the lock is a daemon, whatever its socket says; unless it has been killed and is just ending.
    const bool held = status_of(data.lock_file()) && [&] {
        const auto lock = FileLock::take(data.lock_file(), Deadline::in(kDying));
        return !lock && lock.error().code == Errc::timed_out;
    }();
    if (held) {
        out.push_back({failed("daemon", "a process has the data directory open and does not answer",
                              fmt::format("fuser {}; ending it is safe: nothing acknowledged is lost", data.lock_file()))});
        return;
    }
    out.push_back({ok("daemon", "none runs")});
    std::vector<std::string> stale;
    for (const auto& path : {data.daemon_file(), socket.value_or("")})
        if (!path.empty() && status_of(path)) stale.push_back(path);
    if (!stale.empty())
        out.push_back(fixable(FindingState::warn, "socket",
                              fmt::format("{} was left by a daemon that was killed", fmt::join(stale, ", ")),
                              [stale, lock_file = data.lock_file()]() -> Result<std::string> {
                                  // A daemon that has started meanwhile has made them anew.
                                  const auto lock = KNS_TRY(FileLock::try_take(lock_file));
                                  if (!lock) return std::string("nothing to remove: a daemon has started meanwhile");
                                  for (const auto& path : stale)
                                      if (::unlink(path.c_str()) != 0) return fail_errno(errno, path);
                                  return fmt::format("removed {}", fmt::join(stale, ", "));
                              }));
}

void check_programs(std::vector<LocalFinding>& out) {
    const auto knsd = find_knsd();
    if (!knsd) {
        out.push_back({failed("programs", knsd.error().message, knsd.error().hint)});
        return;
    }
    const auto worker = knsd->substr(0, knsd->rfind('/')) + "/kns-worker";
    if (::access(worker.c_str(), X_OK) != 0) {
        out.push_back({failed("programs", worker + " is not there: nothing can be delivered", "install it next to knsd")});
        return;
    }
    out.push_back({ok("programs", "knsd and kns-worker")});
    const auto said = output_of({worker, "--plugins"});
    const auto plugins = said ? from_json_text<std::vector<PluginInfo>>(*said, Unknown::ignore)
                              : Result<std::vector<PluginInfo>>(std::unexpected(said.error()));
    if (!plugins) {
        out.push_back({failed("plugins", plugins.error().text(), "kns plugin list")});
        return;
    }
    std::size_t bad = 0;
    for (const auto& plugin : *plugins)
        if (!plugin.usable) {
            ++bad;
            out.push_back({warn("plugins", fmt::format("{}: {}", plugin.name, plugin.status), "kns plugin list")});
        }
    if (bad == 0) out.push_back({ok("plugins", fmt::format("{} load", plugins->size()))});
}

// --- the machine and the shell

void check_machine(const DataDir& data, std::vector<LocalFinding>& out) {
    const UnixMs now = Clock::real().now();
    const auto marks = status_of(data.log_directory() + "/marks");
    if (now < kLongAgo)
        out.push_back({failed("clock", format_time(now) + " cannot be", "set it: retention goes by it")});
    else if (marks && marks->st_mtime * kSecond > now + kMinute)
        out.push_back({warn("clock", "it was set back: the log was last written in the future",
                            "check the machine's time; arrivals wait for it to catch up")});
    else
        out.push_back({ok("clock", format_time(now))});

    rlimit files{}, size{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    ::getrlimit(RLIMIT_FSIZE, &size);
    if (size.rlim_cur < kSegmentBytes)
        out.push_back({failed("limits", fmt::format("files may have {} bytes, a segment needs {}", size.rlim_cur, kSegmentBytes),
                              "ulimit -f unlimited")});
    else if (files.rlim_cur < kFewFiles)
        out.push_back({warn("limits", fmt::format("{} open files", files.rlim_cur), fmt::format("ulimit -n {}", kFewFiles))});
    else
        out.push_back({ok("limits", fmt::format("{} open files", files.rlim_cur))});

    const long landlock = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1U);  // asks for the version
    if (landlock < 1)
        out.push_back({warn("landlock", "this kernel has none: workers see the whole file system",
                            "a kernel from 5.13 on, with Landlock enabled")});
    else
        out.push_back({ok("landlock", fmt::format("version {}", landlock))});
}

void check_completion(std::vector<LocalFinding>& out) {
    const char* shell_path = std::getenv("SHELL");
    const auto home = home_directory();
    if (!shell_path || !home) return;
    const std::string shell(std::string_view(shell_path).substr(std::string_view(shell_path).rfind('/') + 1));
    std::vector<std::string> places, start_files;
    std::string remedy;
    if (shell == "bash") {
        places = {"/usr/share/bash-completion/completions/kns", "/usr/local/share/bash-completion/completions/kns",
                  *home + "/.local/share/bash-completion/completions/kns"};
        start_files = {*home + "/.bashrc", *home + "/.bash_completion"};
        remedy = "echo 'eval \"$(kns completion bash)\"' >> ~/.bashrc";
    } else if (shell == "zsh") {
        places = {"/usr/share/zsh/vendor-completions/_kns", "/usr/local/share/zsh/site-functions/_kns", *home + "/.zfunc/_kns"};
        start_files = {*home + "/.zshrc"};
        remedy = "echo 'source <(kns completion zsh)' >> ~/.zshrc";
    } else if (shell == "fish") {
        places = {"/usr/share/fish/vendor_completions.d/kns.fish", "/usr/local/share/fish/vendor_completions.d/kns.fish",
                  *home + "/.config/fish/completions/kns.fish"};
        remedy = "mkdir -p ~/.config/fish/completions && kns completion fish > ~/.config/fish/completions/kns.fish";
    } else {
        return;
    }
    bool found = std::ranges::any_of(places, [](const auto& path) { return status_of(path).has_value(); });
    for (const auto& file : start_files)
        if (const auto text = read_file(file); text && text->find("kns completion") != text->npos) found = true;
    out.push_back({found ? ok("completion", shell) : warn("completion", fmt::format("{} does not complete kns", shell), remedy)});
}

}  // namespace

std::vector<LocalFinding> check_locally(const DataDir& data, const std::optional<DaemonStatus>& daemon) {
    std::vector<LocalFinding> out;
    check_directory(data, out);
    check_file_system(data, out);
    check_space(data, out);
    check_daemon(data, daemon, out);
    check_temporaries(data, out);
    check_programs(out);
    check_machine(data, out);
    check_completion(out);
    return out;
}

Result<std::vector<Finding>> ask_knsd(const DataDir& data, std::string_view option) {
    const auto said = KNS_TRY(output_of({KNS_TRY(find_knsd()), "--data-dir", data.root(), std::string(option)}));
    const auto parsed = KNS_TRY(context(parse_json(said), "the answer of knsd"));
    if (const JsonValue& error = parsed["error"]; !error.is_null()) {
        const auto text = [&](std::string_view name) { return error[name].as_string() ? *error[name].as_string() : std::string(); };
        return fail(errc_from_name(text("code")).value_or(Errc::internal), "{}", text("message")).hint(text("hint"));
    }
    return KNS_TRY(from_json<Items<Finding>>(parsed, Unknown::ignore)).items;
}

}  // namespace kns::cli
