// What code in a worker could try against the rest of the machine. Loading it runs every attempt; each says on stderr, which
// is the job's log, "escape NAME: refused" or "escape NAME: ESCAPED (...)". What it may aim at stands in `escape.conf`
// beside it, as lines of NAME=VALUE, for the environment is empty.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <string>

#include "core/base/posix.hpp"
#include "core/plugin/abi.hpp"

extern char** environ;

namespace {

void say(const std::string& name, bool escaped, const std::string& how = "") {
    const std::string line = "escape " + name + (escaped ? ": ESCAPED (" + how + ")\n" : ": refused\n");
    std::ignore = kns::write_all(STDERR_FILENO, line);
}

std::map<std::string, std::string> read_targets() {
    Dl_info here{};
    ::dladdr(reinterpret_cast<void*>(&read_targets), &here);
    std::string path(here.dli_fname ? here.dli_fname : "");
    path = path.substr(0, path.rfind('/') + 1) + "escape.conf";
    std::map<std::string, std::string> out;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (const auto equals = line.find('='); equals != std::string::npos) out[line.substr(0, equals)] = line.substr(equals + 1);
    return out;
}

bool opens(const std::string& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
}

bool reaches(int family, int type, std::uint16_t port) {
    const int fd = ::socket(family, type, 0);
    if (fd < 0) return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool through = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::write(fd, "x", 1) == 1;
    ::close(fd);
    return through;
}

// The status line that the daemon answers with.
std::string ask_daemon(const std::string& socket, const std::string& request) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "not connected";
    const std::string text = request + " HTTP/1.1\r\nHost: kns\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    std::ignore = kns::write_all(fd, text);
    char answer[64] = {};
    const auto got = ::read(fd, answer, sizeof answer - 1);
    ::close(fd);
    return got > 12 ? std::string(answer + 9, 3) : "no answer";
}

// Processes that can be started; each ends at once.
int processes(int tries) {
    int made = 0;
    for (int i = 0; i < tries; ++i) {
        const pid_t pid = ::fork();
        if (pid == 0) ::_exit(0);
        if (pid < 0) break;
        ::waitpid(pid, nullptr, 0);
        ++made;
    }
    return made;
}

