// The master key: `key` in the data directory. It wraps the streams' data keys and the secrets, and nothing else; who has
// the data directory without this file has ciphertext.
//
// One line, frozen: "kns-key-1 <id, 16 hex digits> <key, 64 hex digits>". The id is the key's fingerprint, so a damaged
// file shows.
#pragma once

#include <optional>
#include <string>

#include "core/base/aead.hpp"

namespace kns {

struct MasterKey {
    std::string id;
    SecretKey key;

    static MasterKey make();
};

// Nothing if there is no such file. Refuses one that is not ours alone (owner, mode 0600, no link of either kind), and one
// that is damaged.
Result<std::optional<MasterKey>> read_key_file(const std::string& path);
// Writes `path`, 0600, whole or not at all, and durable on return.
Result<void> write_key_file(const std::string& path, const MasterKey& master);

}  // namespace kns
