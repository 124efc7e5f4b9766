// Each case runs in a child of its own, for there is no way out of a sandbox.
#include "daemon/worker/sandbox.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/base/posix.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kns {
namespace {

template <class Body>
int in_child(Body body) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(body());
    return wait_program(pid).value();
}

int error_of_open(const std::string& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    ::close(fd);
    return 0;
}

bool landlock_is_there() {
    const TemporaryDirectory dir;
    return in_child([&] {
               for (const auto& guard : enter_sandbox({.readable = {}, .writable = {dir.path()}}))
                   if (guard.starts_with("landlock")) return 1;
               return 0;
           }) == 0;
}

TEST_CASE("a sandboxed process reads and writes only where it may") {
    if (!landlock_is_there()) {
        WARN("this kernel has no landlock");
        return;
    }
    const TemporaryDirectory mine, other;
    REQUIRE(write_file_atomically(other.path() + "/secret", "x"));
    const SandboxRules rules{.readable = {"/usr", "/no/such/place"}, .writable = {mine.path()}};
    auto sandboxed = [&](auto body) {
        return in_child([&] {
            enter_sandbox(rules);
            return body();
        });
    };
    CHECK(sandboxed([&] { return error_of_open("/usr", O_RDONLY | O_DIRECTORY); }) == 0);
    CHECK(sandboxed([&] { return error_of_open("/etc/passwd", O_RDONLY); }) == EACCES);
    CHECK(sandboxed([&] { return error_of_open(other.path() + "/secret", O_RDONLY); }) == EACCES);
    CHECK(sandboxed([&] { return error_of_open(other.path() + "/new", O_WRONLY | O_CREAT); }) == EACCES);
    CHECK(sandboxed([&] { return ::unlink((other.path() + "/secret").c_str()) ? errno : 0; }) == EACCES);
    CHECK(sandboxed([&] { return ::execl("/usr/bin/true", "true", nullptr), errno; }) == EACCES);
    CHECK(sandboxed([&] { return error_of_open(mine.path() + "/new", O_WRONLY | O_CREAT); }) == 0);
    CHECK(sandboxed([&] {
              ::mkdir((mine.path() + "/folder").c_str(), 0700);
              return ::rename((mine.path() + "/new").c_str(), (mine.path() + "/folder/new").c_str()) ? errno : 0;
          }) == 0);
}

TEST_CASE("a sandboxed process opens no TCP connection") {
    if (!landlock_is_there()) return;
    const int status = in_child([] {
        enter_sandbox({});
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) return errno;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(9);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) ? errno : 0;
    });
    CHECK((status == EACCES || status == ECONNREFUSED));  // the latter before Landlock's ABI 4, which the log names
}

TEST_CASE("a sandboxed process is bounded and gains no privileges") {
    CHECK(in_child([] {
              enter_sandbox({.readable = {}, .writable = {}, .max_descriptors = 20});
              rlimit core{}, files{};
              ::getrlimit(RLIMIT_CORE, &core);
              ::getrlimit(RLIMIT_NOFILE, &files);
              int death = 0;
              ::prctl(PR_GET_PDEATHSIG, &death);
              return core.rlim_max == 0 && files.rlim_max == 20 && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && death == SIGKILL
                         ? 0
                         : 1;
          }) == 0);
}

}  // namespace
}  // namespace kns
