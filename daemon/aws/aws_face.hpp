// AWS's services over HTTP: finds the service and operation that a request means, checks who asks, decodes, calls, answers.
// On the I/O thread.
//
// The order of the checks is AWS's: body, content type, parse, target, signature, types, constraints, meaning.
#pragma once

#include "daemon/aws/access_keys.hpp"
#include "daemon/kinesis/kinesis_api.hpp"

namespace kns::aws {

class AwsFace {
   public:
    // Borrowed for life.
    AwsFace(Services& services, KinesisApi& kinesis, AccessKeys& keys) : services_(services), kinesis_(kinesis), keys_(keys) {}

    // `signed_only`: who asks has to prove that he has a key. Otherwise the socket has said who it is.
    Task<void> serve(HttpExchange& exchange, bool signed_only);

   private:
    struct Request;
    Task<void> serve_kinesis(Request& request);
    std::optional<ApiError> who_asks(const Request& request) const;

    Services& services_;
    KinesisApi& kinesis_;
    AccessKeys& keys_;
};

}  // namespace kns::aws
