// The only file that includes Asio's TLS.
#include "daemon/tls_relay.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/ssl.hpp>

#include "core/base/log.hpp"

namespace kns {
namespace {

using namespace std::chrono_literals;
namespace ssl = asio::ssl;

constexpr auto kHandshake = 10s, kGoodbye = 1s;
constexpr std::size_t kBuffer = 16 << 10;  // a TLS record
constexpr unsigned char kHandshakeRecord = 0x16;
constexpr std::string_view kProtocols = "\x02h2\x08http/1.1";  // what we speak, the best first

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    unsigned char* out = nullptr;
    const auto* ours = reinterpret_cast<const unsigned char*>(kProtocols.data());
    const int found = SSL_select_next_proto(&out, size, ours, kProtocols.size(), offered, offered_size);
    *chosen = out;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// Shared by the two directions.
struct Relay {
    TlsContext context;
    ssl::stream<Socket> outer;
    Socket inner;
    asio::steady_timer deadline;

    Relay(asio::io_context& io, TlsContext tls, Socket client)
        : context(std::move(tls)), outer(std::move(client), *context), inner(io), deadline(io) {}

    void close() {
        error_code ignored;
        outer.lowest_layer().close(ignored);
        inner.close(ignored);
    }
    void close_after(std::chrono::steady_clock::duration time, const std::shared_ptr<Relay>& self) {
        deadline.expires_after(time);
        deadline.async_wait([self](error_code failure) {
            if (!failure) self->close();
        });
    }
};

Task<void> carry_in(std::shared_ptr<Relay> relay) {
    std::string buffer(kBuffer, '\0');
    for (;;) {
        auto [failure, got] = co_await relay->outer.async_read_some(asio::buffer(buffer), kNoThrow);
        if (failure) break;
        auto [lost, sent] = co_await asio::async_write(relay->inner, asio::buffer(buffer, got), kNoThrow);
        if (lost) break;
    }
    error_code ignored;
    relay->inner.shutdown(Socket::shutdown_send, ignored);  // the server ends when it has answered
}

Task<void> carry_out(std::shared_ptr<Relay> relay) {
    std::string buffer(kBuffer, '\0');
    for (;;) {
        auto [failure, got] = co_await relay->inner.async_read_some(asio::buffer(buffer), kNoThrow);
        if (failure) break;
        auto [lost, sent] = co_await asio::async_write(relay->outer, asio::buffer(buffer, got), kNoThrow);
        if (lost) break;
    }
    relay->close_after(kGoodbye, relay);
    co_await relay->outer.async_shutdown(kNoThrow);
    relay->deadline.cancel();
    relay->close();
}

}  // namespace

Result<TlsContext> make_tls_context(const aws::CertificateFiles& files) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    error_code failure;
    context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, failure);
    if (!failure) context->use_certificate_chain_file(files.certificate, failure);
    if (failure) return fail(Errc::io_error, "{}: {}", files.certificate, failure.message());
    context->use_private_key_file(files.key, ssl::context::pem, failure);
    if (failure) return fail(Errc::io_error, "{}: {}", files.key, failure.message());
    SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    return context;
}

bool begins_tls(Socket& socket) {
    unsigned char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && byte == kHandshakeRecord;
}

Task<void> relay_tls(asio::io_context& io, TlsContext context, Socket client, std::function<void(Socket)> visitor) {
    const auto relay = std::make_shared<Relay>(io, std::move(context), std::move(client));
    relay->close_after(kHandshake, relay);
    auto [refused] = co_await relay->outer.async_handshake(ssl::stream_base::server, kNoThrow);
    relay->deadline.cancel();
    if (refused) {
        log_debug("no_tls", "error=\"{}\"", refused.message());
        co_return;
    }
    asio::local::stream_protocol::socket ours(io), theirs(io);
    error_code failure;
    asio::local::connect_pair(ours, theirs, failure);
    if (failure) {
        log_warn("not_accepted", "error=\"{}\"", failure.message());
        co_return;
    }
    relay->inner = Socket(std::move(ours));
    visitor(Socket(std::move(theirs)));
    asio::co_spawn(io, carry_in(relay), asio::detached);
    co_await carry_out(relay);
}

}  // namespace kns
