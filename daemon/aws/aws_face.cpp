#include "daemon/aws/aws_face.hpp"

#include <algorithm>
#include <charconv>

#include "core/aws/firehose_shapes.hpp"
#include "core/aws/kinesis_shapes.hpp"
#include "core/aws/signature.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxBody = 15 << 20;  // 10 MiB of data and keys as JSON, and its frame
constexpr std::string_view kKinesis = "Kinesis_20131202.", kFirehose = "Firehose_20150804.", kDynamoDb = "DynamoDB_20120810.";

constexpr std::string_view kNotPost =
    "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n"
    "</AccessDeniedException>\n";

std::optional<Wire> wire_of(std::string_view content_type) {
    content_type = content_type.substr(0, content_type.find(';'));
    while (content_type.ends_with(' ')) content_type.remove_suffix(1);
    if (content_type == kJson || content_type == "application/json") return Wire::json;
    if (content_type == kCbor) return Wire::cbor;
    return std::nullopt;
}

ApiError too_much_held() {
    return {"ServiceUnavailable", "Other requests hold as much memory as they may together: try again.", 503};
}

// The bytes of a body that is to come; the most there may be where it does not say.
std::size_t announced(const HttpHead& head) {
    const auto text = head.header("content-length");
    std::size_t length = kMaxBody;
    std::from_chars(text.data(), text.data() + text.size(), length);
    return std::min(length, kMaxBody);
}

}  // namespace

Task<void> AwsFace::serve(HttpExchange& exchange, bool signed_only) {
    const auto& head = exchange.head();
    AwsRequest request{.exchange = exchange, .signed_only = signed_only};
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
    auto held = kinesis_.allowance().share(announced(head));
    if (!held) {
        exchange.close_when_answered();
        co_await request.refuse(too_much_held());
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
    held.shrink(request.body.size());
    const std::string_view target = head.header("x-amz-target");
    const auto wire = wire_of(head.header("content-type"));
    if (wire) request.wire = *wire;
    const bool to_firehose = target.starts_with(kFirehose);
    if (target.starts_with(kKinesis) || to_firehose) {
        request.operation = target.substr(target.find('.') + 1);
        if (!wire) {
            HttpAnswer whole = answer_of(head, 404, "<UnknownOperationException/>\n", "text/xml");
            co_await exchange.answer(std::move(whole));
            co_return;
        }
        if (to_firehose)
            co_await serve_firehose(request);
        else
            co_await serve_kinesis(request);
        co_return;
    }
    if (target.starts_with(kDynamoDb)) {
        request.operation = target.substr(kDynamoDb.size());
        co_await serve_leases(request);
        co_return;
    }
    if (co_await serve_form(request)) co_return;
    if (co_await serve_metrics(request)) co_return;
    std::string why;
    if (!target.empty()) why = fmt::format("kns does not answer {}.", target);
    co_await request.refuse("UnknownOperationException", std::move(why));
}

std::optional<ApiError> AwsFace::who_asks(const AwsRequest& request) const {
    if (!request.signed_only) return std::nullopt;
    const auto& head = request.exchange.head();
    SignedRequest what{.method = head.method, .target = head.target, .headers = {}, .body = request.body};
    for (const auto& [name, value] : head.headers) what.headers.emplace_back(name, value);
    const auto caller = check_signature(what, [this](std::string_view id) { return keys_.find(id); }, services_.clock.now());
    if (caller) return std::nullopt;
    return ApiError{caller.error().type, caller.error().message};
}

Task<std::optional<Value>> AwsFace::read_input(AwsRequest& request, const Operation* operation, std::string unknown) {
    if (request.body.empty()) {
        co_await request.refuse(operation ? "SerializationException" : "UnknownOperationException", "");
        co_return std::nullopt;
    }
    if (!operation) {
        co_await request.refuse("UnknownOperationException", std::move(unknown));
        co_return std::nullopt;
    }
    if (auto stranger = who_asks(request)) {  // before the body is decoded: that is done in place
        co_await request.refuse(*stranger);
        co_return std::nullopt;
    }
    auto input =
        request.wire == Wire::cbor ? decode_cbor(*operation->input, request.body) : decode_json(*operation->input, request.body);
    if (!input) {
        co_await request.refuse("SerializationException", input.error().message);
        co_return std::nullopt;
    }
    const auto broken = violations(*operation->input, *input, services_.config.config().aws.strict);
    if (!broken.empty()) {
        co_await request.refuse("ValidationException", validation_message(broken));
        co_return std::nullopt;
    }
    co_return std::optional(std::move(*input));
}

Task<void> AwsFace::answer(AwsRequest& request, const Operation& operation, Outcome<> outcome, AnswerWriter& out) {
    if (!outcome) {
        co_await request.refuse(outcome.error());
        co_return;
    }
    std::string text;
    if (operation.answers) text = out.take();
    const auto on_its_way = kinesis_.allowance().share(text.size());
    if (!on_its_way) {
        co_await request.refuse(too_much_held());
        co_return;
    }
    co_await request.answer(200, std::move(text));
}

Task<void> AwsFace::serve_kinesis(AwsRequest& request) {
    const auto* operation = find_kinesis_operation(request.operation);
    const auto not_here = kinesis_operations_not_here();
    std::string why;
    if (std::ranges::find(not_here, request.operation) != not_here.end())
        why = fmt::format("kns does not have Kinesis channels and queues: {} is refused.", request.operation);
    const auto input = co_await read_input(request, operation, std::move(why));
    if (!input) co_return;
    const auto handler = KinesisApi::find(operation->name);
    if (!handler) {
        auto subscribed = co_await kinesis_.subscribe_to_shard(*input, request.wire, request.exchange);
        if (!subscribed) co_await request.refuse(subscribed.error());
        co_return;
    }
    AnswerWriter out(request.wire);
    auto outcome = co_await kinesis_.call(operation->name, handler, *input, out);
    co_await answer(request, *operation, std::move(outcome), out);
}

Task<void> AwsFace::serve_firehose(AwsRequest& request) {
    const auto* operation = find_firehose_operation(request.operation);
    const auto input = co_await read_input(request, operation, {});
    if (!input) co_return;
    AnswerWriter out(request.wire);
    auto outcome = co_await firehose_.call(operation->name, *input, out);
    co_await answer(request, *operation, std::move(outcome), out);
}

}  // namespace kns::aws
