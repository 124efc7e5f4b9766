#include "daemon/worker/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/posix.hpp"

namespace kns {
namespace {

// Landlock's numbers (linux/landlock.h), written out because the header of Debian 12 ends at ABI 2.
struct RulesetAttr {
    std::uint64_t handled_fs, handled_net, scoped;
};
struct NetPortAttr {
    std::uint64_t allowed_access, port;
};
constexpr int kRuleNetPort = 2;
constexpr std::uint16_t kDns = 53;
constexpr std::uint64_t kFsReadFile = 1 << 2, kFsReadDir = 1 << 3;
constexpr std::uint64_t kFsUpToAbi1 = (1 << 13) - 1, kFsRefer = 1 << 13, kFsTruncate = 1 << 14, kFsIoctlDevice = 1 << 15;
constexpr std::uint64_t kFsExecute = 1 << 0;
// What a file has: rights on directories' entries are refused in a rule for a plain file.
constexpr std::uint64_t kFsOfFiles = kFsExecute | 1 << 1 | kFsReadFile | kFsTruncate | kFsIoctlDevice;
constexpr std::uint64_t kNetBindTcp = 1, kNetConnectTcp = 2;
constexpr std::uint64_t kScopeAbstractSockets = 1, kScopeSignals = 2;
// Device nodes, sockets and execution stay forbidden below writable directories too.
constexpr std::uint64_t kFsWritable =
    kFsReadFile | kFsReadDir | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | kFsRefer | kFsTruncate;

bool allow(int ruleset, const std::string& path, std::uint64_t access) {
    const Fd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return errno == ENOENT;
    struct stat info{};
    if (::fstat(place.get(), &info) == 0 && !S_ISDIR(info.st_mode)) access &= kFsOfFiles;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = access;
    rule.parent_fd = place.get();
    return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

void enter_landlock(const SandboxRules& rules, std::vector<std::string>& missing) {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) {
        missing.push_back(fmt::format("landlock ({})", std::strerror(errno)));
        return;
    }
    RulesetAttr attr{.handled_fs = kFsUpToAbi1, .handled_net = 0, .scoped = 0};
    std::size_t size = sizeof attr.handled_fs;
    // Before ABI 2 a rename between directories is always refused, so below that there is no restriction to be had that
    // lets a file be renamed into its folder.
    if (abi < 2) {
        missing.push_back("landlock (too old to allow renames)");
        return;
    }
    attr.handled_fs |= kFsRefer;
    if (abi >= 3) attr.handled_fs |= kFsTruncate;
    if (abi >= 4) {
        attr.handled_net = kNetBindTcp | (rules.any_port ? 0 : kNetConnectTcp);
        size = sizeof attr.handled_fs + sizeof attr.handled_net;
    } else {
        missing.push_back("landlock for TCP");
    }
    if (abi >= 5) attr.handled_fs |= kFsIoctlDevice;
    if (abi >= 6) {
        attr.scoped = kScopeAbstractSockets | kScopeSignals;
        size = sizeof attr;
    }
    const Fd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attr, size, 0)));
    bool complete = static_cast<bool>(ruleset);
    for (const auto& path : rules.readable) complete = complete && allow(ruleset.get(), path, kFsReadFile | kFsReadDir);
    for (const auto& path : rules.executable)
        complete = complete && allow(ruleset.get(), path, kFsReadFile | kFsReadDir | kFsExecute);
    for (const auto& path : rules.writable) complete = complete && allow(ruleset.get(), path, kFsWritable & attr.handled_fs);
    auto ports = rules.connectable;
    if (!ports.empty()) ports.push_back(kDns);
    for (const auto port : attr.handled_net ? ports : std::vector<std::uint16_t>()) {
        const NetPortAttr rule{.allowed_access = kNetConnectTcp, .port = port};
        complete = complete && ::syscall(SYS_landlock_add_rule, ruleset.get(), kRuleNetPort, &rule, 0) == 0;
    }
    if (!complete || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
        missing.push_back(fmt::format("landlock ({})", std::strerror(errno)));
}

// System calls that no job needs and an escape would want. What files and TCP are concerned with is Landlock's business;
// this is for the rest: other processes, other networks, namespaces, and the kernel's larger doors.
constexpr std::uint32_t kRefused[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_pidfd_open,
    SYS_process_madvise,
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsmount,
    SYS_mount_setattr,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_open_by_handle_at,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_capset,
    SYS_setsid,
    SYS_setpgid,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_clock_settime,
    SYS_settimeofday,
    SYS_adjtimex,
    SYS_mknodat,
    SYS_fanotify_init,
    SYS_personality,
#ifdef SYS_fork
    SYS_mknod,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
};

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr std::uint32_t kNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

