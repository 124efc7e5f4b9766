#include "core/base/posix.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <limits>

namespace kns {
namespace {

// What the child of start_program needs, built before fork: between fork and exec nothing may allocate.
struct Launch {
    std::vector<char*> argv, envp;
    std::string file, directory;
    std::vector<Program::Handed> descriptors;
    bool own_process_group, dies_with_us;

    [[noreturn]] void exec(int error_fd);
};

void Launch::exec(int error_fd) {
    auto give_up = [&](int error_number) {
        [[maybe_unused]] auto ignored = ::write(error_fd, &error_number, sizeof error_number);
        _exit(127);
    };
    // Sources move out of the way first: one may sit where another has to go.
    int first_free = 3;
    for (const auto& handed : descriptors) first_free = std::max(first_free, handed.theirs + 1);
    error_fd = ::fcntl(error_fd, F_DUPFD_CLOEXEC, first_free);
    for (auto& handed : descriptors) {
        handed.ours = ::fcntl(handed.ours, F_DUPFD_CLOEXEC, first_free);
        if (handed.ours < 0) give_up(errno);
    }
    for (const auto& handed : descriptors)
        if (::dup2(handed.ours, handed.theirs) < 0) give_up(errno);
    ::close_range(static_cast<unsigned>(first_free), ~0U, CLOSE_RANGE_CLOEXEC);
    for (int fd = 3; fd < first_free; ++fd) {
        const bool wanted =
            std::any_of(descriptors.begin(), descriptors.end(), [&](const auto& handed) { return handed.theirs == fd; });
        if (!wanted) ::close(fd);
    }
    if (!directory.empty() && ::chdir(directory.c_str()) < 0) give_up(errno);
    if (own_process_group) ::setpgid(0, 0);
    if (dies_with_us) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &plain, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(file.c_str(), argv.data(), envp.data());
    give_up(errno);
    _exit(127);
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

void Fd::reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

Deadline Deadline::in(Ms duration) {
    Deadline deadline;
    deadline.at_ns_ = Clock::real().monotonic_ns() + std::max<Ms>(duration, 0) * 1'000'000;
    return deadline;
}

bool Deadline::passed() const { return !is_never() && Clock::real().monotonic_ns() >= at_ns_; }

Ms Deadline::left() const {
    if (is_never()) return std::numeric_limits<Ms>::max();
    const auto ns = at_ns_ - Clock::real().monotonic_ns();
    return ns <= 0 ? 0 : (ns + 999'999) / 1'000'000;
}

int Deadline::poll_timeout() const { return is_never() ? -1 : static_cast<int>(std::min<Ms>(left(), INT_MAX)); }

Result<Fd> open_file(const std::string& path, int flags, mode_t mode) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd < 0) return fail_errno(errno, path);
    return Fd(fd);
}

Result<std::string> read_file(const std::string& path) {
    const Fd fd = KNS_TRY(open_file(path, O_RDONLY));
    struct stat status{};
    std::string out;
    if (::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode)) out.reserve(static_cast<std::size_t>(status.st_size) + 1);
    std::array<char, 16384> piece;
    for (;;) {
        const auto got = ::read(fd.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, path);
        if (got == 0) return out;
        out.append(piece.data(), static_cast<std::size_t>(got));
    }
}

Result<void> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno(errno, "write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> write_file_atomically(const std::string& path, std::string_view contents, mode_t mode) {
    const std::string temporary = fmt::format("{}.tmp{}", path, ::getpid());
    const Fd fd = KNS_TRY(open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode));
    auto outcome = context(write_all(fd.get(), contents), temporary);
    if (outcome && ::fsync(fd.get()) < 0) outcome = fail_errno(errno, temporary);
    if (outcome && ::rename(temporary.c_str(), path.c_str()) < 0) outcome = fail_errno(errno, path);
    if (!outcome) {
        ::unlink(temporary.c_str());
        return outcome;
    }
    return sync_directory(parent_of(path));
}

Result<void> sync_directory(const std::string& path) {
    const Fd fd = KNS_TRY(open_file(path, O_RDONLY | O_DIRECTORY));
    if (::fsync(fd.get()) < 0) return fail_errno(errno, path);
    return {};
}

