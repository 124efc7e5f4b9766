#include "cli/confirm.hpp"

#include <unistd.h>

#include <string>

#include "core/base/posix.hpp"

namespace kns::cli {

Result<void> confirm(std::string_view question, bool already_yes) {
    if (already_yes || !::isatty(STDIN_FILENO)) return {};
    KNS_TRY(write_all(STDERR_FILENO, fmt::format("{} [y/N] ", question)));
    std::string answer;
    for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) answer += c;
    if (answer == "y" || answer == "Y" || answer == "yes") return {};
    return fail(Errc::cancelled, "nothing was done");
}

}  // namespace kns::cli
