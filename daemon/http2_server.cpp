// The only file that includes nghttp2.
#include "daemon/http2_server.hpp"

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstring>

#include "core/base/log.hpp"
#include "core/base/secret_text.hpp"
#include "daemon/notifier.hpp"
#include "daemon/patience.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxHeaderBytes = 16 << 10;  // of a request: as HTTP/1.1
constexpr std::uint32_t kMaxStreams = 1000;        // of a connection, at once
constexpr std::int32_t kStreamWindow = 1 << 20, kConnectionWindow = 4 << 20;
constexpr std::size_t kMaxUnsent = 256 << 10;  // of an answer's body that goes on
constexpr std::size_t kWriteAtOnce = 64 << 10;

class Connection;

class Stream final : public HttpExchange {
   public:
    Stream(Connection& connection, std::int32_t id);

    // --- from nghttp2
    bool take_header(std::string_view name, std::string_view value);
    bool ready();
    void take_body(Bytes bytes);
    void end_body();
    void client_left();
    ssize_t give(std::span<std::uint8_t> into, std::uint32_t& flags);

    // The handler has ended: what still comes of the body is read over.
    void read_over();

    Task<Result<std::string>> read_body(std::size_t limit) override;
    Task<Result<std::size_t>> read_some(std::span<char> into) override;
    void wipe_received() override { wipe(std::as_writable_bytes(std::span(in_))); }
    Task<void> answer(HttpAnswer answer) override;
    Task<bool> begin_chunks(int status, std::string content_type) override;
    Task<bool> write_chunk(std::span<const Bytes> parts) override;
    Task<bool> end_chunks() override;
    void watch_client(std::function<void()> gone) override { watch_ = std::move(gone); }
    bool client_is_gone() const override { return gone_; }
    Task<std::pair<Socket, std::string>> upgrade(std::string protocol) override;

   private:
    void begin_answer(int status, std::string_view content_type, std::span<const std::pair<std::string, std::string>> headers,
                      std::optional<std::size_t> length);
    void consumed(std::size_t bytes);
    void resume();
    void wait_for_client();
    void give_up();
    Task<void> wait_for_body();

    Connection& connection_;
    std::int32_t id_;
    std::size_t header_bytes_ = 0;
    std::string in_;      // of the request's body, not read yet
    std::size_t at_ = 0;  // where it goes on
    bool in_ended_ = false, reading_ = false, reading_over_ = false;
    std::string out_;  // of the answer's body, not sent yet
    std::size_t out_at_ = 0;
    bool out_ended_ = false, out_given_ = false, gone_ = false;
    Notifier changed_;
    Patience patience_;  // from its first byte on, whenever it is the client who has to do something
    std::function<void()> watch_;
};

class Connection {
   public:
    Connection(asio::io_context& io, Socket socket, HttpHandler handler, std::optional<std::chrono::seconds> stalls)
        : io_(io),
          socket_(std::move(socket)),
          stalls_(stalls),
          patience_(patience_with(socket_, stalls)),
          handler_(std::move(handler)),
          to_send_(io),
          ended_(io) {}
    ~Connection() { nghttp2_session_del(session_); }

    Task<void> run();
    asio::io_context& io() { return io_; }
    std::optional<std::chrono::seconds> stalls() const { return stalls_; }
    nghttp2_session* session() { return session_; }
    void send_soon() { to_send_.notify(); }

   private:
    void open_session();
    void begin(Task<void> work);  // `run` waits for its end
    Task<void> write();
    Task<void> handle(std::shared_ptr<Stream> stream, std::int32_t id);
    void begin_requests();
    std::shared_ptr<Stream> find(std::int32_t id) const {
        const auto found = streams_.find(id);
        return found == streams_.end() ? nullptr : found->second;
    }
    static Connection& of(void* user_data) { return *static_cast<Connection*>(user_data); }
    void add_callbacks(nghttp2_session_callbacks* callbacks);

