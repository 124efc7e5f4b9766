#include "daemon/directory_guard.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "core/base/exit_code.hpp"
#include "core/base/log.hpp"
#include "core/base/posix.hpp"

namespace kns {

using namespace std::chrono_literals;

Result<void> DirectoryGuard::start() {
    if (::stat(data_.lock_file().c_str(), &locked_) != 0) return fail_errno(errno, data_.lock_file());
    Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    // IN_ATTRIB tells that a name of a file is gone which is open still.
    if (!fd || ::inotify_add_watch(fd.get(), data_.lock_file().c_str(), IN_ATTRIB | IN_MOVE_SELF) < 0 ||
        ::inotify_add_watch(fd.get(), data_.root().c_str(), IN_MOVE_SELF) < 0) {
        log_debug("directory_not_watched", "errno={}", errno);  // the user has too many watches: looking has to do
        return {};
    }
    error_code failure;
    events_.assign(fd.release(), failure);
    if (!failure) await_events();
    return {};
}

void DirectoryGuard::await_events() {
    events_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code failure) {
        if (failure) return;
        std::array<char, 4096> passed;
        while (::read(events_.native_handle(), passed.data(), passed.size()) > 0) {
        }
        look_now();
        await_events();
    });
}

void DirectoryGuard::look() {
    const auto now = std::chrono::steady_clock::now();
    if (now < looked_ + 1s) return;
    looked_ = now;
    look_now();
}

void DirectoryGuard::look_now() {
    struct stat found{};
    const bool gone = ::stat(data_.lock_file().c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
    if (!gone && (found.st_ino == 0 || (found.st_ino == locked_.st_ino && found.st_dev == locked_.st_dev))) return;
    log_error("data_dir_gone", "data_dir={} error=\"the data directory was moved or removed while it was in use\"", data_.root());
    std::_Exit(static_cast<int>(ExitCode::failed));
}

void DirectoryGuard::stop() {
    error_code ignored;
    events_.close(ignored);
}

}  // namespace kns
