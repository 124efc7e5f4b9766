// Iterators and paging tokens: opaque, tamper-proof, with an age. Sealed by a key of the installation, so that a client can
// neither read nor make one. Pure but for the clock reading passed in.
#pragma once

#include <string>
#include <string_view>

#include "core/base/aead.hpp"
#include "core/base/time.hpp"

namespace kns::aws {

inline constexpr Ms kTokenLife = 5 * kMinute;  // iterators and NextToken alike

// `purpose` is authenticated: a token of one purpose is malformed for another. base64, at most 512 characters for a payload of
// up to 300 bytes.
std::string seal_token(const SecretKey& key, std::string_view purpose, std::string_view payload, UnixMs now);

// Errc::invalid_argument: not one of ours; Errc::expired: one of ours that is too old.
Result<std::string> open_token(const SecretKey& key, std::string_view purpose, std::string_view token, UnixMs now);

}  // namespace kns::aws
