// A blocking HTTP/1.1 client on a Unix socket, for one connection at a time.
//
//     Fd socket = ...connect_unix(path, deadline)...;
//     HttpConnection daemon(std::move(socket));
//     HttpResponse response = KNS_TRY(daemon.request({.method = "GET", .target = "/v1/streams"}, deadline));
//     std::string body = KNS_TRY(daemon.read_body_to_end(deadline));
//
// Bodies come by Content-Length or chunked, in whatever pieces the caller has room for. Lives on one thread.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/posix.hpp"
#include "core/base/result.hpp"

namespace kns {

// Connects, or says why not as an errno: whoever asks decides what ENOENT (never started), ECONNREFUSED (gone), EACCES
// and ETIMEDOUT mean to him. EPERM: somebody else's process is listening there.
std::expected<Fd, int> connect_unix(const std::string& path, Deadline deadline);

struct HttpRequest {
    std::string method = "GET";
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string_view body{};  // borrowed for the call
};

struct HttpResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;

    std::string_view header(std::string_view name) const;  // any case; empty if absent
};

class HttpConnection {
   public:
    explicit HttpConnection(Fd socket) : socket_(std::move(socket)) {}

    // Waiting ends with `cancelled` as soon as this descriptor is readable (a self-pipe fed by a signal handler).
    // Borrowed; -1: none.
    void watch_for_interrupt(int fd) { interrupt_fd_ = fd; }

    // Waiting also ends when nobody reads this pipe or socket any more: the process then gets the SIGPIPE that its next
    // write would have got, so that `kns stream tail x | head -1` ends with head. Borrowed; -1: none.
    void watch_output(int fd) { output_fd_ = fd; }

    // Sends a request and reads the head of its answer. The previous answer's body must have been read to its end.
    Result<HttpResponse> request(const HttpRequest& request, Deadline deadline);

    // Reads some of the body into `into` (not empty); 0 at its end. Large pieces go from the socket to `into` directly.
    Result<std::size_t> read_body(std::span<char> into, Deadline deadline);
    // The rest of it; more than `limit` bytes is an error.
    Result<std::string> read_body_to_end(Deadline deadline, std::size_t limit = 64 << 20);
    // Whether read_body would give something, or its end or an error, without waiting.
    bool body_is_ready();

    // After 101 Switching Protocols: the socket, and what came behind the head already. The connection is then empty.
    struct Upgraded {
        Fd socket;
        std::string already_read;
    };
    Upgraded take_socket();

    int fd() const { return socket_.get(); }  // to poll; not to read

    // Whether another request can be sent: the last answer is read, and the server has not hung up since.
    bool can_be_reused() const;

   private:
    enum class Framing { none, length, chunked, until_close };

    Result<void> send(std::string_view bytes, Deadline deadline);
    Result<std::size_t> receive(std::span<char> into, Deadline deadline);  // 0: the other side closed
    Result<void> wait(short events, Deadline deadline);
    Result<std::string> read_line(Deadline deadline);  // without its CRLF
    Result<HttpResponse> read_head(Deadline deadline);
    Result<void> next_chunk(Deadline deadline);
    bool next_chunk_is_here();

    Fd socket_;
    int interrupt_fd_ = -1, output_fd_ = -1;
    std::string buffer_;  // received, not yet used: [used_, size)
    std::size_t used_ = 0;
    Framing framing_ = Framing::none;
    std::uint64_t left_ = 0;      // of the body, or of the present chunk
    bool owes_line_end_ = false;  // the CRLF behind the chunk before is still to be read
    bool closing_ = false;        // the server will close after this answer
};

// "a b" -> "a%20b", for a path segment or a query value.
std::string percent_encode(std::string_view text);

}  // namespace kns
