#include "daemon/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace kns {
namespace {

constexpr Ms kGrace = 5 * kSecond;
constexpr std::uint64_t kMaxLogBytes = 1 << 20;
constexpr std::size_t kMaxLineBytes = 64 << 20;  // a trial says all that would be delivered

// The input as a file: no writing side that could block on a worker that does not read.
Result<Fd> input_file(std::string_view text) {
    Fd fd(::memfd_create("kns-job", MFD_CLOEXEC));
    if (!fd) return fail_errno(errno, "preparing the worker's input");
    KNS_TRY(write_all(fd.get(), text));
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return fail_errno(errno, "preparing the worker's input");
    return fd;
}

}  // namespace

std::string describe_exit(int status) {
    if (status > 128)
        if (const char* name = ::sigabbrev_np(status - 128)) return fmt::format("was killed by SIG{}", name);
    return fmt::format("ended with status {}", status);
}

Result<std::shared_ptr<WorkerProcess>> WorkerProcess::start(asio::io_context& io, Start start) {
    const Fd input = KNS_TRY(input_file(start.input));
    Pipe lines = KNS_TRY(make_pipe()), errors = KNS_TRY(make_pipe());
    const Fd nowhere = KNS_TRY(open_file("/dev/null", O_RDWR));
    Fd log;
    if (!start.log_path.empty()) log = KNS_TRY(open_file(start.log_path, O_WRONLY | O_CREAT | O_APPEND));
    Program program{.argv = std::move(start.argv),
                    .environment = std::vector<std::string>{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}};
    if (!start.ca.empty()) program.environment->push_back("SSL_CERT_FILE=" + start.ca);  // OpenSSL's own name for it
    program.directory = "/";
    program.own_process_group = true;
    program.descriptors = {{input.get(), 0}, {nowhere.get(), 1}, {errors.write.get(), 2}};
    std::erase_if(program.descriptors, [&](const auto& handed) { return handed.theirs == start.lines_fd; });
    program.descriptors.push_back({lines.write.get(), start.lines_fd});
    const pid_t pid = KNS_TRY(context(start_program(program), "starting " + program.argv[0]));
    Fd pid_fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pid_fd) {
        const int reason = errno;
        ::kill(pid, SIGKILL);
        std::ignore = wait_program(pid);
        return fail_errno(reason, "watching the worker");
    }
    std::shared_ptr<WorkerProcess> process(
        new WorkerProcess(io, pid, std::move(pid_fd), std::move(lines.read), std::move(errors.read), std::move(log)));
    asio::co_spawn(io, process->keep_log(), asio::detached);
    return process;
}

WorkerProcess::WorkerProcess(asio::io_context& io, pid_t pid, Fd pid_fd, Fd lines, Fd errors, Fd log)
    : pid_(pid),
      log_(std::move(log)),
      ended_(io, pid_fd.release()),
      lines_(io, lines.release()),
      errors_(io, errors.release()),
      silence_(io),
      grace_(io) {}

WorkerProcess::~WorkerProcess() {
    if (pid_ == 0) return;
    kill();
    std::ignore = wait_program(pid_);
}

Task<Result<std::optional<std::string>>> WorkerProcess::next_line(Ms silence) {
    const auto self = shared_from_this();
    for (std::size_t searched = 0;;) {
        if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
            std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            co_return std::optional(std::move(line));
        }
        searched = buffer_.size();
        if (searched > kMaxLineBytes) co_return fail(Errc::corrupt, "the worker said a line without an end");
        silence_.expires_after(std::chrono::milliseconds(silence));
        silence_.async_wait([self](error_code error) {
            if (error) return;
            self->silent_ = true;
            self->lines_.cancel();
        });
        buffer_.resize(searched + (16 << 10));
        const auto [error, got] =
            co_await lines_.async_read_some(asio::buffer(buffer_.data() + searched, buffer_.size() - searched), kNoThrow);
        silence_.cancel();
        buffer_.resize(searched + got);
        if (silent_) co_return fail(Errc::timed_out, "the worker said nothing for {}", format_duration(silence));
        if (error) co_return std::optional<std::string>();  // EOF; half a line before it means nothing
    }
}

Task<void> WorkerProcess::keep_log() {
    const auto self = shared_from_this();
    std::string piece(4 << 10, '\0');
    for (;;) {
        const auto [error, got] = co_await errors_.async_read_some(asio::buffer(piece), kNoThrow);
        if (error) co_return;
        if (!log_ || log_bytes_ > kMaxLogBytes) continue;  // read on, or the worker would wait for us
        log_bytes_ += got;
        std::ignore = write_all(log_.get(), std::string_view(piece).substr(0, got));
        if (log_bytes_ > kMaxLogBytes) std::ignore = write_all(log_.get(), "\n(more is not kept)\n");
    }
}

void WorkerProcess::terminate() {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGTERM);
    grace_.expires_after(std::chrono::milliseconds(kGrace));
    grace_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) self->kill();
    });
}

void WorkerProcess::kill() {
    if (pid_ != 0) ::kill(-pid_, SIGKILL);
}

Task<int> WorkerProcess::finish() {
    const auto self = shared_from_this();
    co_await ended_.async_wait(asio::posix::stream_descriptor::wait_read, kNoThrow);
    kill();  // children it may have left; its own number is not given away before it is reaped
    grace_.cancel();
    const auto status = wait_program(std::exchange(pid_, 0));
    co_return status ? *status : 255;
}

}  // namespace kns
