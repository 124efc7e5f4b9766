// What the Kinesis Client Library and the Kinesis Producer Library ask besides Kinesis: lease tables, in DynamoDB's words, a place
// for metrics, in CloudWatch's, and who they are, in STS'.
#include <zlib.h>

#include "daemon/aws/aws_face.hpp"

namespace kns::aws {
namespace {

constexpr std::string_view kCloudWatch = "GraniteServiceVersion20100801", kPutMetricData = "PutMetricData";
constexpr std::string_view kGetCallerIdentity = "GetCallerIdentity";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

// An answer to a form is XML, with the id that the header has too.
HttpAnswer xml_answer(const HttpHead& head, int status, std::string_view before_id, std::string_view behind_id) {
    HttpAnswer out = answer_of(head, status, {}, "text/xml");
    out.body = fmt::format("{}<RequestId>{}</RequestId>{}\n", before_id, out.headers.front().second, behind_id);
    return out;
}

HttpAnswer metrics_taken(const HttpHead& head) {
    return xml_answer(head, 200,
                      "<PutMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><ResponseMetadata>",
                      "</ResponseMetadata></PutMetricDataResponse>");
}

HttpAnswer caller_identity(const HttpHead& head, std::string_view account) {
    const auto before = fmt::format(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
        "<Arn>arn:aws:iam::{0}:root</Arn><UserId>{0}</UserId><Account>{0}</Account></GetCallerIdentityResult><ResponseMetadata>",
        account);
    return xml_answer(head, 200, before, "</ResponseMetadata></GetCallerIdentityResponse>");
}

HttpAnswer form_refused(const HttpHead& head, const ApiError& error) {
    std::string message;
    for (const char c : error.message) message += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    const auto before =
        fmt::format("<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>", error.type, message);
    return xml_answer(head, error.status, before, "</ErrorResponse>");
}

std::string crc32_of(std::string_view text) {
    return std::to_string(::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

// "Action=NAME&..."
std::string_view action_of(std::string_view form) {
    constexpr std::string_view kAction = "Action=";
    while (!form.empty()) {
        const auto pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
        if (pair.starts_with(kAction)) return pair.substr(kAction.size());
    }
    return {};
}

}  // namespace

Task<void> AwsFace::serve_leases(AwsRequest& request) {
    const auto& aws = services_.config.config().aws;
    lease::LeaseService::Answer answer;
    if (const auto stranger = who_asks(request)) {
        answer.status = stranger->status;
        JsonWriter error;
        error.begin_object()
            .member("__type", "com.amazon.coral.service#" + stranger->type)
            .member("message", stranger->message)
            .end_object();
        answer.body = error.take();
    } else {
        auto work = [this, operation = request.operation, body = std::move(request.body),
                     prefix = aws.place.arn("dynamodb", "table", ""),
                     now = services_.clock.now()] { return leases_.answer(operation, body, prefix, now); };
        answer = co_await run_on(services_.catalog, std::move(work));
    }
    auto crc = crc32_of(answer.body);
    HttpAnswer whole = answer_of(request.exchange.head(), answer.status, std::move(answer.body), kJson10);
    whole.headers.emplace_back("x-amz-crc32", std::move(crc));
    co_await request.exchange.answer(std::move(whole));
}

// As a form: CloudWatch's PutMetricData, which may be compressed, and STS' GetCallerIdentity. False: it is something else.
Task<bool> AwsFace::serve_form(AwsRequest& request) {
    const auto& head = request.exchange.head();
    if (!head.header("content-type").starts_with(kForm)) co_return false;
    const auto action = head.header("content-encoding").empty() ? action_of(request.body) : kPutMetricData;
    if (action.empty()) co_return false;
    HttpAnswer whole;
    if (const auto stranger = who_asks(request))
        whole = form_refused(head, *stranger);
    else if (action == kPutMetricData)
        whole = metrics_taken(head);
    else if (action == kGetCallerIdentity)
        whole = caller_identity(head, services_.config.config().aws.place.account);
    else
        whole = form_refused(head, {"InvalidAction", fmt::format("kns does not answer {}.", action)});
    co_await request.exchange.answer(std::move(whole));
    co_return true;
}

// Metrics are taken and not kept: `kns metrics` and `kns top` have what they would tell of a stream. Asked in JSON, or in CBOR with
// the operation in the path.
Task<bool> AwsFace::serve_metrics(AwsRequest& request) {
    const auto& head = request.exchange.head();
    const auto target = head.header("x-amz-target");
    const bool in_path = head.path.starts_with(fmt::format("/service/{}/operation/", kCloudWatch));
    std::string operation;
    if (target.starts_with(kCloudWatch))
        operation = target.substr(std::min(target.size(), kCloudWatch.size() + 1));
    else if (in_path)
        operation = head.path.substr(head.path.rfind('/') + 1);
    if (operation.empty()) co_return false;
    if (const auto stranger = who_asks(request)) {
        co_await request.refuse(*stranger);
        co_return true;
    }
    if (operation != kPutMetricData) {
        co_await request.refuse(
            "UnknownOperationException",
            fmt::format("kns takes metrics, it is not CloudWatch: {} is not among what it answers.", operation));
        co_return true;
    }
    HttpAnswer whole = in_path ? answer_of(head, 200, "\xbf\xff", "application/cbor")  // a map with nothing in it
                               : answer_of(head, 200, "{}", kJson10);
    if (in_path) whole.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
    co_await request.exchange.answer(std::move(whole));
    co_return true;
}

}  // namespace kns::aws
