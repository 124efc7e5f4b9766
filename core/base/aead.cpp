// The only file that asks OpenSSL for a cipher.
#include "core/base/aead.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/base/base64.hpp"

namespace kns {
namespace {

constexpr std::size_t kBlock = 16, kGcmNonce = 12;

unsigned char* bytes_of(std::byte* at) { return reinterpret_cast<unsigned char*>(at); }
const unsigned char* bytes_of(const std::byte* at) { return reinterpret_cast<const unsigned char*>(at); }

// Out of memory, or a libcrypto without AES: nothing that could be told the caller would help it.
void must(bool good) {
    if (!good) std::abort();
}

struct Ciphers {
    EVP_CIPHER *ecb, *gcm;
    Ciphers() {
        OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // a system's openssl.cnf has no say in this
        ecb = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
        gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
        must(ecb && gcm);
    }
};

const Ciphers& ciphers() {
    static const Ciphers once;  // costs memory, so nobody pays who encrypts nothing
    return once;
}

struct Context {
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    Context() { must(context != nullptr); }
    EVP_CIPHER_CTX* get() const { return context.get(); }
};

// The message's own key: AES-CMAC of two fixed blocks that carry the nonce's first half (C2SP XAES-256-GCM).
SecretKey derive(const SecretKey& key, const std::byte* nonce) {
    const Context ecb;
    must(EVP_EncryptInit_ex2(ecb.get(), ciphers().ecb, bytes_of(key.bytes().data()), nullptr, nullptr) == 1);
    EVP_CIPHER_CTX_set_padding(ecb.get(), 0);
    int n = 0;
    unsigned char k1[kBlock] = {}, blocks[2 * kBlock] = {0, 1, 'X', 0}, out[2 * kBlock];
    must(EVP_EncryptUpdate(ecb.get(), k1, &n, k1, kBlock) == 1);
    const auto carry = static_cast<unsigned char>(k1[0] >> 7);
    for (std::size_t i = 0; i < kBlock; ++i) k1[i] = static_cast<unsigned char>(k1[i] << 1 | (i + 1 < kBlock ? k1[i + 1] >> 7 : 0));
    k1[kBlock - 1] ^= static_cast<unsigned char>(0x87 * carry);
    std::memcpy(blocks + 4, nonce, kGcmNonce);
    std::memcpy(blocks + kBlock, blocks, kBlock);
    blocks[kBlock + 1] = 2;
    for (std::size_t i = 0; i < 2 * kBlock; ++i) blocks[i] ^= k1[i % kBlock];
    must(EVP_EncryptUpdate(ecb.get(), out, &n, blocks, 2 * kBlock) == 1);
    auto derived = SecretKey::from(std::as_bytes(std::span(out))).value();
    OPENSSL_cleanse(out, sizeof out);
    OPENSSL_cleanse(k1, sizeof k1);
    return derived;
}

}  // namespace

void fill_random(MutableBytes bytes) {
    while (!bytes.empty()) {
        const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));  // otherwise a signal came by
    }
}

SecretKey SecretKey::random() {
    SecretKey key;
    fill_random(key.bytes_);
    return key;
}

Result<SecretKey> SecretKey::from(Bytes bytes) {
    if (bytes.size() != kBytes) return fail(Errc::corrupt, "a key has {} bytes, not {}", kBytes, bytes.size());
    SecretKey key;
    std::memcpy(key.bytes_.data(), bytes.data(), kBytes);
    return key;
}

void seal(const SecretKey& key, Bytes plain, Bytes associated, MutableBytes out) {
    must(out.size() == plain.size() + kSealBytes);
    fill_random(out.first(kNonceBytes));
    const auto own = derive(key, out.data());
    const Context gcm;
    int n = 0;
    must(EVP_EncryptInit_ex2(gcm.get(), ciphers().gcm, bytes_of(own.bytes().data()), bytes_of(out.data() + kGcmNonce), nullptr) ==
         1);
    must(EVP_EncryptUpdate(gcm.get(), nullptr, &n, bytes_of(associated.data()), static_cast<int>(associated.size())) == 1);
    std::byte* text = out.data() + kNonceBytes;
    if (!plain.empty())
        must(EVP_EncryptUpdate(gcm.get(), bytes_of(text), &n, bytes_of(plain.data()), static_cast<int>(plain.size())) == 1);
    std::byte* tag = text + plain.size();
    must(EVP_EncryptFinal_ex(gcm.get(), bytes_of(tag), &n) == 1);
    must(EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
}

bool open_in_place(const SecretKey& key, MutableBytes sealed, Bytes associated) {
    if (sealed.size() < kSealBytes) return false;
    const auto own = derive(key, sealed.data());
    const auto text = sealed.subspan(kNonceBytes, sealed.size() - kSealBytes);
    std::byte* tag = text.data() + text.size();
    const Context gcm;
    int n = 0;
    must(EVP_DecryptInit_ex2(gcm.get(), ciphers().gcm, bytes_of(own.bytes().data()), bytes_of(sealed.data() + kGcmNonce),
                             nullptr) == 1);
    must(EVP_DecryptUpdate(gcm.get(), nullptr, &n, bytes_of(associated.data()), static_cast<int>(associated.size())) == 1);
    if (!text.empty())
        must(EVP_DecryptUpdate(gcm.get(), bytes_of(text.data()), &n, bytes_of(text.data()), static_cast<int>(text.size())) == 1);
    must(EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) == 1);
    unsigned char rest[kBlock];
    if (EVP_DecryptFinal_ex(gcm.get(), rest, &n) == 1) return true;
    wipe(text);
    return false;
}

std::string seal_text(const SecretKey& key, std::string_view plain, std::string_view associated) {
    std::string sealed(plain.size() + kSealBytes, '\0');
    seal(key, as_bytes(plain), as_bytes(associated), std::as_writable_bytes(std::span(sealed)));
    return base64_encode(sealed);
}

Result<SecretText> open_text(const SecretKey& key, std::string_view sealed, std::string_view associated) {
    SecretText bytes(KNS_TRY(base64_decode(sealed)));
    if (!open_in_place(key, std::as_writable_bytes(std::span(bytes.text())), as_bytes(associated)))
        return fail(Errc::corrupt, "it was not sealed by this key, or has been changed since");
    return SecretText(std::string(bytes.view().substr(kNonceBytes, bytes.view().size() - kSealBytes)));
}

std::string fingerprint(const SecretKey& key) {
    static constexpr std::string_view kWhatFor = "kns key id";
    unsigned char input[kWhatFor.size() + SecretKey::kBytes], digest[EVP_MAX_MD_SIZE];
    std::memcpy(input, kWhatFor.data(), kWhatFor.size());
    std::memcpy(input + kWhatFor.size(), key.bytes().data(), SecretKey::kBytes);
    ciphers();  // initialises
    unsigned size = 0;
    must(EVP_Digest(input, sizeof input, digest, &size, EVP_sha256(), nullptr) == 1);
    OPENSSL_cleanse(input, sizeof input);
    return hex_encode({reinterpret_cast<const char*>(digest), 8});
}

}  // namespace kns
