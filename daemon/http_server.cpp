// The only file that includes Beast.
#include "daemon/http_server.hpp"

#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstring>

#include "core/base/api/daemon.hpp"
#include "core/base/log.hpp"
#include "core/base/resize_uninitialized.hpp"
#include "core/base/secret_text.hpp"
#include "daemon/build_id.hpp"
#include "daemon/own_program.hpp"
#include "daemon/patience.hpp"

namespace kns {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr auto kHeaderTimeout = std::chrono::seconds(10);  // from a request's first byte to the end of its header
constexpr std::size_t kMaxHeaderBytes = 16 << 10;
constexpr std::size_t kReadAhead = 16 << 10, kReadAtOnce = 1 << 20;
constexpr int kChunkBuffer = 1 << 20;  // the kernel allows what it allows

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
        out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
        i += 2;
    }
    if (out.find('\0') != std::string::npos) return std::nullopt;
    return out;
}

std::string_view reason(int status) { return http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status))); }

class Exchange final : public HttpExchange {
   public:
    using Parser = http::request_parser<http::buffer_body>;

    Exchange(Socket& socket, beast::flat_buffer& buffer, Parser& parser, HttpHead head, Patience& patience)
        : socket_(socket), buffer_(buffer), parser_(parser), patience_(patience) {
        head_ = std::move(head);
        if (!parser.is_header_done())
            left_ = 0;  // what is no request has no body
        else if (!parser.chunked())
            left_ = parser.content_length().value_or(0);
        patience_.expect(left_.value_or(Patience::kUnknownBody));
    }
    bool body_is_read() const { return left_ ? *left_ == 0 : parser_.is_done(); }
    bool upgraded() const { return upgraded_; }
    bool broken() const { return broken_; }
    // A body that was begun and not ended: only closing the connection tells the client.
    bool cut_off() const { return in_chunks_; }

    Task<Result<std::string>> read_body(std::size_t limit) override {
        std::string body;
        // Memory that nothing is written to costs nothing: what a client announces and does not send.
        if (left_) body.reserve(std::min<std::uint64_t>(*left_ + 1, limit + 1));
        for (;;) {
            const std::size_t used = body.size();
            if (used > limit) co_return fail(Errc::invalid_argument, "the request body is larger than {} bytes", limit);
            const std::size_t room = left_ ? std::clamp<std::uint64_t>(*left_, 1, kReadAtOnce) : kReadAhead;
            resize_uninitialized(body, used + room);
            auto n = co_await read_some(std::span(body).subspan(used));
            if (!n) co_return std::unexpected(std::move(n).error());
            body.resize(used + *n);
            if (*n == 0) co_return body;
        }
    }

