#include "daemon/worker/program_host.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "core/base/describe.hpp"
#include "core/base/log.hpp"

namespace kns {

constexpr auto HostedProgram::fields() {
    return std::tuple{field("argv", &HostedProgram::argv),
                      field("environment", &HostedProgram::environment),
                      field("directory", &HostedProgram::directory),
                      field("readable", &HostedProgram::readable),
                      field("connectable", &HostedProgram::connectable),
                      field("output_is_log", &HostedProgram::output_is_log)};
}

namespace {

constexpr std::size_t kMostBytes = 64 << 10;          // of a message
constexpr std::uint64_t kAddressSpace = 64ull << 30;  // a virtual machine reserves far more than it uses

// What programs find on a system: themselves, their libraries, and the names of things.
constexpr const char* kSystem[] = {"/usr",
                                   "/bin",
                                   "/sbin",
                                   "/lib",
                                   "/lib64",
                                   "/opt",
                                   "/etc/alternatives",
                                   "/etc/ld.so.cache",
                                   "/etc/passwd",
                                   "/etc/group",
                                   "/etc/nsswitch.conf",
                                   "/etc/localtime",
                                   "/etc/ssl/certs",
                                   "/dev/urandom",
                                   "/dev/random",
                                   "/dev/zero",
                                   "/sys/devices/system/cpu",
                                   "/proc/cpuinfo",
                                   "/proc/meminfo"};

// A message: bytes, and with it descriptors.
Result<void> send_message(int socket, std::string_view bytes, std::span<const int> descriptors = {}) {
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};  // NOLINT: sendmsg only reads it
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    }
    while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
        if (errno != EINTR) return fail_errno(errno, "speaking to the helper that runs the program");
    return {};
}

struct Message {
    std::string bytes;  // empty: the other end is closed
    std::vector<Fd> descriptors;
};

Result<Message> receive_message(int socket) {
    Message out;
    out.bytes.resize(kMostBytes);
    iovec data{out.bytes.data(), out.bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t got = 0;
    while ((got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0)
        if (errno != EINTR) return fail_errno(errno, "listening to the helper that runs the program");
    out.bytes.resize(static_cast<std::size_t>(got));
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        for (std::size_t at = 0; at + sizeof(int) <= head->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(head) + at, sizeof fd);
            out.descriptors.emplace_back(fd);
        }
    }
    return out;
}

// Starts it with both pipes; the helper keeps none of their ends.
Result<std::pair<pid_t, ProgramHost::Ends>> start_hosted(const HostedProgram& hosted) {
    Pipe input = KNS_TRY(make_pipe()), output = KNS_TRY(make_pipe());
    Program program{.argv = hosted.argv, .environment = hosted.environment};
    program.directory = hosted.directory;
    program.dies_with_us = true;
    program.descriptors = {{input.read.get(), STDIN_FILENO}, {output.write.get(), STDOUT_FILENO}};
    if (hosted.output_is_log)
        program.descriptors = {{input.read.get(), STDIN_FILENO}, {STDERR_FILENO, STDOUT_FILENO}, {output.write.get(), 3}};
    const pid_t pid = KNS_TRY(start_program(program));
    return std::pair{pid, ProgramHost::Ends{std::move(input.write), std::move(output.read)}};
}

}  // namespace

std::string program_path() {
    const char* path = std::getenv("PATH");
    return fmt::format("PATH={}", path ? path : "/usr/bin:/bin");
}

Result<ProgramHost> ProgramHost::start(const HostedProgram& program) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_errno(errno, "preparing a helper");
    Fd ours(ends[0]), theirs(ends[1]);
    const std::string text = to_json(program);
    if (text.size() > kMostBytes) return fail(Errc::invalid_argument, "the program's arguments are too long");
    Program helper{.argv = {KNS_TRY(program_directory()) + "/kns-worker", std::string(kHostFlag)}};
    helper.dies_with_us = true;
    const Fd nowhere = KNS_TRY(open_file("/dev/null", O_RDWR));
    helper.descriptors = {{theirs.get(), STDIN_FILENO}, {nowhere.get(), STDOUT_FILENO}};
    KNS_TRY(context(start_program(helper), "starting a helper"));
    KNS_TRY(send_message(ours.get(), text));
    return ProgramHost(std::move(ours));
}

Result<ProgramHost::Ends> ProgramHost::run() {
    KNS_TRY(send_message(control_.get(), "run"));
    auto answer = KNS_TRY(receive_message(control_.get()));
    if (answer.descriptors.size() == 2) return Ends{std::move(answer.descriptors[0]), std::move(answer.descriptors[1])};
    return fail(Errc::unavailable, "{}", answer.bytes.empty() ? "the helper that runs the program has died" : answer.bytes);
}

int host_program() {
    const auto first = receive_message(STDIN_FILENO);
    const auto program = first ? from_json_text<HostedProgram>(first->bytes) : std::unexpected(first.error());
    if (!program) {
        log_error("host", "error=\"{}\"", program.error().text());
        return 1;
    }
    SandboxRules rules{.readable = {}, .writable = {"/dev/null"}, .connectable = {}};
    rules.executable.assign(std::begin(kSystem), std::end(kSystem));
    rules.executable.insert(rules.executable.end(), program->readable.begin(), program->readable.end());
    if (program->connectable != 0) rules.connectable.push_back(program->connectable);
    rules.processes = true;
    rules.max_memory = kAddressSpace;
    rules.max_descriptors = 1024;
    for (const auto& guard : enter_sandbox(rules)) log_warn("guard_missing", "of=program guard=\"{}\"", guard);

    pid_t running = 0;
    while (true) {
        const auto asked = receive_message(STDIN_FILENO);
        if (running > 0) {
            ::kill(running, SIGKILL);
            std::ignore = wait_program(running);
            running = 0;
        }
        if (!asked || asked->bytes.empty()) return 0;
        auto started = start_hosted(*program);
        if (!started) {
            std::ignore = send_message(STDIN_FILENO, started.error().text());
            continue;
        }
        running = started->first;
        const std::array<int, 2> ends{started->second.input.get(), started->second.output.get()};
        std::ignore = send_message(STDIN_FILENO, "running", ends);
    }
}

}  // namespace kns
