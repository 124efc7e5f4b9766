// TLS in front of the servers, which know nothing of it: an accepted socket is relayed to one end of a socket pair, whose other
// end is served as any. On the I/O thread.
#pragma once

#include <functional>
#include <memory>

#include "core/aws/certificates.hpp"
#include "daemon/asio.hpp"

namespace boost::asio::ssl {
class context;
}

namespace kns {

using TlsContext = std::shared_ptr<asio::ssl::context>;  // shared by the connections made with it

// TLS 1.2 and 1.3; clients are offered HTTP/2 and HTTP/1.1.
Result<TlsContext> make_tls_context(const aws::CertificateFiles& files);

// Whether the client's first byte, which has arrived and is left where it is, begins a TLS handshake.
bool begins_tls(Socket& socket);

// Shakes hands, gives `visitor` the plain end, and relays until either side closes. Whoever is too slow is left.
Task<void> relay_tls(asio::io_context& io, TlsContext context, Socket client, std::function<void(Socket)> visitor);

}  // namespace kns