    Task<Result<std::size_t>> read_some(std::span<char> into) override {
        if (body_is_read() || into.empty()) co_return 0;
        if (std::exchange(expects_continue_, false)) {
            const std::string go = "HTTP/1.1 100 Continue\r\n\r\n";
            co_await asio::async_write(socket_, asio::buffer(go), kNoThrow);
        }
        if (left_) {
            into = into.first(std::min<std::uint64_t>(into.size(), *left_));
            std::size_t got = std::min(into.size(), buffer_.size());
            if (got > 0) {
                std::memcpy(into.data(), buffer_.data().data(), got);
                buffer_.consume(got);
            } else {
                patience_.begin();
                auto [lost, n] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), kNoThrow);
                patience_.end();
                if (lost) {
                    broken_ = true;
                    co_return fail(Errc::cancelled, "the client went away: {}", lost.message());
                }
                got = n;
            }
            *left_ -= got;
            co_return got;
        }
        parser_.get().body().data = into.data();
        parser_.get().body().size = into.size();
        patience_.begin();
        auto [failure, n] = co_await http::async_read(socket_, buffer_, parser_, kNoThrow);
        patience_.end();
        if (failure && failure != http::error::need_buffer) {
            broken_ = true;
            co_return fail(Errc::cancelled, "the client went away: {}", failure.message());
        }
        co_return into.size() - parser_.get().body().size;
    }

    void wipe_received() override {
        if (buffer_.size() > 0) return;  // the next request is there already
        const auto room = buffer_.prepare(buffer_.capacity());
        wipe({static_cast<std::byte*>(room.data()), room.size()});
    }

    Task<void> answer(HttpAnswer answer) override {
        answered_ = true;
        std::string text = status_line(answer.status) +
                           fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", answer.content_type, answer.body.size());
        for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
        text += "\r\n";
        std::array<asio::const_buffer, 2> parts{asio::buffer(text), asio::buffer(answer.body)};
        if (head_.method == "HEAD") parts[1] = {};
        patience_.expect(text.size() + answer.body.size());
        co_await write(parts);
    }

    Task<bool> begin_chunks(int status, std::string content_type) override {
        answered_ = in_chunks_ = true;
        // Room for a whole chunk, so that reading the next one and sending this one overlap.
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDBUF, &kChunkBuffer, sizeof kChunkBuffer);
        const std::string text =
            status_line(status) + fmt::format("Content-Type: {}\r\nTransfer-Encoding: chunked\r\n\r\n", content_type);
        auto [failure, n] = co_await asio::async_write(socket_, asio::buffer(text), kNoThrow);
        co_return !(broken_ |= static_cast<bool>(failure));
    }

    Task<bool> write_chunk(std::span<const Bytes> parts) override {
        std::size_t size = 0;
        for (const auto& part : parts) size += part.size();
        if (size == 0) co_return !broken_;
        const std::string before = fmt::format("{:x}\r\n", size);
        std::vector<asio::const_buffer> buffers{asio::buffer(before)};
        for (const auto& part : parts) buffers.emplace_back(part.data(), part.size());
        buffers.push_back(asio::buffer("\r\n", 2));
        patience_.expect(size);
        co_await write(buffers);
        co_return !broken_;
    }

    Task<bool> end_chunks() override {
        in_chunks_ = false;
        auto [failure, n] = co_await asio::async_write(socket_, asio::buffer("0\r\n\r\n", 5), kNoThrow);
        co_return !(broken_ |= static_cast<bool>(failure));
    }

    Task<std::pair<Socket, std::string>> upgrade(std::string protocol) override {
        answered_ = upgraded_ = true;
        const std::string text = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + protocol +
                                 "\r\nKns-Api: " + std::string(kApiVersion) + "\r\n\r\n";
        co_await asio::async_write(socket_, asio::buffer(text), kNoThrow);
        std::string left(static_cast<const char*>(buffer_.data().data()), buffer_.data().size());
        buffer_.consume(left.size());
        co_return std::pair(std::move(socket_), std::move(left));
    }

    void watch_client(std::function<void()> gone) override {
        watch_ = std::make_shared<std::function<void()>>(std::move(gone));
        socket_.async_wait(Socket::wait_read, [this, watch = std::weak_ptr(watch_)](error_code failure) {
            const auto alive = watch.lock();
            if (failure || !alive) return;
            char byte = 0;
            if (::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return;  // pipelined: somebody is there
            broken_ = true;
            (*alive)();
        });
    }
    bool client_is_gone() const override { return broken_; }
    void stop_watching() {
        if (!std::exchange(watch_, nullptr)) return;
        error_code ignored;
        socket_.cancel(ignored);
    }

    void expect_continue() { expects_continue_ = true; }

   private:
    // All of it, as long as the client takes some now and then.
    Task<void> write(std::span<asio::const_buffer> parts) {
        while (!parts.empty() && !broken_) {
            patience_.begin();
            auto [failure, n] = co_await socket_.async_write_some(parts, kNoThrow);
            patience_.end();
            broken_ |= static_cast<bool>(failure);
            std::size_t taken = n;
            for (; !parts.empty() && taken >= parts.front().size(); parts = parts.subspan(1)) taken -= parts.front().size();
            if (!parts.empty()) parts.front() += taken;
        }
    }

    std::string status_line(int status) const {
        return fmt::format("HTTP/1.1 {} {}\r\nKns-Api: {}\r\nKns-Build: {}\r\n{}{}", status, reason(status), kApiVersion, kBuildId,
                           own_program_was_replaced() ? "Kns-Stale: 1\r\n" : "", head_.keep_alive ? "" : "Connection: close\r\n");
    }

    Socket& socket_;
    beast::flat_buffer& buffer_;
    Parser& parser_;
    Patience& patience_;
    std::shared_ptr<std::function<void()>> watch_;  // shared with the wait under way, which outlives this object
    std::optional<std::uint64_t> left_;  // of a body whose length is known, which is read past Beast; none: it comes in chunks
    bool upgraded_ = false, broken_ = false, in_chunks_ = false, expects_continue_ = false;
};

}  // namespace