    asio::io_context& io_;
    Socket socket_;
    std::optional<std::chrono::seconds> stalls_;
    Patience patience_;  // with one who does not take what is sent, whichever stream it is of
    HttpHandler handler_;
    nghttp2_session* session_ = nullptr;
    std::map<std::int32_t, std::shared_ptr<Stream>> streams_;  // shared with their handlers
    std::vector<std::int32_t> begun_;                          // requests whose header has just come
    Notifier to_send_, ended_;
    std::size_t under_way_ = 0;  // what has begun and not ended: handlers, and the writer
    bool over_ = false, leaving_ = false;
};

Stream::Stream(Connection& connection, std::int32_t id)
    : connection_(connection),
      id_(id),
      changed_(connection.io()),
      patience_(connection.io().get_executor(), connection.stalls(), [this] { give_up(); }) {
    patience_.expect(Patience::kUnknownBody);
    patience_.begin();
}

bool Stream::ready() {
    if (head_.method.empty() || head_.target.empty() || !parse_target(head_)) return false;
    const auto length = head_.header("content-length");
    std::uint64_t bytes = Patience::kUnknownBody;
    std::from_chars(length.data(), length.data() + length.size(), bytes);
    patience_.expect(bytes);
    wait_for_client();
    return true;
}

// The client has to do something: who reads wants more of the body, or there is something of the answer to take.
void Stream::wait_for_client() {
    const bool body_due = reading_ && at_ == in_.size() && !in_ended_;
    const bool answer_due = out_at_ < out_.size() || (out_ended_ && !out_given_);
    if (!gone_ && (body_due || answer_due))
        patience_.begin();
    else
        patience_.end();
}

void Stream::give_up() {
    nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_CANCEL);
    connection_.send_soon();
    client_left();
}

bool Stream::take_header(std::string_view name, std::string_view value) {
    header_bytes_ += name.size() + value.size() + 32;
    if (header_bytes_ > kMaxHeaderBytes) return false;
    if (name == ":method")
        head_.method = value;
    else if (name == ":path")
        head_.target = value;
    else if (name == ":authority")
        head_.headers["host"] = value;
    else if (!name.starts_with(':') && !(name == "host" && head_.headers.contains("host")))
        head_.add_header(std::string(name), value);
    return true;
}

void Stream::consumed(std::size_t bytes) {
    nghttp2_session_consume(connection_.session(), id_, bytes);
    connection_.send_soon();
}

void Stream::take_body(Bytes bytes) {
    if (reading_over_)
        consumed(bytes.size());
    else
        in_ += as_text(bytes);
    wait_for_client();
    changed_.notify();
}

void Stream::end_body() {
    in_ended_ = true;
    wait_for_client();
    changed_.notify();
}

void Stream::client_left() {
    if (std::exchange(gone_, true)) return;
    patience_.end();
    changed_.notify();
    if (const auto watch = std::exchange(watch_, nullptr)) watch();
}

void Stream::read_over() {
    watch_ = nullptr;
    reading_ = reading_over_ = true;
    consumed(in_.size() - at_);
    in_ = {};
    at_ = 0;
    wait_for_client();
    if (!gone_ && !answered_) nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
}

Task<void> Stream::wait_for_body() {
    reading_ = true;
    while (at_ == in_.size() && !in_ended_ && !gone_) {
        wait_for_client();
        co_await changed_.wait();
    }
    reading_ = false;
}

Task<Result<std::size_t>> Stream::read_some(std::span<char> into) {
    co_await wait_for_body();
    if (at_ == in_.size()) {
        if (!in_ended_) co_return fail(Errc::cancelled, "the client went away");
        co_return std::size_t{0};
    }
    const auto count = std::min(into.size(), in_.size() - at_);
    std::memcpy(into.data(), in_.data() + at_, count);
    at_ += count;
    if (at_ == in_.size()) {
        in_.clear();
        at_ = 0;
    }
    consumed(count);
    co_return count;
}