Result<void> make_directories(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0) return {};
    if (errno == ENOENT && path.find('/') != std::string::npos && parent_of(path) != path) {
        KNS_TRY(make_directories(parent_of(path), mode));
        if (::mkdir(path.c_str(), mode) == 0) return {};
    }
    if (errno != EEXIST) return fail_errno(errno, path);
    struct stat status{};
    if (::stat(path.c_str(), &status) < 0) return fail_errno(errno, path);
    if (!S_ISDIR(status.st_mode)) return fail_errno(ENOTDIR, path);
    return {};
}

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) return fail_errno(errno, "pipe");
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<std::optional<FileLock>> FileLock::try_take(const std::string& path) {
    Fd fd = KNS_TRY(open_file(path, O_RDWR | O_CREAT));
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) {
        if (errno == EINTR) continue;
        if (errno == EWOULDBLOCK) return std::nullopt;
        return fail_errno(errno, path);
    }
    return FileLock(std::move(fd));
}

Result<FileLock> FileLock::take(const std::string& path, Deadline deadline) {
    // flock has no timeout of its own; the holders here are other starting programs, done within tens of milliseconds.
    for (;;) {
        if (auto lock = KNS_TRY(try_take(path))) return std::move(*lock);
        if (deadline.passed()) return fail(Errc::timed_out, "{}: somebody else holds this lock", path);
        ::poll(nullptr, 0, static_cast<int>(std::min<Ms>(5, deadline.left())));
    }
}

Result<pid_t> start_program(const Program& program) {
    const std::string& name = program.argv.at(0);
    auto file = name.find('/') == std::string::npos ? find_in_path(name) : std::optional(name);
    if (!file) return fail(Errc::not_found, "{}: not found in PATH", name);
    Launch launch{.argv = {},
                  .envp = {},
                  .file = std::move(*file),
                  .directory = program.directory,
                  .descriptors = program.descriptors,
                  .own_process_group = program.own_process_group,
                  .dies_with_us = program.dies_with_us};
    for (const auto& argument : program.argv) launch.argv.push_back(const_cast<char*>(argument.c_str()));
    launch.argv.push_back(nullptr);
    if (program.environment) {
        for (const auto& variable : *program.environment) launch.envp.push_back(const_cast<char*>(variable.c_str()));
    } else {
        for (char** variable = environ; *variable; ++variable) launch.envp.push_back(*variable);
    }
    launch.envp.push_back(nullptr);

    auto errors = KNS_TRY(make_pipe());
    const pid_t child = ::fork();
    if (child < 0) return fail_errno(errno, "fork");
    if (child == 0) {
        if (program.detached) {
            ::setsid();
            const pid_t grandchild = ::fork();
            if (grandchild != 0) _exit(grandchild < 0 ? 1 : 0);
        }
        launch.exec(errors.write.get());
    }
    errors.write.reset();
    if (program.detached) KNS_TRY(wait_program(child));
    int exec_error = 0;
    ssize_t got = 0;
    while ((got = ::read(errors.read.get(), &exec_error, sizeof exec_error)) < 0 && errno == EINTR) continue;
    if (got == static_cast<ssize_t>(sizeof exec_error)) {
        if (!program.detached) KNS_TRY(wait_program(child));
        return fail_errno(exec_error, launch.file);
    }
    return program.detached ? -1 : child;
}

Result<int> wait_program(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return fail_errno(errno, fmt::format("waiting for process {}", pid));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::optional<std::string> find_in_path(std::string_view name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto directory = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), directory.size() + 1));
        const auto candidate = fmt::format("{}/{}", directory.empty() ? "." : directory, name);
        struct stat status{};
        if (::access(candidate.c_str(), X_OK) == 0 && ::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode))
            return candidate;
    }
    return std::nullopt;
}

void guard_memory() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

Result<std::string> program_directory() {
    std::array<char, PATH_MAX> target;
    const auto length = ::readlink("/proc/self/exe", target.data(), target.size());
    if (length < 0) return fail_errno(errno, "/proc/self/exe");
    return parent_of(std::string(target.data(), static_cast<std::size_t>(length)));
}

}  // namespace kns
