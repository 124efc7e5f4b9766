#include "core/aws/token.hpp"

#include "core/base/base64.hpp"
#include "core/base/big_endian.hpp"

namespace kns::aws {

std::string seal_token(const SecretKey& key, std::string_view purpose, std::string_view payload, UnixMs now) {
    std::string plain(sizeof(UnixMs), '\0');
    store_be(reinterpret_cast<std::byte*>(plain.data()), now);
    plain += payload;
    return seal_text(key, plain, purpose);
}

Result<std::string> open_token(const SecretKey& key, std::string_view purpose, std::string_view token, UnixMs now) {
    auto plain = open_text(key, token, purpose);
    if (!plain || plain->view().size() < sizeof(UnixMs)) return fail(Errc::invalid_argument, "not a token");
    const auto made = load_be<UnixMs>(as_bytes(plain->view()).data());
    if (now > made + kTokenLife) return fail(Errc::expired, "the token has expired");
    return std::string(plain->view().substr(sizeof(UnixMs)));
}

}  // namespace kns::aws
