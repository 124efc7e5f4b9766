#include "daemon/worker/daemon_answer.hpp"

#include "core/base/json.hpp"

namespace kns {
namespace {

// The daemon sends something long before this, even when it has nothing to say.
constexpr Ms kSilence = 60 * kSecond;

Error error_of_answer(int status, std::string_view body) {
    if (const auto json = parse_json(body)) {
        const JsonValue& error = (*json)["error"];
        if (const auto *code = error["code"].as_string(), *message = error["message"].as_string(); code && message) {
            Error out{.code = errc_from_name(*code).value_or(Errc::internal), .message = *message};
            if (const auto* hint = error["hint"].as_string()) out.hint = *hint;
            return out;
        }
    }
    return {.code = Errc::internal, .message = fmt::format("the daemon answered with status {}", status)};
}

}  // namespace

Result<DaemonAnswer> ask_daemon(const std::string& socket, const HttpRequest& request) {
    auto fd = connect_unix(socket, Deadline::in(10 * kSecond));
    if (!fd) return fail_errno(fd.error(), "connecting to " + socket);
    HttpConnection connection(std::move(*fd));
    HttpRequest asked = request;
    asked.headers.emplace_back("Host", "kns");
    HttpResponse response = KNS_TRY(connection.request(asked, Deadline::in(kSilence)));
    if (response.status >= 300)
        return std::unexpected(
            error_of_answer(response.status, KNS_TRY(connection.read_body_to_end(Deadline::in(kSilence), 1 << 20))));
    return DaemonAnswer{.connection = std::move(connection), .response = std::move(response)};
}

}  // namespace kns
