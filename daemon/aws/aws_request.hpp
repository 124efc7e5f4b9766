// A request to one of AWS's services, and how it is answered. On the I/O thread.
#pragma once

#include "core/aws/answer_writer.hpp"
#include "daemon/aws/api_error.hpp"
#include "daemon/http_exchange.hpp"

namespace kns::aws {

inline constexpr std::string_view kJson = "application/x-amz-json-1.1", kJson10 = "application/x-amz-json-1.0",
                                  kCbor = "application/x-amz-cbor-1.1";

// With AWS's ids; and for a page of this machine's own, what a browser wants to be told.
HttpAnswer answer_of(const HttpHead& head, int status, std::string body, std::string_view content_type);

struct AwsRequest {
    HttpExchange& exchange;
    bool signed_only = false;
    std::string body{};
    Wire wire = Wire::json;
    std::string operation{};

    Task<void> answer(int status, std::string text);
    Task<void> refuse(std::string type, std::string message, int status = 400);
    Task<void> refuse(const ApiError& error) { return refuse(error.type, error.message, error.status); }
};

}  // namespace kns::aws
