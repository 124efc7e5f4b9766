// The places of many partition keys on the ring of shards.
#pragma once

#include <span>
#include <string_view>

#include "core/base/ids.hpp"

namespace kns::cli {

// hash_of_key for each key. Eight keys are hashed side by side: MD5 is one long chain of dependent steps, in which a
// processor that works on a single key mostly waits. `hashes` has as many elements as `keys`.
void hash_keys(std::span<const std::string_view> keys, std::span<uint128> hashes);

}  // namespace kns::cli
