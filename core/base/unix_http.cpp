#include "core/base/unix_http.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

namespace kns {
namespace {

constexpr std::size_t kMaxHeadBytes = 64 << 10;
constexpr std::size_t kReadAhead = 16 << 10;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

template <class Number>
bool parse_whole(std::string_view text, Number& out, int base) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, out, base);
    return !text.empty() && result.ec == std::errc() && result.ptr == end;
}

Failure vanished(bool in_the_middle) {
    return fail(Errc::unavailable, "the daemon {}",
                in_the_middle ? "ended in the middle of its answer" : "closed the connection before it had answered")
        .hint("kns daemon logs");
}

}  // namespace

std::expected<Fd, int> connect_unix(const std::string& path, Deadline deadline) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return std::unexpected(ENAMETOOLONG);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return std::unexpected(errno);
    if (!deadline.is_never()) {  // connect(2) on a Unix socket waits for room in the backlog as long as a send may take
        const Ms left = std::max<Ms>(deadline.left(), 1);
        const timeval limit{.tv_sec = left / 1000, .tv_usec = (left % 1000) * 1000};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    }
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return std::unexpected(errno == EAGAIN || errno == EINPROGRESS ? ETIMEDOUT : errno);
    const timeval unlimited{};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &unlimited, sizeof unlimited);
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return std::unexpected(errno);
    if (peer.uid != ::getuid()) return std::unexpected(EPERM);
    return fd;
}

std::string_view HttpResponse::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same_ignoring_case(key, name)) return value;
    return {};
}

Result<void> HttpConnection::wait(short events, Deadline deadline) {
    pollfd watched[3] = {{.fd = socket_.get(), .events = events, .revents = 0},
                         {.fd = interrupt_fd_, .events = POLLIN, .revents = 0},
                         {.fd = output_fd_, .events = 0, .revents = 0}};
    for (;;) {
        const int ready = ::poll(watched, 3, deadline.poll_timeout());
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return fail_errno(errno, "poll");
        if (watched[1].revents) return fail(Errc::cancelled, "interrupted");
        if (watched[2].revents & POLLERR) {
            ::raise(SIGPIPE);
            return fail(Errc::cancelled, "nobody reads the output any more");
        }
        if (ready == 0)
            return fail(Errc::timed_out, "no answer from the daemon in time")
                .hint("give it longer with --timeout, or see kns daemon logs");
        return {};
    }
}

Result<void> HttpConnection::send(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            KNS_TRY(wait(POLLOUT, deadline));
        } else if (errno != EINTR) {
            return fail_errno(errno, "sending to the daemon");
        }
    }
    return {};
}

Result<std::size_t> HttpConnection::receive(std::span<char> into, Deadline deadline) {
    for (;;) {
        const auto got = ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno == EAGAIN) {
            KNS_TRY(wait(POLLIN, deadline));
        } else if (errno == ECONNRESET) {
            return 0;
        } else if (errno != EINTR) {
            return fail_errno(errno, "reading from the daemon");
        }
    }
}

Result<std::string> HttpConnection::read_line(Deadline deadline) {
    for (std::size_t searched = used_;;) {
        const auto end = buffer_.find('\n', searched);
        if (end != std::string::npos) {
            std::string line = buffer_.substr(used_, end - used_);
            if (line.ends_with('\r')) line.pop_back();
            used_ = end + 1;
            return line;
        }
        if (buffer_.size() - used_ > kMaxHeadBytes)
            return fail(Errc::internal, "the daemon's answer has a line of more than {} bytes", kMaxHeadBytes);
        buffer_.erase(0, used_);
        used_ = 0;
        searched = buffer_.size();
        buffer_.resize(searched + kReadAhead);
        auto got = receive(std::span(buffer_).subspan(searched), deadline);
        buffer_.resize(searched + got.value_or(0));
        if (KNS_TRY(std::move(got)) == 0) return vanished(framing_ != Framing::none);
    }
}

Result<HttpResponse> HttpConnection::read_head(Deadline deadline) {
    HttpResponse response;
    const std::string status_line = KNS_TRY(read_line(deadline));
    if (!status_line.starts_with("HTTP/1.") || status_line.size() < 12 ||
        !parse_whole(std::string_view(status_line).substr(9, 3), response.status, 10))
        return fail(Errc::internal, "what answers on the socket does not speak HTTP: \"{}\"", status_line.substr(0, 60));
    std::size_t total = 0;
    for (;;) {
        const std::string line = KNS_TRY(read_line(deadline));
        if (line.empty()) return response;
        if ((total += line.size()) > kMaxHeadBytes)
            return fail(Errc::internal, "the head of the daemon's answer exceeds {} bytes", kMaxHeadBytes);
        const auto colon = line.find(':');
        if (colon == std::string::npos) return fail(Errc::internal, "malformed header from the daemon: \"{}\"", line.substr(0, 60));
        response.headers.emplace_back(line.substr(0, colon), trimmed(std::string_view(line).substr(colon + 1)));
    }
}

