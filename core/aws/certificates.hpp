// The local certificate authority, made once for an installation, and the server certificate it signs. Any thread.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns::aws {

struct CertificateFiles {
    std::string authority;    // PEM, 0644: what clients are told to trust (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, a Java truststore)
    std::string certificate;  // PEM, 0644: for localhost, *.localhost (OpenSSL takes no such wildcard, others do), 127.0.0.1, ::1
    std::string key;          // PEM, 0600
};

// What is in `directory` (0700), made where it is missing or no longer good: the authority lasts ten years and vouches for
// localhost and loopback addresses only; a certificate lasts a year, and is made anew when it ends within 30 days. ECDSA P-256.
Result<CertificateFiles> ensure_certificates(const std::string& directory, UnixMs now);

}  // namespace kns::aws
