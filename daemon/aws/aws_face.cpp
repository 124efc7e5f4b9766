#include "daemon/aws/aws_face.hpp"

#include "core/aws/kinesis_shapes.hpp"
#include "core/aws/signature.hpp"
#include "core/base/base64.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxBody = 15 << 20;  // 10 MiB of data and keys as JSON, and its frame
constexpr std::string_view kKinesis = "Kinesis_20131202.";
constexpr std::string_view kJson = "application/x-amz-json-1.1", kCbor = "application/x-amz-cbor-1.1";

constexpr std::string_view kNotPost =
    "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n"
    "</AccessDeniedException>\n";

// Of an answer: AWS's two ids, which people quote to each other.
std::string random_id() {
    std::array<std::byte, 16> bytes;
    fill_random(bytes);
    const auto hex = hex_encode(as_text(bytes));
    return fmt::format("{}-{}-{}-{}-{}", std::string_view(hex).substr(0, 8), std::string_view(hex).substr(8, 4),
                       std::string_view(hex).substr(12, 4), std::string_view(hex).substr(16, 4), std::string_view(hex).substr(20));
}

std::string random_id_2() {
    std::array<std::byte, 48> bytes;
    fill_random(bytes);
    return base64_encode(as_text(bytes));
}

std::optional<Wire> wire_of(std::string_view content_type) {
    content_type = content_type.substr(0, content_type.find(';'));
    while (content_type.ends_with(' ')) content_type.remove_suffix(1);
    if (content_type == kJson || content_type == "application/json") return Wire::json;
    if (content_type == kCbor) return Wire::cbor;
    return std::nullopt;
}

HttpAnswer answer_of(const HttpHead& head, int status, std::string body, std::string_view content_type) {
    HttpAnswer out;
    out.status = status;
    out.body = std::move(body);
    out.content_type = content_type;
    out.headers.emplace_back("x-amzn-RequestId", random_id());
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

}  // namespace

struct AwsFace::Request {
    HttpExchange& exchange;
    bool signed_only = false;
    std::string body{};
    Wire wire = Wire::json;
    std::string operation{};

    Task<void> answer(int status, std::string text) {
        HttpAnswer whole = answer_of(exchange.head(), status, std::move(text), wire == Wire::cbor ? kCbor : kJson);
        co_await exchange.answer(std::move(whole));
    }
    Task<void> refuse(std::string type, std::string message, int status = 400) {
        AnswerWriter out(wire);
        out.begin_structure().key("__type").text(type);
        // What could not be read is told under a capital M.
        if (!message.empty()) out.key(type == "SerializationException" ? "Message" : "message").text(message);
        out.end_structure();
        co_await answer(status, out.take());
    }
    Task<void> refuse(const ApiError& error) { return refuse(error.type, error.message, error.status); }
};

Task<void> AwsFace::serve(HttpExchange& exchange, bool signed_only) {
    const auto& head = exchange.head();
    Request request{.exchange = exchange, .signed_only = signed_only};
    if (head.method == "OPTIONS" && !head.header("origin").empty()) {
        HttpAnswer whole = answer_of(head, 200, "", "text/plain");
        co_await exchange.answer(std::move(whole));
        co_return;
    }
    if (head.method != "POST") {
        HttpAnswer whole = answer_of(head, 403, std::string(kNotPost), "text/xml");
        co_await exchange.answer(std::move(whole));
        co_return;
    }
    auto body = co_await exchange.read_body(kMaxBody);
    if (!body) {
        if (body.error().code != Errc::invalid_argument) co_return;  // gone
        exchange.close_when_answered();
        co_await request.refuse("RequestEntityTooLargeException", body.error().text(), 413);
        co_return;
    }
    request.body = std::move(*body);
    const std::string_view target = head.header("x-amz-target");
    const auto wire = wire_of(head.header("content-type"));
    if (wire) request.wire = *wire;
    if (target.starts_with(kKinesis)) {
        request.operation = target.substr(kKinesis.size());
        if (!wire) {
            HttpAnswer whole = answer_of(head, 404, "<UnknownOperationException/>\n", "text/xml");
            co_await exchange.answer(std::move(whole));
            co_return;
        }
        co_await serve_kinesis(request);
        co_return;
    }
    std::string why;
    if (!target.empty()) why = fmt::format("kns does not answer {}.", target);
    co_await request.refuse("UnknownOperationException", std::move(why));
}

std::optional<ApiError> AwsFace::who_asks(const Request& request) const {
    if (!request.signed_only) return std::nullopt;
    const auto& head = request.exchange.head();
    SignedRequest what{.method = head.method, .target = head.target, .headers = {}, .body = request.body};
    for (const auto& [name, value] : head.headers) what.headers.emplace_back(name, value);
    const auto caller = check_signature(what, [this](std::string_view id) { return keys_.find(id); }, services_.clock.now());
    if (caller) return std::nullopt;
    return ApiError{caller.error().type, caller.error().message};
}

Task<void> AwsFace::serve_kinesis(Request& request) {
    const auto* operation = find_kinesis_operation(request.operation);
    if (request.body.empty()) {
        co_await request.refuse(operation ? "SerializationException" : "UnknownOperationException", "");
        co_return;
    }
    if (!operation) {
        const bool known =
            std::ranges::find(kinesis_operations_not_here(), request.operation) != kinesis_operations_not_here().end();
        std::string why;
        if (known) why = fmt::format("kns does not have Kinesis channels and queues: {} is refused.", request.operation);
        co_await request.refuse("UnknownOperationException", std::move(why));
        co_return;
    }
    auto input =
        request.wire == Wire::cbor ? decode_cbor(*operation->input, request.body) : decode_json(*operation->input, request.body);
    if (auto stranger = who_asks(request)) {
        co_await request.refuse(*stranger);
        co_return;
    }
    if (!input) {
        co_await request.refuse("SerializationException", input.error().message);
        co_return;
    }
    request.body = {};  // the input has what is wanted of it
    if (const auto broken = violations(*operation->input, *input); !broken.empty()) {
        co_await request.refuse("ValidationException", validation_message(broken));
        co_return;
    }
    const auto handler = KinesisApi::find(operation->name);
    if (!handler) {
        auto subscribed = co_await kinesis_.subscribe_to_shard(*input, request.wire, request.exchange);
        if (!subscribed) co_await request.refuse(subscribed.error());
        co_return;
    }
    AnswerWriter out(request.wire);
    auto outcome = co_await kinesis_.call(operation->name, handler, *input, out);
    if (!outcome) {
        co_await request.refuse(outcome.error());
        co_return;
    }
    std::string text;
    if (operation->answers) text = out.take();
    co_await request.answer(200, std::move(text));
}

}  // namespace kns::aws
