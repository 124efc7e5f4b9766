#include "cli/external.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "core/base/paths.hpp"
#include "core/base/posix.hpp"

namespace kns::cli {

std::optional<std::string> find_external(std::string_view name) {
    if (name.find('/') != std::string_view::npos || name.empty()) return std::nullopt;
    return find_in_path(fmt::format("kns-{}", name));
}

Error run_external(const std::string& program, std::span<const std::string> arguments, const std::string& data_dir) {
    if (const auto data = DataDir::find(data_dir)) {
        ::setenv("KNS_DATA_DIR", data->root().c_str(), 1);
        if (const auto socket = find_socket(*data)) ::setenv("KNS_SOCKET", socket->c_str(), 1);
    }
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    return fail_errno(errno, program);
}

}  // namespace kns::cli
