// The local authority: made once, made anew in time, and good for this machine alone.
#include "core/aws/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <memory>

#include "core/base/posix.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace kns;
using namespace kns::aws;

namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* thing) const {
        Free(thing);
    }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Certificate read_certificate(const std::string& path) {
    const std::unique_ptr<BIO, Freed<BIO_free_all>> file(BIO_new_file(path.c_str(), "r"));
    return Certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
}
Key read_key(const std::string& path) {
    const std::unique_ptr<BIO, Freed<BIO_free_all>> file(BIO_new_file(path.c_str(), "r"));
    return Key(file ? PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr) : nullptr);
}

// X509_V_OK, or why a client that trusts the authority does not take the certificate for a host.
int verdict(X509* authority, X509* certificate, const char* host) {
    const std::unique_ptr<X509_STORE, Freed<X509_STORE_free>> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), authority);
    const std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr);
    auto* parameters = X509_STORE_CTX_get0_param(context.get());
    const bool is_address = host[0] >= '0' && host[0] <= '9';
    is_address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host) : X509_VERIFY_PARAM_set1_host(parameters, host, 0);
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

// What somebody who has stolen the authority's key could make: a certificate for any name.
Certificate forged(X509* authority, EVP_PKEY* key, const char* names) {
    Certificate out(X509_new());
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 7);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
    X509_set_issuer_name(out.get(), X509_get_subject_name(authority));
    X509_set_pubkey(out.get(), key);
    X509V3_CTX context;
    X509V3_set_ctx(&context, authority, out.get(), nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names));
    X509_add_ext(out.get(), extension.get(), -1);
    X509_sign(out.get(), key, EVP_sha256());
    return out;
}

UnixMs today() { return static_cast<UnixMs>(::time(nullptr)) * kSecond; }

}  // namespace

TEST_CASE("the certificate is good for localhost and loopback addresses, and for nothing else") {
    const TemporaryDirectory directory;
    const auto files = ensure_certificates(directory.path() + "/tls", today());
    REQUIRE(files);
    const auto authority = read_certificate(files->authority), certificate = read_certificate(files->certificate);
    REQUIRE(authority);
    REQUIRE(certificate);
    for (const auto* host : {"localhost", "127.0.0.1"}) CHECK(verdict(authority.get(), certificate.get(), host) == X509_V_OK);
    CHECK(verdict(authority.get(), certificate.get(), "example.com") == X509_V_ERR_HOSTNAME_MISMATCH);
    CHECK(verdict(authority.get(), certificate.get(), "127.0.0.2") == X509_V_ERR_IP_ADDRESS_MISMATCH);
    struct stat key{};
    REQUIRE(::stat(files->key.c_str(), &key) == 0);
    CHECK((key.st_mode & 0777) == 0600);
}

TEST_CASE("what the authority signs for a host elsewhere is not believed") {
    const TemporaryDirectory directory;
    const auto files = ensure_certificates(directory.path() + "/tls", today());
    REQUIRE(files);
    const auto authority = read_certificate(files->authority);
    const auto key = read_key(directory.path() + "/tls/ca.key");
    REQUIRE(authority);
    REQUIRE(key);
    const auto here = forged(authority.get(), key.get(), "DNS:sub.localhost"),
               elsewhere = forged(authority.get(), key.get(), "DNS:example.com"),
               address = forged(authority.get(), key.get(), "IP:93.184.216.34");
    CHECK(verdict(authority.get(), here.get(), "sub.localhost") == X509_V_OK);
    CHECK(verdict(authority.get(), elsewhere.get(), "example.com") == X509_V_ERR_PERMITTED_VIOLATION);
    CHECK(verdict(authority.get(), address.get(), "93.184.216.34") == X509_V_ERR_PERMITTED_VIOLATION);
}

TEST_CASE("certificates are made once, and the server's anew when it is about to end") {
    const TemporaryDirectory directory;
    const auto files = ensure_certificates(directory.path() + "/tls", today());
    REQUIRE(files);
    const auto authority = read_file(files->authority), certificate = read_file(files->certificate);
    REQUIRE(authority);
    REQUIRE(ensure_certificates(directory.path() + "/tls", today() + 300 * kDay));
    CHECK(*read_file(files->certificate) == *certificate);
    REQUIRE(ensure_certificates(directory.path() + "/tls", today() + 340 * kDay));
    CHECK(*read_file(files->certificate) != *certificate);
    CHECK(*read_file(files->authority) == *authority);
}
