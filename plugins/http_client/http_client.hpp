// HTTP as plugins speak it to real services, over libcurl. One thread, one connection kept from call to call.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/record_batch.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

struct HttpCall {
    std::string method;
    std::string url;  // sent as it is
    std::vector<std::pair<std::string, std::string>> headers{};
    Bytes body{};                      // lasts until the call returns
    Ms timeout = 3 * kMinute;          // for the whole of it
    std::size_t max_answer = 1 << 20;  // bytes; more is an error
};

struct HttpReply {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;

    std::string_view header(std::string_view name) const;  // empty: none
};

// Why there was no answer, or none that counts.
enum class HttpTrouble { connect, tls, reset, timeout, too_large, other };

struct HttpFailure {
    HttpTrouble trouble = HttpTrouble::other;
    std::string message;  // names the host
    Error error() const;  // all can be tried again
};

class HttpClient {
   public:
    HttpClient();
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;

    // Whatever its status is, an answer is no failure. Redirections are not followed; certificates are verified.
    std::expected<HttpReply, HttpFailure> call(const HttpCall& call);

   private:
    struct Curl;
    std::unique_ptr<Curl> curl_;
};

}  // namespace kns
