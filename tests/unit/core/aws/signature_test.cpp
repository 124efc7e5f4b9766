#include "core/aws/signature.hpp"

#include <catch2/catch.hpp>

#include "core/aws/token.hpp"

using namespace kns;
using namespace kns::aws;

namespace {

// The example of AWS's documentation: GET of IAM's ListUsers at 2015-08-30T12:36:00Z.
constexpr UnixMs kThen = 1'440'938'160'000;
constexpr std::string_view kAuthorization =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

SignedRequest list_users() {
    return {.method = "GET",
            .target = "/?Action=ListUsers&Version=2010-05-08",
            .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
                        {"host", "iam.amazonaws.com"},
                        {"x-amz-date", "20150830T123600Z"},
                        {"authorization", kAuthorization}},
            .body = ""};
}

std::optional<SecretText> secret_of(std::string_view id) {
    if (id != "AKIDEXAMPLE") return std::nullopt;
    return SecretText(std::string("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
}

std::string refusal(const SignedRequest& request, UnixMs now = kThen) {
    const auto caller = check_signature(request, secret_of, now);
    return caller ? "taken" : caller.error().type;
}

}  // namespace

TEST_CASE("the signature of AWS's own example is right") {
    const auto caller = check_signature(list_users(), secret_of, kThen);
    REQUIRE(caller);
    CHECK(caller->access_key_id == "AKIDEXAMPLE");
    CHECK(caller->region == "us-east-1");
    CHECK(caller->service == "iam");
}

TEST_CASE("whatever is signed cannot be changed") {
    auto other = list_users();
    other.body = "x";
    CHECK(refusal(other) == "InvalidSignatureException");
    other = list_users();
    other.target = "/?Action=DeleteUser&Version=2010-05-08";
    CHECK(refusal(other) == "InvalidSignatureException");
    other = list_users();
    other.headers[1].second = "elsewhere";
    CHECK(refusal(other) == "InvalidSignatureException");
    CHECK(refusal(list_users(), kThen + 16 * kMinute) == "InvalidSignatureException");
    CHECK(refusal(list_users(), kThen - 16 * kMinute) == "InvalidSignatureException");
    CHECK(refusal(list_users(), kThen + 14 * kMinute) == "taken");
}

TEST_CASE("what is missing has a name") {
    auto request = list_users();
    request.headers.pop_back();
    CHECK(refusal(request) == "MissingAuthenticationTokenException");
    for (const auto* authorization : {"AWS4-HMAC-SHA256 Credential=a/b", "Basic abc", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ="}) {
        request = list_users();
        request.headers.back().second = authorization;
        CHECK(refusal(request) == "IncompleteSignatureException");
    }
    request = list_users();
    const std::string nobodys =
        "AWS4-HMAC-SHA256 Credential=AKIANOBODY/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00";
    request.headers.back().second = nobodys;
    CHECK(refusal(request) == "UnrecognizedClientException");
    request = list_users();
    request.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256";
    CHECK(refusal(request) == "InvalidSignatureException");
}

TEST_CASE("a token is good for five minutes, for its purpose, and by nobody else's making") {
    const auto key = SecretKey::random();
    const auto token = seal_token(key, "ShardIterator", "a place", 1000);
    CHECK(token.size() <= 512);
    CHECK(open_token(key, "ShardIterator", token, 1000 + kTokenLife).value() == "a place");
    CHECK(open_token(key, "ShardIterator", token, 1001 + kTokenLife).error().code == Errc::expired);
    CHECK(open_token(key, "NextToken", token, 1000).error().code == Errc::invalid_argument);
    CHECK(open_token(SecretKey::random(), "ShardIterator", token, 1000).error().code == Errc::invalid_argument);
    auto other = token;
    other[10] = other[10] == 'A' ? 'B' : 'A';
    CHECK(open_token(key, "ShardIterator", other, 1000).error().code == Errc::invalid_argument);
    CHECK(open_token(key, "ShardIterator", "", 1000).error().code == Errc::invalid_argument);
}

TEST_CASE("what is signed for S3 is signed as in AWS's own example") {
    const Credentials who{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                          .secret_access_key = SecretText(std::string("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))};
    const SignedRequest request{.method = "PUT",
                                .target = "/test%24file.text",
                                .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                            {"host", "examplebucket.s3.amazonaws.com"},
                                            {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                                .body = ""};
    const auto added = sign(who, "us-east-1", "s3", request, sha256_hex("Welcome to Amazon S3."), 1'369'353'600'000);
    CHECK(added[0] == std::pair<std::string, std::string>("x-amz-date", "20130524T000000Z"));
    CHECK(added.back().second ==
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
          "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
          "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("what is signed for another service is what is checked") {
    const Credentials who{.access_key_id = "AKIDEXAMPLE",
                          .secret_access_key = SecretText(std::string("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")),
                          .session_token = "a token"};
    SignedRequest request{.method = "POST", .target = "/a%20b/./c?y=2&x=1", .headers = {{"host", "h:1"}}, .body = "the body"};
    const auto added = sign(who, "eu-west-1", "lambda", request, sha256_hex(request.body), kThen);
    for (const auto& [name, value] : added) request.headers.emplace_back(name, value);
    CHECK(refusal(request) == "taken");
    request.body = "another";
    CHECK(refusal(request) == "InvalidSignatureException");
}