void try_everything() {
    auto at = read_targets();
    if (at.empty()) return;  // nobody asked
    const pid_t parent = ::getppid();
    const std::string daemon = "/proc/" + std::to_string(parent);

    say("read /etc/passwd", opens("/etc/passwd", O_RDONLY), "opened");
    say("read the catalog", opens(at["data"] + "/kns.db", O_RDONLY), "opened");
    say("read the key file", opens(at["data"] + "/key", O_RDONLY), "opened");
    say("read the log", opens(at["data"] + "/log/0000000000000001.0.log", O_RDONLY), "opened");
    say("write outside of the destination", opens(at["outside"] + "/written", O_WRONLY | O_CREAT), "created");
    std::ignore = ::symlink(at["outside"].c_str(), (at["destination"] + "/link").c_str());
    say("follow a link out of the destination",
        opens(at["destination"] + "/link/written", O_WRONLY | O_CREAT) || opens(at["destination"] + "/link/kept", O_RDONLY),
        "opened");
    say("hard-link a file into the destination",
        ::link((at["outside"] + "/kept").c_str(), (at["destination"] + "/hard").c_str()) == 0, "linked");
    say("remove a file outside", ::unlink((at["outside"] + "/kept").c_str()) == 0, "removed");
    say("start a process", processes(1000) > 0, "forked");
    const char* argv[] = {"/bin/true", nullptr};
    ::execv(argv[0], const_cast<char**>(argv));  // would end everything without another word
    const int copy = static_cast<int>(::syscall(SYS_memfd_create, "program", 0u));
    ::syscall(SYS_execveat, copy, "", argv, nullptr, AT_EMPTY_PATH);
    say("run a program", false);
    say("connect over TCP", reaches(AF_INET, SOCK_STREAM, static_cast<std::uint16_t>(std::stoi(at["port"]))), "connected");
    say("send over UDP", reaches(AF_INET, SOCK_DGRAM, 9), "sent");
    say("open a raw socket", ::socket(AF_PACKET, SOCK_RAW, 0) >= 0 || ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0, "opened");
    const auto deleted = ask_daemon(at["socket"], "DELETE /v1/streams/other");
    const auto listed = ask_daemon(at["socket"], "GET /v1/streams");
    const auto other = ask_daemon(at["socket"], "GET /v1/streams/other/records");
    say("ask the daemon for more than its job", deleted != "403" || listed != "403" || other != "403",
        deleted + " " + listed + " " + other);
    const auto own = ask_daemon(at["socket"], "GET /v1/streams/" + at["stream"] + "/batches?until_end=1");
    say("(control) its own job's records are refused", own != "200", own);
    say("trace the daemon", ::ptrace(PTRACE_ATTACH, parent, nullptr, nullptr) == 0, "attached");
    char byte = 0;
    iovec mine{&byte, 1}, theirs{reinterpret_cast<void*>(&environ), 1};
    say("read the daemon's memory", ::process_vm_readv(parent, &mine, 1, &theirs, 1, 0) > 0 || opens(daemon + "/mem", O_RDONLY),
        "read");
    say("read the daemon's environment", opens(daemon + "/environ", O_RDONLY), "opened");
    say("signal the daemon", ::kill(parent, 0) == 0 || ::kill(parent, SIGURG) == 0, "sent");
    rlimit memory{}, processor{}, file{}, core{}, files{};
    ::getrlimit(RLIMIT_AS, &memory);
    ::getrlimit(RLIMIT_CPU, &processor);
    ::getrlimit(RLIMIT_FSIZE, &file);
    ::getrlimit(RLIMIT_CORE, &core);
    ::getrlimit(RLIMIT_NOFILE, &files);
    void* large =
        ::mmap(nullptr, std::size_t{64} << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    say("take all memory", large != MAP_FAILED || memory.rlim_max == RLIM_INFINITY, "64 GiB");
    say("run for ever", processor.rlim_max == RLIM_INFINITY, "no limit of processor time");
    {
        const std::string path = at["destination"] + "/large";
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const bool grew = fd >= 0 && ::ftruncate(fd, off_t{10} << 30) == 0;
        if (fd >= 0) ::close(fd);
        ::unlink(path.c_str());
        say("fill the disk with one file", grew || fd < 0, fd < 0 ? "the destination cannot be written" : "10 GiB");
    }
    say("leave a core dump", core.rlim_max != 0, "core dumps are on");
    rlimit wider = files;
    wider.rlim_cur = wider.rlim_max = files.rlim_max * 2;
    int open_here = 0;
    std::string which;
    for (int fd = 4; fd < 1024; ++fd)
        if (struct stat info{}; fd != copy && ::fstat(fd, &info) == 0) ++open_here, which += std::to_string(fd) + " ";
    say("inherit a descriptor", open_here > 0, which);
    std::string environment;
    for (char** variable = environ; *variable; ++variable)
        if (std::strncmp(*variable, "PATH=", 5) != 0 && std::strncmp(*variable, "LANG=", 5) != 0)
            environment += std::string(*variable) + " ";
    say("inherit the environment", !environment.empty(), environment);
    say("become another user", ::syscall(SYS_setresuid, 1, 1, 1) == 0 || ::syscall(SYS_setgid, 1) == 0, "changed");
    say("mount something",
        ::mount("tmpfs", at["destination"].c_str(), "tmpfs", 0, nullptr) == 0 || ::chroot(at["destination"].c_str()) == 0,
        "mounted");
    say("make a namespace", ::unshare(CLONE_NEWUSER) == 0 || ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWNET) == 0, "made");
    io_uring_params ring{};
    say("open an io_uring", ::syscall(SYS_io_uring_setup, 4, &ring) >= 0, "opened");
    say("make a device", ::mknod((at["destination"] + "/null").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0, "made");
    say("load a kernel program", ::syscall(SYS_bpf, 0, nullptr, 0) >= 0 || errno != EPERM, "bpf answers");
    say("leave its process group", ::setsid() >= 0 || ::setpgid(0, 0) == 0, "left");
    ::close(copy);
}

}  // namespace

KNS_PLUGIN(escape, "tries to get out of the sandbox (a test)") {
    std::ignore = registry;
    try_everything();
}
