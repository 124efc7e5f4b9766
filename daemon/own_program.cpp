#include "daemon/own_program.hpp"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace kns {
namespace {

struct OwnProgram {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;

    OwnProgram() {
        char target[PATH_MAX];
        const auto length = ::readlink("/proc/self/exe", target, sizeof target);
        if (length > 0) path.assign(target, static_cast<std::size_t>(length));
        constexpr std::string_view kGone = " (deleted)";  // replaced before we could look
        if (path.ends_with(kGone)) path.resize(path.size() - kGone.size());
        struct stat running{};
        if (::stat("/proc/self/exe", &running) != 0) return;  // follows the inode, whatever its name has become
        device = running.st_dev;
        inode = running.st_ino;
    }
};

const OwnProgram& own() {
    static const OwnProgram kOwn;
    return kOwn;
}

}  // namespace

const std::string& own_program() { return own().path; }

bool own_program_was_replaced() {
    struct stat installed{};
    return ::stat(own().path.c_str(), &installed) == 0 && (installed.st_dev != own().device || installed.st_ino != own().inode);
}

}  // namespace kns
