// One HTTP request and its answer, as a handler sees them. Lives on the I/O thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/record_batch.hpp"
#include "daemon/asio.hpp"

namespace kns {

inline constexpr std::size_t kMaxJsonBody = 1 << 20;

struct HttpHead {
    std::string method, target;                               // as sent
    std::string path;                                         // decoded, without the query
    std::map<std::string, std::string, std::less<>> query;    // decoded; a flag without a value is ""
    std::map<std::string, std::string, std::less<>> headers;  // names in lower case
    bool keep_alive = true;

    // Several of a name are one, with commas between.
    void add_header(std::string lower_name, std::string_view value);
    std::string_view header(std::string_view name) const;
    std::optional<std::string> param(std::string_view name) const;
    bool flag(std::string_view name) const;  // present, and not "0" or "false"
};

// Fills path and query from the target. False if it is malformed.
bool parse_target(HttpHead& head);

struct HttpAnswer {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers{};
};

// The server's side of a connection, implemented where Beast is known.
class HttpExchange {
   public:
    virtual ~HttpExchange() = default;

    const HttpHead& head() const { return head_; }
    bool answered() const { return answered_; }
    // The client is told not to ask again on this connection.
    void close_when_answered() { head_.keep_alive = false; }

    // The whole body; larger than `limit` is an error.
    virtual Task<Result<std::string>> read_body(std::size_t limit) = 0;
    // Some of the body; 0 at its end. An error if the client vanished.
    virtual Task<Result<std::size_t>> read_some(std::span<char> into) = 0;

    // Overwrites what of the request still lies in the connection's own memory: it was a secret.
    virtual void wipe_received() = 0;

    virtual Task<void> answer(HttpAnswer answer) = 0;
    // A body of unknown length, in chunks. False: the client is gone, stop.
    virtual Task<bool> begin_chunks(int status, std::string content_type) = 0;
    virtual Task<bool> write_chunk(std::span<const Bytes> parts) = 0;
    virtual Task<bool> end_chunks() = 0;
    // For answers that wait for something: `gone` is called once if the client closes meanwhile. Until the answer ends.
    virtual void watch_client(std::function<void()> gone) = 0;
    virtual bool client_is_gone() const = 0;
    // Switches protocols: afterwards the caller owns the socket, and what had already been read from it.
    virtual Task<std::pair<Socket, std::string>> upgrade(std::string protocol) = 0;

   protected:
    HttpHead head_;
    bool answered_ = false;
};

using HttpHandler = std::function<Task<void>(HttpExchange&)>;

HttpAnswer error_answer(const Error& error);
HttpAnswer json_answer(std::string json, int status = 200);

}  // namespace kns
