#include "core/base/paths.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/base/api/daemon.hpp"
#include "core/base/posix.hpp"

namespace kns {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

Result<std::string> absolute(std::string_view path) {
    if (path.starts_with('/')) return std::string(path);
    char* here = ::getcwd(nullptr, 0);
    if (!here) return fail_errno(errno, "the current directory");
    std::string out = fmt::format("{}/{}", here, path);
    std::free(here);
    return out;
}

// realpath of the longest part that exists, with the rest appended.
std::string resolved(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    std::string missing;
    for (;;) {
        if (char* real = ::realpath(path.c_str(), nullptr)) {
            std::string out = std::string(real) == "/" && !missing.empty() ? missing : real + missing;
            std::free(real);
            return out;
        }
        const auto slash = path.rfind('/');
        if (slash == std::string::npos || slash == 0) return path + missing;
        missing = path.substr(slash) + missing;
        path.resize(slash);
    }
}

// FNV-1a. Only tells directories apart; an unlucky pair would meet the other's daemon and be told so by its status.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

Result<void> check_private(const std::string& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) < 0) return fail_errno(errno, path);
    if (!S_ISDIR(status.st_mode)) return fail_errno(ENOTDIR, path);
    if (status.st_uid != ::getuid())
        return fail(Errc::permission_denied, "{} belongs to user {}, not to you", path, status.st_uid)
            .hint("choose another --data-dir");
    if (status.st_mode & 077) {
        return fail(Errc::permission_denied, "{} is open to other users (mode {:04o})", path, status.st_mode & 07777)
            .hint(fmt::format("chmod 700 {}", path));
    }
    return {};
}

// .kns, here or in the nearest directory above. One that belongs to somebody else does not count: whoever stands in a shared
// directory would be talked into using it.
std::string project_data_dir() {
    char* here = ::getcwd(nullptr, 0);
    if (!here) return {};
    std::string directory = here;
    std::free(here);
    for (;;) {
        std::string found = fmt::format("{}/{}", directory == "/" ? "" : directory, kProjectDataDir);
        struct stat status{};
        if (::stat(found.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::getuid()) return found;
        if (directory.size() <= 1) return {};
        directory.resize(std::max<std::size_t>(1, directory.rfind('/')));
    }
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

Result<std::string> home_directory() {
    if (auto home = environment("HOME"); home.starts_with('/')) return std::string(home);
    if (auto passwd = read_file("/etc/passwd")) {
        const auto wanted = fmt::format("{}", ::getuid());
        std::string_view rest = *passwd;
        while (!rest.empty()) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
            std::vector<std::string_view> columns;  // name:password:uid:gid:gecos:home:shell
            for (std::size_t from = 0; from <= line.size();) {
                const auto to = std::min(line.find(':', from), line.size());
                columns.push_back(line.substr(from, to - from));
                from = to + 1;
            }
            if (columns.size() >= 6 && columns[2] == wanted && columns[5].starts_with('/')) return std::string(columns[5]);
        }
    }
    return fail(Errc::invalid_argument, "no home directory: HOME is not set").hint("set HOME or KNS_DATA_DIR, or give --data-dir");
}

Result<DataDir> DataDir::find(std::string_view option) {
    if (!option.empty()) return DataDir(resolved(KNS_TRY(absolute(option))));
    if (auto given = environment("KNS_DATA_DIR"); !given.empty()) return DataDir(resolved(KNS_TRY(absolute(given))));
    if (auto project = project_data_dir(); !project.empty()) return DataDir(resolved(std::move(project)));
    if (auto xdg = environment("XDG_DATA_HOME"); xdg.starts_with('/')) return DataDir(resolved(std::string(xdg) + "/kns"));
    return DataDir(resolved(KNS_TRY(home_directory()) + "/.local/share/kns"));
}

Result<void> DataDir::make() const {
    KNS_TRY(context(make_directories(root_), "the data directory"));
    struct stat status{};
    if (::stat(root_.c_str(), &status) < 0) return fail_errno(errno, root_);
    if (status.st_uid != ::getuid()) {
        return fail(Errc::permission_denied, "the data directory {} belongs to user {}, not to you", root_, status.st_uid)
            .hint("choose another with --data-dir or KNS_DATA_DIR");
    }
    if (status.st_mode & 002) {
        return fail(Errc::permission_denied, "the data directory {} can be written by everybody (mode {:04o})", root_,
                    status.st_mode & 07777)
            .hint(fmt::format("chmod 700 {}", root_));
    }
    if (::access(root_.c_str(), R_OK | W_OK | X_OK) < 0) {
        const int why = errno;
        Failure failure = fail_errno(why, fmt::format("the data directory {} is not writable", root_));
        return std::move(failure).hint(why == EROFS
                                           ? "it is on a read-only file system; choose another with --data-dir"
                                           : fmt::format("its mode is {:04o}; chmod u+rwx {}", status.st_mode & 07777, root_));
    }
    return {};
}

Result<std::string> choose_socket_path(const DataDir& data) {
    std::string path = data.run_directory() + "/knsd.sock";
    if (path.size() <= kMaxSocketPathBytes) return path;
    const auto runtime = environment("XDG_RUNTIME_DIR");
    if (!runtime.starts_with('/')) {
        return fail(Errc::invalid_argument, "the socket path {} has {} bytes, the system allows {}", path, path.size(),
                    kMaxSocketPathBytes)
            .hint("choose a shorter --data-dir, or set XDG_RUNTIME_DIR");
    }
    std::string fallback = fmt::format("{}/kns/{:016x}.sock", runtime, hash_of(data.root()));
    if (fallback.size() > kMaxSocketPathBytes) {
        return fail(Errc::invalid_argument, "the socket path {} has {} bytes, the system allows {}", fallback, fallback.size(),
                    kMaxSocketPathBytes)
            .hint("choose a shorter --data-dir or XDG_RUNTIME_DIR");
    }
    return fallback;
}

Result<std::string> prepare_socket_path(const DataDir& data) {
    std::string path = KNS_TRY(choose_socket_path(data));
    KNS_TRY(make_directories(parent_of(path)));
    KNS_TRY(check_private(parent_of(path)));
    return path;
}

Result<std::string> find_socket(const DataDir& data) {
    if (auto text = read_file(data.daemon_file())) {
        auto file = from_json_text<DaemonFile>(*text, Unknown::ignore);
        if (file && !file->socket.empty()) return file->socket;
    }
    return choose_socket_path(data);
}

}  // namespace kns
