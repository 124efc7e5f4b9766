// AWS Signature Version 4, checked and made. Pure but for the clock reading passed in.
//
// Contract: "AWS Signature Version 4 for API requests" of the IAM guide, and the texts of its errors as the services say them.
// Signatures are compared in constant time.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/secret_text.hpp"
#include "core/base/time.hpp"

namespace kns::aws {

struct SignedRequest {
    std::string_view method;
    std::string_view target;                                               // path and query as sent, still encoded
    std::vector<std::pair<std::string_view, std::string_view>> headers{};  // names in lower case, in the order received
    std::string_view body;
};

// What went wrong, as AWS names and words it.
struct AuthError {
    std::string type;  // "InvalidSignatureException"
    std::string message;
};

struct Caller {
    std::string access_key_id, region, service;
};

// The secret of an access key; nothing if there is no such key.
using FindSecret = std::function<std::optional<SecretText>(std::string_view access_key_id)>;

// By the Authorization header or the query of a presigned URL (never both). The date may be fifteen minutes off; a presigned URL
// is good for as long as it says.
std::expected<Caller, AuthError> check_signature(const SignedRequest& request, const FindSecret& find, UnixMs now);

// Whoever asks a service for something.
struct Credentials {
    std::string access_key_id;
    SecretText secret_access_key;
    std::string session_token;  // of temporary ones; or empty
};

// The headers to add, the Authorization last. Of the request the host header must be there, and its target encoded as it will be
// sent; the service "s3" has its path signed as it is. `body_hash`: SHA-256 in hex, or one of S3's words in its place.
std::vector<std::pair<std::string, std::string>> sign(const Credentials& who, std::string_view region, std::string_view service,
                                                      SignedRequest request, std::string_view body_hash, UnixMs now);

std::string sha256_hex(std::string_view text);
// As URLs of AWS's services have it: all but letters, digits and -._~ encoded, and a slash kept or not.
std::string uri_encode(std::string_view text, bool keep_slash);

}  // namespace kns::aws