bool parse_target(HttpHead& head) {
    const std::string_view target = head.target;
    const auto question = target.find('?');
    const auto path = percent_decode(target.substr(0, question));
    if (!path || !path->starts_with('/')) return false;
    head.path = *path;
    auto rest = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        const auto name = percent_decode(pair.substr(0, equals));
        const auto value = percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
        if (!name || !value) return false;
        head.query[*name] = *value;
    }
    return true;
}

void HttpHead::add_header(std::string lower_name, std::string_view value) {
    const auto [place, added] = headers.try_emplace(std::move(lower_name), value);
    if (!added) place->second.append(",").append(value);
}

std::string_view HttpHead::header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : found->second;
}

std::optional<std::string> HttpHead::param(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::nullopt : std::optional(found->second);
}

bool HttpHead::flag(std::string_view name) const {
    const auto value = param(name);
    return value && *value != "0" && *value != "false";
}

HttpAnswer json_answer(std::string json, int status) { return {.status = status, .body = std::move(json) + "\n"}; }

HttpAnswer error_answer(const Error& error) {
    JsonWriter out;
    out.begin_object().key("error").begin_object();
    out.member("code", name_of(error.code)).member("message", error.text());
    if (!error.hint.empty()) out.member("hint", error.hint);
    if (!error.details.empty()) out.key("details").raw(error.details);
    out.end_object().end_object();
    return json_answer(out.take(), row_of(error.code).http_status);
}

Task<void> serve_http(Socket socket, HttpHandler handler, std::optional<std::chrono::seconds> stalls) {
    beast::flat_buffer buffer(kMaxHeaderBytes + kReadAhead);
    Patience patience = patience_with(socket, stalls);
    for (;;) {
        // Waiting for a request costs nothing and may last; once it has begun its header has ten seconds.
        if (buffer.size() == 0) {
            auto [failure] = co_await socket.async_wait(Socket::wait_read, kNoThrow);
            if (failure) co_return;
        }
        Exchange::Parser parser;
        parser.header_limit(kMaxHeaderBytes);
        parser.body_limit(boost::none);
        patience.begin(kHeaderTimeout);
        auto [failure, n] = co_await http::async_read_header(socket, buffer, parser, kNoThrow);
        patience.end();
        if (failure == http::error::end_of_stream || failure == asio::error::operation_aborted ||
            failure == asio::error::connection_reset)
            co_return;

        HttpHead head;
        const auto& request = parser.get();
        head.method = request.method_string();
        head.target = request.target();
        head.keep_alive = request.keep_alive();
        for (const auto& field : request) {
            std::string name(field.name_string());
            for (auto& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            head.add_header(std::move(name), field.value());
        }
        const bool good = !failure && parse_target(head);
        if (!good) head.keep_alive = false;
        const bool wants_continue = beast::iequals(request[http::field::expect], "100-continue");
        Exchange exchange(socket, buffer, parser, std::move(head), patience);
        if (!good) {
            HttpAnswer refusal = error_answer(
                fail(Errc::invalid_argument, "not an HTTP request: {}", failure ? failure.message() : "malformed target"));
            co_await exchange.answer(std::move(refusal));
            co_return;
        }
        if (wants_continue) exchange.expect_continue();
        co_await handler(exchange);
        exchange.stop_watching();
        if (exchange.upgraded() || exchange.broken() || exchange.cut_off() || !exchange.head().keep_alive) co_return;
        // What the handler left of the body: a little is read over, more is not worth it.
        std::string rest(kReadAhead, '\0');
        for (int i = 0; i < 64 && !exchange.body_is_read(); ++i) {
            auto more = co_await exchange.read_some(std::span(rest));
            if (!more) co_return;
        }
        if (!exchange.body_is_read()) co_return;
    }
}

}  // namespace kns
