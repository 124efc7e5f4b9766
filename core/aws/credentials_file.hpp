// The file in which AWS's tools keep access keys: ~/.aws/credentials. Pure.
// Contract: AWS SDKs and Tools reference guide, "Shared config and credentials files".
#pragma once

#include <optional>
#include <string_view>

#include "core/aws/signature.hpp"

namespace kns::aws {

// The keys of [profile]; nothing if there is no such section, or no whole pair of keys in it. Lines that mean nothing here are
// passed over, as AWS's own tools do.
std::optional<Credentials> find_profile(std::string_view text, std::string_view profile);

}  // namespace kns::aws