Result<HttpResponse> HttpConnection::request(const HttpRequest& request, Deadline deadline) {
    assert(framing_ == Framing::none);
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: kns\r\n", request.method, request.target);
    for (const auto& [name, value] : request.headers) head += fmt::format("{}: {}\r\n", name, value);
    if (!request.body.empty() || request.method != "GET") head += fmt::format("Content-Length: {}\r\n", request.body.size());
    head += "\r\n";
    auto sent = send(head, deadline);
    if (sent) sent = send(request.body, deadline);
    // A server may refuse before it has read everything, and hang up; its answer then explains more than our EPIPE.
    if (!sent && sent.error().code != Errc::io_error) return std::unexpected(sent.error());

    HttpResponse response = KNS_TRY(read_head(deadline));
    while (response.status >= 100 && response.status < 200 && response.status != 101) response = KNS_TRY(read_head(deadline));

    closing_ = same_ignoring_case(response.header("Connection"), "close");
    const auto length = response.header("Content-Length");
    if (response.status == 101 || response.status == 204 || response.status == 304 || request.method == "HEAD") {
        framing_ = Framing::none;
    } else if (same_ignoring_case(response.header("Transfer-Encoding"), "chunked")) {
        framing_ = Framing::chunked;
        left_ = 0;
        owes_line_end_ = false;
    } else if (!length.empty()) {
        if (!parse_whole(length, left_, 10))
            return fail(Errc::internal, "malformed Content-Length from the daemon: \"{}\"", length);
        framing_ = left_ ? Framing::length : Framing::none;
    } else {
        framing_ = Framing::until_close;
        closing_ = true;
    }
    return response;
}

// Reads the size line of the next chunk, and the trailer after the last one.
Result<void> HttpConnection::next_chunk(Deadline deadline) {
    if (owes_line_end_ && !KNS_TRY(read_line(deadline)).empty()) return fail(Errc::internal, "malformed chunk from the daemon");
    owes_line_end_ = false;  // each step is done once, also by a caller who ran out of time in between and comes again
    const std::string line = KNS_TRY(read_line(deadline));
    if (!parse_whole(trimmed(std::string_view(line).substr(0, line.find(';'))), left_, 16))
        return fail(Errc::internal, "malformed chunk size from the daemon: \"{}\"", line.substr(0, 40));
    if (left_ > 0) {
        owes_line_end_ = true;
        return {};
    }
    while (!KNS_TRY(read_line(deadline)).empty()) continue;
    framing_ = Framing::none;
    return {};
}

Result<std::size_t> HttpConnection::read_body(std::span<char> into, Deadline deadline) {
    assert(!into.empty());
    if (framing_ == Framing::chunked && left_ == 0) KNS_TRY(next_chunk(deadline));
    if (framing_ == Framing::none) return 0;
    if (framing_ != Framing::until_close && left_ < into.size()) into = into.first(left_);
    std::size_t got = std::min(into.size(), buffer_.size() - used_);
    if (got > 0) {
        std::memcpy(into.data(), buffer_.data() + used_, got);
        used_ += got;
    } else {
        got = KNS_TRY(receive(into, deadline));
        if (got == 0 && framing_ != Framing::until_close) return vanished(framing_ != Framing::none);
        if (got == 0) framing_ = Framing::none;
    }
    if (framing_ != Framing::until_close) left_ -= got;
    if (framing_ == Framing::length && left_ == 0) framing_ = Framing::none;
    return got;
}

Result<std::string> HttpConnection::read_body_to_end(Deadline deadline, std::size_t limit) {
    std::string out;
    char piece[16384];
    for (;;) {
        const auto got = KNS_TRY(read_body(piece, deadline));
        if (got == 0) return out;
        if (out.size() + got > limit) return fail(Errc::limit_exceeded, "the daemon's answer exceeds {} bytes", limit);
        out.append(piece, got);
    }
}

// The line that ends a chunk comes with it, the one that begins the next may come an hour later: that bytes are there says
// nothing, a whole size line does.
bool HttpConnection::next_chunk_is_here() {
    for (;;) {
        auto at = used_;
        if (owes_line_end_ && (at = buffer_.find('\n', at)) != std::string::npos) ++at;
        if (at != std::string::npos && buffer_.find('\n', at) != std::string::npos) return true;
        if (used_ > 0) buffer_.erase(0, std::exchange(used_, 0));
        char piece[512];
        const auto got = ::recv(socket_.get(), piece, sizeof piece, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0 || errno != EAGAIN;
        buffer_.append(piece, static_cast<std::size_t>(got));
    }
}

bool HttpConnection::body_is_ready() {
    if (framing_ == Framing::chunked && left_ == 0) return next_chunk_is_here();
    if (used_ < buffer_.size() || framing_ == Framing::none) return true;
    pollfd watched{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0) > 0;
}

bool HttpConnection::can_be_reused() const {
    if (!socket_ || framing_ != Framing::none || closing_ || used_ < buffer_.size()) return false;
    pollfd watched{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0) == 0;  // an idle server has nothing to say but goodbye
}

HttpConnection::Upgraded HttpConnection::take_socket() {
    Upgraded out{std::move(socket_), buffer_.substr(used_)};
    buffer_.clear();
    used_ = 0;
    return out;
}

std::string percent_encode(std::string_view text) {
    static constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (kPlain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace kns
