#include "daemon/aws/aws_request.hpp"

#include "core/base/aead.hpp"
#include "core/base/base64.hpp"
#include "core/base/uuid.hpp"

namespace kns::aws {
namespace {

// Of an answer: AWS's two ids, which people quote to each other.
std::string random_id_2() {
    std::array<std::byte, 48> bytes;
    fill_random(bytes);
    return base64_encode(as_text(bytes));
}

}  // namespace

HttpAnswer answer_of(const HttpHead& head, int status, std::string body, std::string_view content_type) {
    HttpAnswer out;
    out.status = status;
    out.body = std::move(body);
    out.content_type = content_type;
    out.headers.emplace_back("x-amzn-RequestId", random_uuid());
    out.headers.emplace_back("x-amz-id-2", random_id_2());
    // A page of this machine's own, or the guard would have refused it.
    if (const auto origin = head.header("origin"); !origin.empty()) {
        out.headers.emplace_back("Access-Control-Allow-Origin", origin);
        out.headers.emplace_back("Access-Control-Expose-Headers",
                                 "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,"
                                 "x-amzn-ErrorMessage,Date");
        if (head.method != "OPTIONS") return out;
        out.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, OPTIONS, PUT");
        if (const auto asked = head.header("access-control-request-headers"); !asked.empty())
            out.headers.emplace_back("Access-Control-Allow-Headers", asked);
        out.headers.emplace_back("Access-Control-Max-Age", "172800");
    }
    return out;
}

Task<void> AwsRequest::answer(int status, std::string text) {
    HttpAnswer whole = answer_of(exchange.head(), status, std::move(text), wire == Wire::cbor ? kCbor : kJson);
    co_await exchange.answer(std::move(whole));
}

Task<void> AwsRequest::refuse(std::string type, std::string message, int status) {
    AnswerWriter out(wire);
    out.begin_structure().key("__type").text(type);
    // What could not be read is told under a capital M.
    if (!message.empty()) out.key(type == "SerializationException" ? "Message" : "message").text(message);
    out.end_structure();
    co_await answer(status, out.take());
}

}  // namespace kns::aws
