#include "daemon/http_guard.hpp"

namespace kns {
namespace {

bool is_local(std::string_view host) {
    if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
    host = host.substr(0, host.find(':'));
    if (host == "localhost" || host.ends_with(".localhost")) return true;
    return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> refuse_by_guard(const HttpHead& head) {
    const auto host = head.header("host");
    if (!is_local(host)) return fmt::format("Host {:?} is not this machine", host.substr(0, 100));
    auto origin = head.header("origin");
    if (!origin.empty()) {
        const auto scheme = origin.find("://");
        if (scheme == std::string_view::npos || !is_local(origin.substr(scheme + 3)))
            return fmt::format("pages of {:?} may not ask here", origin.substr(0, 100));
    }
    auto type = head.header("content-type");
    type = type.substr(0, type.find(';'));
    const bool simple =
        type.empty() || type == "text/plain" || type == "application/x-www-form-urlencoded" || type == "multipart/form-data";
    if (head.method == "POST" && simple && head.header("authorization").empty() && !head.query.contains("X-Amz-Signature"))
        return fmt::format("a request of content type {:?} has to be signed", type.substr(0, 100));
    return std::nullopt;
}

}  // namespace kns