Task<Result<std::string>> Stream::read_body(std::size_t limit) {
    std::string body;
    for (;;) {
        co_await wait_for_body();
        const auto count = in_.size() - at_;
        if (count == 0 && !in_ended_) co_return fail(Errc::cancelled, "the client went away");
        if (count == 0) co_return body;
        if (body.size() + count > limit) co_return fail(Errc::invalid_argument, "the request body is larger than {} bytes", limit);
        body.append(in_, at_, count);
        in_.clear();
        at_ = 0;
        consumed(count);
    }
}

void Stream::begin_answer(int status, std::string_view content_type, std::span<const std::pair<std::string, std::string>> headers,
                          std::optional<std::size_t> length) {
    answered_ = true;
    if (gone_) return;
    std::vector<std::pair<std::string, std::string>> fields{{":status", std::to_string(status)},
                                                            {"content-type", std::string(content_type)}};
    if (length) fields.emplace_back("content-length", std::to_string(*length));
    for (auto [name, value] : headers) {
        for (auto& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        fields.emplace_back(std::move(name), std::move(value));
    }
    const auto bytes = [](std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); };
    std::vector<nghttp2_nv> pairs;
    for (auto& [name, value] : fields)
        pairs.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    nghttp2_data_provider body{};
    body.source.ptr = this;
    body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size, std::uint32_t* flags,
                            nghttp2_data_source* source,
                            void*) { return static_cast<Stream*>(source->ptr)->give({into, size}, *flags); };
    nghttp2_submit_response(connection_.session(), id_, pairs.data(), pairs.size(), &body);
    patience_.expect(out_.size());
    wait_for_client();
    connection_.send_soon();
}

ssize_t Stream::give(std::span<std::uint8_t> into, std::uint32_t& flags) {
    const auto count = std::min(into.size(), out_.size() - out_at_);
    if (count == 0 && !out_ended_) return NGHTTP2_ERR_DEFERRED;
    std::memcpy(into.data(), out_.data() + out_at_, count);
    out_at_ += count;
    if (out_at_ == out_.size()) {
        out_.clear();
        out_at_ = 0;
        out_given_ = out_ended_;
        if (out_given_) flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    wait_for_client();
    changed_.notify();
    return static_cast<ssize_t>(count);
}

void Stream::resume() {
    if (gone_) return;
    patience_.expect(out_.size() - out_at_);
    wait_for_client();
    nghttp2_session_resume_data(connection_.session(), id_);
    connection_.send_soon();
}

Task<void> Stream::answer(HttpAnswer answer) {
    const auto length = answer.body.size();
    if (head_.method != "HEAD") out_ = std::move(answer.body);
    out_ended_ = true;
    begin_answer(answer.status, answer.content_type, answer.headers, length);
    while (!gone_ && out_.size() - out_at_ > kMaxUnsent) co_await changed_.wait();  // who answers knows what is held for it
}

Task<bool> Stream::begin_chunks(int status, std::string content_type) {
    begin_answer(status, content_type, {}, std::nullopt);
    co_return !gone_;
}

Task<bool> Stream::write_chunk(std::span<const Bytes> parts) {
    for (const auto& part : parts) out_ += as_text(part);
    resume();
    while (!gone_ && out_.size() - out_at_ > kMaxUnsent) co_await changed_.wait();
    co_return !gone_;
}

Task<bool> Stream::end_chunks() {
    out_ended_ = true;
    resume();
    co_return !gone_;
}

// HTTP/2 has no such thing, and nobody asks for it: what would be switched to is served on the daemon's own socket only.
Task<std::pair<Socket, std::string>> Stream::upgrade(std::string) { co_return std::pair(Socket(connection_.io()), std::string()); }

void Connection::add_callbacks(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* data) {
            auto& self = of(data);
            if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
            self.streams_[frame->hd.stream_id] = std::make_shared<Stream>(self, frame->hd.stream_id);
            return 0;
        });
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* data) {
            const auto stream = of(data).find(frame->hd.stream_id);
            const bool taken = stream && stream->take_header({reinterpret_cast<const char*>(name), name_size},
                                                             {reinterpret_cast<const char*>(value), value_size});
            return taken ? 0 : static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE);
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* data) {
        auto& self = of(data);
        const auto stream = self.find(frame->hd.stream_id);
        if (!stream) return 0;
        if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
            self.begun_.push_back(frame->hd.stream_id);
        const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (may_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) stream->end_body();
        return 0;
    });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* data) {
            if (const auto stream = of(data).find(id)) stream->take_body(std::as_bytes(std::span(bytes, size)));
            return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                           [](nghttp2_session*, std::int32_t id, std::uint32_t, void* data) {
                                                               auto& self = of(data);
                                                               if (const auto stream = self.find(id)) {
                                                                   self.streams_.erase(id);
                                                                   stream->client_left();
                                                               }
                                                               return 0;
                                                           });
}

