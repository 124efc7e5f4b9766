// File descriptors, files, locks and child processes: the system calls that every program here needs, as Results.
//
// Everything opened here is close-on-exec. Paths in errors are named in full. Any thread, unless said otherwise.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

// Owns a file descriptor.
class Fd {
   public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~Fd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1);

   private:
    int fd_ = -1;
};

// A moment after which waiting is over, on the monotonic clock. The default never comes.
class Deadline {
   public:
    Deadline() = default;
    static Deadline in(Ms duration);

    bool is_never() const { return at_ns_ < 0; }
    bool passed() const;
    Ms left() const;           // 0 once passed; a very long time for never
    int poll_timeout() const;  // for poll(2): -1 for never, otherwise rounded up to a millisecond

   private:
    std::int64_t at_ns_ = -1;
};

Result<Fd> open_file(const std::string& path, int flags, mode_t mode = 0600);
Result<std::string> read_file(const std::string& path);
Result<void> write_all(int fd, std::string_view bytes);

// Replaces `path` so that a reader, or a machine that lost power, finds the old contents or the new ones: temporary file
// beside it, fsync, rename, fsync of the directory.
Result<void> write_file_atomically(const std::string& path, std::string_view contents, mode_t mode = 0600);

Result<void> sync_directory(const std::string& path);

// Like mkdir -p; new directories get `mode`. An existing directory is left as it is.
Result<void> make_directories(const std::string& path, mode_t mode = 0700);

struct Pipe {
    Fd read, write;
};
Result<Pipe> make_pipe();

// An flock on a file, held until destroyed or until the process ends. The file stays: unlinking a lock file lets two
// holders in.
class FileLock {
   public:
    // Nothing if somebody else holds it.
    static Result<std::optional<FileLock>> try_take(const std::string& path);
    // Waits until the deadline, then `timed_out`.
    static Result<FileLock> take(const std::string& path, Deadline deadline);
    int fd() const { return fd_.get(); }

   private:
    explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

// A program to run: by argv, never through a shell. The child gets default signal handling (an ignored SIGPIPE would
// survive exec), an empty signal mask, and no descriptor but 0, 1, 2 and those listed.
struct Program {
    std::vector<std::string> argv;                          // argv[0] is looked up in PATH unless it has a slash
    std::optional<std::vector<std::string>> environment{};  // "NAME=value"; absent: ours
    struct Handed {
        int ours, theirs;
    };
    std::vector<Handed> descriptors{};  // 0, 1 and 2 are inherited unless listed
    std::string directory{};            // empty: ours
    bool own_process_group = false;     // so that kill(-pid) reaches its children
    bool dies_with_us = false;          // killed when the thread that started it ends; not for a detached one
    bool detached = false;              // its own session, no child of ours: pid is -1
};

// Starts it; an error of exec (not found, not executable) is returned here, not by an exit code of 127. Only
// async-signal-safe calls run between fork and exec, so threads do not matter.
Result<pid_t> start_program(const Program& program);

// Waits for a child; the exit code, or 128 + signal as shells say it.
Result<int> wait_program(pid_t pid);

// Where `name` is found on PATH, or nothing.
std::optional<std::string> find_in_path(std::string_view name);

// This process holds secrets: no core dump, and nobody of the same user may trace it or read its memory.
void guard_memory();

// The directory of the running program.
Result<std::string> program_directory();

}  // namespace kns
