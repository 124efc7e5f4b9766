// Authenticated encryption: XAES-256-GCM (C2SP), which is AES-256-GCM under a key that is derived anew for every message
// from the key and half of a nonce of 24 random bytes. Plain GCM breaks if one nonce of 12 bytes is used twice under a key,
// which a counter cannot promise here (a torn group's offsets, or a restored backup's, come again) and chance only for
// 2^32 messages; with 24 random bytes nothing has to be counted, remembered or rotated in time.
//
// Sealed form: nonce (24) | ciphertext (as long as the plaintext) | tag (16). Any thread.
#pragma once

#include <array>
#include <string>

#include "core/base/record_batch.hpp"
#include "core/base/secret_text.hpp"

namespace kns {

inline constexpr std::size_t kNonceBytes = 24, kTagBytes = 16, kSealBytes = kNonceBytes + kTagBytes;

// 256 bits that are wiped when they are no longer needed.
class SecretKey {
   public:
    static constexpr std::size_t kBytes = 32;
    static SecretKey random();
    static Result<SecretKey> from(Bytes bytes);  // exactly kBytes

    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    ~SecretKey() { wipe(bytes_); }
    Bytes bytes() const { return bytes_; }

   private:
    SecretKey() = default;
    std::array<std::byte, kBytes> bytes_{};
};

void fill_random(MutableBytes bytes);  // from the kernel

// `out` has plain.size() + kSealBytes and does not overlap `plain`. `associated` is authenticated and not contained.
void seal(const SecretKey& key, Bytes plain, Bytes associated, MutableBytes out);
// Turns the ciphertext inside `sealed` into plaintext where it stands. False: it was not sealed like this by this key; then
// nothing readable is left of it.
[[nodiscard]] bool open_in_place(const SecretKey& key, MutableBytes sealed, Bytes associated);

// The same for short texts: base64 of the sealed form.
std::string seal_text(const SecretKey& key, std::string_view plain, std::string_view associated);
Result<SecretText> open_text(const SecretKey& key, std::string_view sealed, std::string_view associated);

// The first bytes of SHA-256 in hex: tells keys apart and shows a damaged one, and gives nothing away.
std::string fingerprint(const SecretKey& key);

}  // namespace kns