void Connection::open_session() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* options = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0) throw std::bad_alloc();
    add_callbacks(callbacks);
    nghttp2_option_set_no_auto_window_update(options, 1);  // more of a body is asked for when what came has been read
    const int made = nghttp2_session_server_new2(&session_, callbacks, this, options);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(options);
    if (made != 0) throw std::bad_alloc();
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                                               {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderBytes}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

void Connection::begin(Task<void> work) {
    ++under_way_;
    asio::co_spawn(io_, std::move(work), [this](const std::exception_ptr&) {
        --under_way_;
        ended_.notify();
    });
}

Task<void> Connection::write() {
    for (;;) {
        std::string out;
        while (!over_ && out.size() < kWriteAtOnce) {  // when it is over, the streams that nghttp2 would ask are gone
            const std::uint8_t* bytes = nullptr;
            const auto size = nghttp2_session_mem_send(session_, &bytes);
            if (size <= 0) break;
            out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
        }
        if (out.empty()) {
            const bool done = !nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_);
            if (over_ || done || (leaving_ && streams_.empty())) break;
            co_await to_send_.wait();
            continue;
        }
        patience_.expect(out.size());
        patience_.begin();
        auto [failure, n] = co_await asio::async_write(socket_, asio::buffer(out), kNoThrow);
        patience_.end();
        if (failure) break;
    }
    over_ = true;
    error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);  // the reader ends
}

Task<void> Connection::handle(std::shared_ptr<Stream> stream, std::int32_t id) {
    co_await handler_(*stream);
    stream->read_over();
    if (!stream->head().keep_alive && !std::exchange(leaving_, true))
        nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, std::max(id, nghttp2_session_get_last_proc_stream_id(session_)),
                              NGHTTP2_NO_ERROR, nullptr, 0);
    send_soon();
}

void Connection::begin_requests() {
    for (const auto id : std::exchange(begun_, {})) {
        const auto stream = find(id);
        if (!stream) continue;
        if (!stream->ready()) {
            nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_PROTOCOL_ERROR);
            continue;
        }
        begin(handle(stream, id));
    }
}

Task<void> Connection::run() {
    open_session();
    begin(write());
    while (!over_) {
        auto [failure] = co_await socket_.async_wait(Socket::wait_read, kNoThrow);
        if (failure) break;
        static std::array<std::uint8_t, 64 << 10> bytes;  // one thread, and nobody waits while they are in use
        const auto got = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got <= 0 || nghttp2_session_mem_recv(session_, bytes.data(), static_cast<std::size_t>(got)) < 0) break;
        begin_requests();
        send_soon();
    }
    over_ = true;
    for (auto& [id, stream] : std::exchange(streams_, {})) stream->client_left();
    send_soon();
    while (under_way_ > 0) co_await ended_.wait();
}

}  // namespace

bool begins_http2(Socket& socket) {
    std::array<char, 3> bytes;
    const auto got = ::recv(socket.native_handle(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    return got > 0 && std::string_view(bytes.data(), static_cast<std::size_t>(got)) == "PRI";
}

Task<void> serve_http2(asio::io_context& io, Socket socket, HttpHandler handler, std::optional<std::chrono::seconds> stalls) {
    Connection connection(io, std::move(socket), std::move(handler), stalls);
    co_await connection.run();
}

}  // namespace kns
