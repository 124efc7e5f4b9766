// One kns-worker while it runs: its input, the lines it says, its log, its end. Lives on the I/O thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/posix.hpp"
#include "daemon/asio.hpp"

namespace kns {

// Shared by whoever runs it and by its own pending timers.
class WorkerProcess : public std::enable_shared_from_this<WorkerProcess> {
   public:
    struct Start {
        std::vector<std::string> argv;
        std::string_view input;  // all of its stdin; for the call
        int lines_fd = 3;        // where it says its lines
        std::string ca;          // a file of certificates that it may read, and goes by; or empty
        std::string log_path;    // gets its stderr, up to kMaxLogBytes; empty: dropped
    };
    static Result<std::shared_ptr<WorkerProcess>> start(asio::io_context& io, Start start);
    ~WorkerProcess();

    // The next line, without its end; nothing at the end of them. A worker that says nothing for `silence` is `timed_out`.
    Task<Result<std::optional<std::string>>> next_line(Ms silence);
    // Asks it to end; kills it and its children if it does not.
    void terminate();
    void kill();
    pid_t pid() const { return pid_; }  // 0 once it has ended
    // Waits until it has ended: its exit code, or 128 + the signal that ended it.
    Task<int> finish();

   private:
    WorkerProcess(asio::io_context& io, pid_t pid, Fd pid_fd, Fd lines, Fd errors, Fd log);
    Task<void> keep_log();

    pid_t pid_;  // and its process group; 0 once reaped
    Fd log_;
    std::uint64_t log_bytes_ = 0;
    asio::posix::stream_descriptor ended_, lines_, errors_;
    asio::steady_timer silence_, grace_;
    bool silent_ = false;
    std::string buffer_;
};

// "killed by SIGKILL", "ended with status 3".
std::string describe_exit(int status);

}  // namespace kns
