// AWS's services over HTTP: finds the service and operation that a request means, checks who asks, decodes, calls, answers.
// On the I/O thread.
//
// The order of the checks is AWS's: body, content type, parse, target, signature, types, constraints, meaning.
#pragma once

#include "core/lease/lease_service.hpp"
#include "daemon/aws/access_keys.hpp"
#include "daemon/aws/aws_request.hpp"
#include "daemon/firehose/firehose_api.hpp"
#include "daemon/kinesis/kinesis_api.hpp"

namespace kns::aws {

class AwsFace {
   public:
    // Borrowed for life.
    AwsFace(Services& services, KinesisApi& kinesis, FirehoseApi& firehose, lease::LeaseService& leases, AccessKeys& keys)
        : services_(services), kinesis_(kinesis), firehose_(firehose), leases_(leases), keys_(keys) {}

    // `signed_only`: who asks has to prove that he has a key. Otherwise the socket has said who it is.
    Task<void> serve(HttpExchange& exchange, bool signed_only);

   private:
    Task<void> serve_kinesis(AwsRequest& request);
    Task<void> serve_firehose(AwsRequest& request);
    // The input of an operation, decoded and checked; nothing: refused, and answered.
    Task<std::optional<Value>> read_input(AwsRequest& request, const Operation* operation, std::string unknown);
    Task<void> answer(AwsRequest& request, const Operation& operation, Outcome<> outcome, AnswerWriter& out);
    // --- client_library.cpp: what the client and producer libraries ask besides; false: it is something else
    Task<void> serve_leases(AwsRequest& request);
    Task<bool> serve_form(AwsRequest& request);
    Task<bool> serve_metrics(AwsRequest& request);
    std::optional<ApiError> who_asks(const AwsRequest& request) const;

    Services& services_;
    KinesisApi& kinesis_;
    FirehoseApi& firehose_;
    lease::LeaseService& leases_;
    AccessKeys& keys_;
};

}  // namespace kns::aws
