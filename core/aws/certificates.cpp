#include "core/aws/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>

#include "core/base/posix.hpp"

namespace kns::aws {
namespace {

constexpr std::int64_t kDay = 86'400, kAuthorityDays = 3650, kServerDays = 365, kRenewDays = 30;
constexpr const char* kLoopback =
    "permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0,"
    "permitted;IP:0:0:0:0:0:0:0:1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
constexpr const char* kNames = "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1";

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;

Failure openssl_failure(std::string_view what) {
    char text[256] = "no reason given";
    if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return fail(Errc::internal, "{}: {}", what, text);
}

struct Pair {
    Certificate certificate;
    PrivateKey key;
};

// Nothing if a file is missing or no PEM, or the two do not belong together.
std::optional<Pair> read_pair(const std::string& certificate_file, const std::string& key_file) {
    const auto certificate_text = read_file(certificate_file), key_text = read_file(key_file);
    if (!certificate_text || !key_text) return std::nullopt;
    const Memory certificate_bytes(BIO_new_mem_buf(certificate_text->data(), static_cast<int>(certificate_text->size())));
    const Memory key_bytes(BIO_new_mem_buf(key_text->data(), static_cast<int>(key_text->size())));
    Pair pair;
    pair.certificate.reset(PEM_read_bio_X509(certificate_bytes.get(), nullptr, nullptr, nullptr));
    pair.key.reset(PEM_read_bio_PrivateKey(key_bytes.get(), nullptr, nullptr, nullptr));
    const bool good = pair.certificate && pair.key && X509_check_private_key(pair.certificate.get(), pair.key.get()) == 1;
    ERR_clear_error();
    return good ? std::optional(std::move(pair)) : std::nullopt;
}

bool lasts(const Certificate& certificate, UnixMs now) {
    time_t soon = static_cast<time_t>(now / kSecond + kRenewDays * kDay), present = static_cast<time_t>(now / kSecond);
    return X509_cmp_time(X509_get0_notAfter(certificate.get()), &soon) > 0 &&
           X509_cmp_time(X509_get0_notBefore(certificate.get()), &present) < 0;
}

std::string pem_of(const Certificate& certificate) {
    const Memory memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pem_of(const PrivateKey& key) {
    const Memory memory(BIO_new(BIO_s_secmem()));
    PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

struct Extension {
    int id;
    const char* value;
};

// Signed by `issuer`, or by itself.
Result<Pair> make_pair(const std::string& common_name, std::int64_t days, UnixMs now, std::span<const Extension> extensions,
                       const Pair* issuer) {
    Pair made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.certificate.reset(X509_new());
    if (!made.key || !made.certificate) return openssl_failure("making a key");
    X509* certificate = made.certificate.get();
    std::array<unsigned char, 16> serial{};
    RAND_bytes(serial.data(), serial.size());
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive, and of one length
    const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
    X509_set_version(certificate, 2);                              // which is 3
    const auto begin = static_cast<time_t>(now / kSecond - kDay);  // clients' clocks may be behind
    ASN1_TIME_set(X509_getm_notBefore(certificate), begin);
    ASN1_TIME_set(X509_getm_notAfter(certificate), begin + static_cast<time_t>((days + 1) * kDay));
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("kns"), -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509* signer = issuer ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
    for (const auto& [id, value] : extensions) {
        const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
            X509V3_EXT_conf_nid(nullptr, &context, id, value));
        if (!extension || !X509_add_ext(certificate, extension.get(), -1)) return openssl_failure("making a certificate");
    }
    if (!X509_sign(certificate, (issuer ? issuer->key : made.key).get(), EVP_sha256())) return openssl_failure("signing");
    return made;
}

Result<void> write_pair(const Pair& pair, const std::string& certificate_file, const std::string& key_file) {
    KNS_TRY(write_file_atomically(key_file, pem_of(pair.key)));  // 0600
    KNS_TRY(write_file_atomically(certificate_file, pem_of(pair.certificate), 0644));
    return {};
}

}  // namespace

Result<CertificateFiles> ensure_certificates(const std::string& directory, UnixMs now) {
    KNS_TRY(make_directories(directory));
    const std::string authority_key = directory + "/ca.key";
    CertificateFiles files{
        .authority = directory + "/ca.pem", .certificate = directory + "/server.pem", .key = directory + "/server.key"};
    auto authority = read_pair(files.authority, authority_key);
    const bool keep = authority && lasts(authority->certificate, now);
    if (!keep) {
        constexpr Extension kExtensions[] = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                             {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                             {NID_subject_key_identifier, "hash"},
                                             {NID_name_constraints, kLoopback}};
        // Clients keep authorities apart by their names.
        std::array<unsigned char, 4> random{};
        RAND_bytes(random.data(), random.size());
        const auto name = fmt::format("kns local authority {:02x}{:02x}{:02x}{:02x}", random[0], random[1], random[2], random[3]);
        authority = KNS_TRY(make_pair(name, kAuthorityDays, now, kExtensions, nullptr));
        KNS_TRY(write_pair(*authority, files.authority, authority_key));
    }
    const auto server = read_pair(files.certificate, files.key);
    if (keep && server && lasts(server->certificate, now) &&
        X509_verify(server->certificate.get(), X509_get0_pubkey(authority->certificate.get())) == 1)
        return files;
    constexpr Extension kExtensions[] = {{NID_basic_constraints, "critical,CA:FALSE"},
                                         {NID_key_usage, "critical,digitalSignature"},
                                         {NID_ext_key_usage, "serverAuth"},
                                         {NID_subject_key_identifier, "hash"},
                                         {NID_authority_key_identifier, "keyid"},
                                         {NID_subject_alt_name, kNames}};
    KNS_TRY(write_pair(KNS_TRY(make_pair("localhost", kServerDays, now, kExtensions, &*authority)), files.certificate, files.key));
    return files;
}

}  // namespace kns::aws
