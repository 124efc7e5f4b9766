#include "plugins/http/http_answer.hpp"

#include "core/base/json.hpp"

namespace kns {
namespace {

constexpr std::size_t kMostShown = 2000;  // of an answer, in an error record

SendFailure invalid(std::string_view reason) {
    return {.code = "HttpEndpoint.InvalidResponseFromDestination",
            .error = {.code = Errc::unavailable,
                      .message = fmt::format("The response received from the specified endpoint is invalid: {}", reason)}};
}

}  // namespace

std::optional<SendFailure> failure_of(const HttpAnswerSeen& answer, std::string_view request_id) {
    if (answer.status != 200) {
        SendFailure failure{.code = "HttpEndpoint.DestinationException",
                            .error = {.code = Errc::unavailable,
                                      .message = fmt::format("Received the following response from the endpoint destination: {} {}",
                                                             answer.status, answer.body.substr(0, kMostShown))}};
        while (failure.error.message.ends_with(' ') || failure.error.message.ends_with('\n')) failure.error.message.pop_back();
        if (answer.status == 401 || answer.status == 403) failure.error.code = Errc::permission_denied;
        return failure;
    }
    if (!answer.content_type.starts_with("application/json")) return invalid("its content type is not application/json");
    if (!answer.content_encoding.empty()) return invalid("it has a content encoding");
    const auto parsed = parse_json(answer.body);
    if (!parsed) return invalid("it is not JSON");
    const auto* id = (*parsed)["requestId"].as_string();
    if (!id) return invalid("it has no requestId");
    if (*id != request_id) return invalid("its requestId is another");
    if (!(*parsed)["timestamp"].as_int()) return invalid("it has no timestamp in milliseconds");
    return std::nullopt;
}

}  // namespace kns
