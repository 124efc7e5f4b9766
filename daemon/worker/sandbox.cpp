#include "daemon/worker/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
        attr.handled_net = kNetBindTcp | kNetConnectTcp;
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
    for (const auto& path : rules.writable) complete = complete && allow(ruleset.get(), path, kFsWritable & attr.handled_fs);
    if (!complete || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
        missing.push_back(fmt::format("landlock ({})", std::strerror(errno)));
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
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    missing.push_back("limit of memory (a sanitizer reserves terabytes)");
#else
    limit(RLIMIT_AS, rules.max_memory, "memory", missing);
#endif
    return missing;
}

}  // namespace kns
