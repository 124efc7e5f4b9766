#include "core/base/result.hpp"

#include <cerrno>
#include <cstring>

namespace kns {
namespace {

Errc code_of_errno(int error_number) {
    switch (error_number) {
        case ENOENT:
        case ENOTDIR: return Errc::not_found;
        case EEXIST: return Errc::already_exists;
        case ENOSPC:
        case EDQUOT: return Errc::disk_full;
        case EACCES:
        case EPERM:
        case EROFS: return Errc::permission_denied;
        case ECONNREFUSED: return Errc::unavailable;
        case ETIMEDOUT: return Errc::timed_out;
        case EMFILE:
        case ENFILE:
        case ENOMEM: return Errc::limit_exceeded;
        case EINVAL:
        case ENAMETOOLONG: return Errc::invalid_argument;
        default: return Errc::io_error;
    }
}

}  // namespace

Failure fail_errno(int error_number, std::string_view what) {
    std::string reason = std::strerror(error_number);
    if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') reason[0] = static_cast<char>(reason[0] + 32);
    return fail(code_of_errno(error_number), "{}: {}", what, reason);
}

}  // namespace kns
