// What a browser is kept from: pages of others that ask a server on this machine. Pure.
#pragma once

#include <optional>
#include <string>

#include "daemon/http_exchange.hpp"

namespace kns {

// Why a request that came by TCP is refused before anything looks at it, or nothing. Host and Origin must name this machine
// (another name means a page that has its own name point here), and a content type that a form can send needs a signature.
std::optional<std::string> refuse_by_guard(const HttpHead& head);

}  // namespace kns
