#include "daemon/service_manager.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace kns {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr int kOutOfTheWay = 64;

int number_in_environment(const char* name) {
    const char* text = std::getenv(name);
    int number = -1;
    if (text) std::from_chars(text, text + std::strlen(text), number);
    return number;
}

}  // namespace

std::vector<HandedDescriptor> take_handed_descriptors() {
    std::vector<HandedDescriptor> handed;
    if (number_in_environment("LISTEN_PID") == ::getpid()) {
        const char* all_names = std::getenv("LISTEN_FDNAMES");
        std::string_view names = all_names ? all_names : "";
        for (int fd = kFirst; fd < kFirst + number_in_environment("LISTEN_FDS"); ++fd) {
            const auto name = names.substr(0, names.find(':'));
            names.remove_prefix(std::min(names.size(), name.size() + 1));
            if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) handed.push_back({std::string(name), Fd(fd)});
        }
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    return handed;
}

void notify_service_manager(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto length = path ? std::strlen(path) : 0;
    if (length < 2 || length > sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';
    const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    std::ignore = ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

Error become_program(const std::vector<std::string>& argv, const std::vector<HandedDescriptor>& handed) {
    std::string names;
    std::vector<Fd> aside;  // so that none is overwritten before its turn
    for (const auto& [name, fd] : handed) {
        names += (names.empty() ? "" : ":") + name;
        aside.emplace_back(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kOutOfTheWay));
        if (!aside.back()) return fail_errno(errno, "keeping a descriptor");
    }
    int next = kFirst;
    for (const auto& fd : aside)
        if (::dup2(fd.get(), next++) < 0) return fail_errno(errno, "keeping a descriptor");
    ::close_range(static_cast<unsigned>(next), ~0U, CLOSE_RANGE_CLOEXEC);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(handed.size()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
    std::vector<char*> words;
    for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execv(words[0], words.data());
    return fail_errno(errno, argv[0]);
}

}  // namespace kns
