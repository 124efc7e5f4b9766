// The local certificate authority, made once for an installation, and the server certificate it signs. Any thread.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace kns {

struct CertificateFiles {
    std::string ca;           // PEM, 0644: what clients are told to trust (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, a Java truststore)
    std::string certificate;  // PEM chain, 0644: SANs localhost, *.localhost, 127.0.0.1, ::1
    std::string key;          // PEM, 0600
};

// What is in `directory` (0700), made where it is missing; a server certificate that ends within 30 days, or whose key does not
// fit, is made anew, the authority is kept (its own key: 0600, name-constrained to localhost and loopback addresses).
// ECDSA P-256. Errors name the file.
Result<CertificateFiles> ensure_certificates(const std::string& directory, std::int64_t now_ms);

}  // namespace kns
