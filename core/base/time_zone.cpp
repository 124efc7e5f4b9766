#include "core/base/time_zone.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <optional>

namespace kns {

Result<void> check_time_zone(const std::string& name) {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-";
    const char* const elsewhere = std::getenv("TZDIR");
    const std::string path = fmt::format("{}/{}", elsewhere ? elsewhere : "/usr/share/zoneinfo", name);
    struct stat status{};
    if (name.empty() || name.front() == '/' || name.find_first_not_of(kLetters) != std::string::npos)
        return fail(Errc::invalid_argument, "\"{}\" is no time zone", name).hint("UTC, Europe/Berlin, America/New_York ...");
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(Errc::not_found, "this machine has no time zone \"{}\"", name)
            .hint("they are those below /usr/share/zoneinfo, of the package tzdata");
    return {};
}

void enter_time_zone(const std::string& name) {
    const char* const set = std::getenv("TZ");
    const std::optional<std::string> before = set ? std::optional<std::string>(set) : std::nullopt;
    ::setenv("TZ", (":" + name).c_str(), 1);
    ::tzset();  // localtime_r asks no more
    if (before)
        ::setenv("TZ", before->c_str(), 1);
    else
        ::unsetenv("TZ");
}

UnixMs local_time(UnixMs instant) {
    const auto seconds = static_cast<std::time_t>(instant / kSecond);
    std::tm local{};
    return ::localtime_r(&seconds, &local) ? instant + local.tm_gmtoff * kSecond : instant;
}

}  // namespace kns