// Threads yes, processes only if so said; sockets of this machine's own kind only, unless there is a network.
bool enter_seccomp(bool network, bool processes) {
    constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
    const auto load = [](std::size_t offset) {
        return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
    };
    const auto give = [](std::uint32_t what) { return sock_filter BPF_STMT(BPF_RET | BPF_K, what); };
    // Steps over the next `skip` instructions unless it is equal.
    const auto unless = [](std::uint32_t value, std::uint8_t skip) {
        return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
    };
    constexpr std::size_t kArgument = offsetof(seccomp_data, args);  // its lower half: little-endian machines only
    std::vector<sock_filter> filter{load(offsetof(seccomp_data, arch)),
                                    sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
                                    give(SECCOMP_RET_KILL_PROCESS), load(offsetof(seccomp_data, nr)),
                                    // The x32 calls of the same machine, which have other numbers.
                                    sock_filter BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), give(kRefuse)};
    for (const auto number : kRefused) {
        filter.push_back(unless(number, 1));
        filter.push_back(give(kRefuse));
    }
    filter.push_back(unless(SYS_clone3, 1));  // its flags are out of reach; libc falls back to clone
    filter.push_back(give(SECCOMP_RET_ERRNO | ENOSYS));
    if (!processes) {
#ifdef SYS_fork
        for (const auto number : {SYS_fork, SYS_vfork}) {
            filter.push_back(unless(static_cast<std::uint32_t>(number), 1));
            filter.push_back(give(kRefuse));
        }
#endif
        filter.push_back(unless(SYS_clone, 4));
        filter.push_back(load(kArgument));
        filter.push_back(sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
        filter.push_back(give(kRefuse));
        filter.push_back(give(SECCOMP_RET_ALLOW));
    } else {  // but no namespaces
        filter.push_back(unless(SYS_clone, 4));
        filter.push_back(load(kArgument));
        filter.push_back(sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kNamespaces, 0, 1));
        filter.push_back(give(kRefuse));
        filter.push_back(give(SECCOMP_RET_ALLOW));
    }
    // With a network also what a resolver asks the kernel about its addresses.
    std::vector<std::uint32_t> families{AF_UNIX};
    if (network) families.insert(families.end(), {AF_INET, AF_INET6, AF_NETLINK});
    filter.push_back(unless(SYS_socket, static_cast<std::uint8_t>(2 + 2 * families.size())));
    filter.push_back(load(kArgument));
    for (const auto family : families) {
        filter.push_back(unless(family, 1));
        filter.push_back(give(SECCOMP_RET_ALLOW));
    }
    filter.push_back(give(SECCOMP_RET_ERRNO | EACCES));
    filter.push_back(give(SECCOMP_RET_ALLOW));
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void limit(int resource, std::uint64_t value, std::string_view name, std::vector<std::string>& missing) {
    rlimit now{};
    ::getrlimit(static_cast<__rlimit_resource>(resource), &now);
    const rlim_t bound = now.rlim_max == RLIM_INFINITY ? value : std::min<rlim_t>(value, now.rlim_max);
    const rlimit wanted{bound, bound};
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &wanted) != 0) missing.push_back(fmt::format("limit of {}", name));
}

}  // namespace

std::vector<std::string> enter_sandbox(const SandboxRules& rules) {
    std::vector<std::string> missing;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) missing.push_back("no new privileges");
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) missing.push_back("death with the daemon");
    ::prctl(PR_SET_DUMPABLE, 0);
    enter_landlock(rules, missing);
    ::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error with a sentence, not a death
    limit(RLIMIT_CORE, 0, "core dumps", missing);
    limit(RLIMIT_CPU, rules.max_cpu_seconds, "processor time", missing);
    limit(RLIMIT_FSIZE, rules.max_file_bytes, "file size", missing);
    limit(RLIMIT_NOFILE, rules.max_descriptors, "descriptors", missing);
#ifdef KNS_SANITIZED
    missing.push_back("limit of memory (a sanitizer reserves terabytes)");
#else
    limit(RLIMIT_AS, rules.max_memory, "memory", missing);
#endif
    if (!enter_seccomp(!rules.connectable.empty() || rules.any_port, rules.processes))
        missing.push_back(fmt::format("seccomp ({})", std::strerror(errno)));
    return missing;
}

}  // namespace kns
