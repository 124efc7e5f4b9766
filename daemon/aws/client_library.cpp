// What the Kinesis Client Library asks besides Kinesis: its lease tables, in DynamoDB's words, and a place for its metrics, in
// CloudWatch's.
#include <zlib.h>

#include "daemon/aws/aws_face.hpp"

namespace kns::aws {
namespace {

constexpr std::string_view kCloudWatch = "GraniteServiceVersion20100801", kPutMetricData = "PutMetricData";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kTaken =
    "<PutMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><ResponseMetadata><RequestId>"
    "00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></PutMetricDataResponse>\n";

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

// Metrics are taken and not kept: `kns metrics` and `kns top` have what they would tell of a stream. Asked in JSON, in CBOR (the
// operation is in the path), or as a form; a form that is compressed can only be this.
Task<bool> AwsFace::serve_metrics(AwsRequest& request) {
    const auto& head = request.exchange.head();
    const auto target = head.header("x-amz-target");
    const bool form = head.header("content-type").starts_with(kForm);
    const bool in_path = head.path.starts_with(fmt::format("/service/{}/operation/", kCloudWatch));
    std::string operation;
    if (target.starts_with(kCloudWatch))
        operation = target.substr(std::min(target.size(), kCloudWatch.size() + 1));
    else if (in_path)
        operation = head.path.substr(head.path.rfind('/') + 1);
    else if (form)
        operation = head.header("content-encoding").empty() ? action_of(request.body) : kPutMetricData;
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
    std::string text = "{}";
    std::string_view type = kJson10;
    if (in_path) {
        text = "\xbf\xff";  // a map with nothing in it
        type = "application/cbor";
    } else if (form) {
        text = kTaken;
        type = "text/xml";
    }
    HttpAnswer whole = answer_of(head, 200, std::move(text), type);
    if (in_path) whole.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
    co_await request.exchange.answer(std::move(whole));
    co_return true;
}

}  // namespace kns::aws
