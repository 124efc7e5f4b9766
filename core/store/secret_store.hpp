// Secrets by name: what a destination wants to know before it takes records. JSON objects of strings, wrapped by the master
// key. Lives on the catalog thread.
#pragma once

#include <vector>

#include "core/store/key_ring.hpp"

namespace kns {

inline constexpr std::size_t kMaxSecretBytes = 64 << 10;

struct SecretRow {
    std::string name;
    std::vector<std::string> fields;  // their names; empty while the key file is missing
    UnixMs created_ms = 0, changed_ms = 0;
};

class SecretStore {
   public:
    // Both borrowed.
    SecretStore(Database& db, KeyRing& keys) : db_(db), keys_(keys) {}

    // Sets or replaces. No error repeats anything of `json`. True: there was none of this name.
    Result<bool> set(const std::string& name, SecretText json, UnixMs now);
    Result<std::vector<SecretRow>> list();
    Result<void> remove(const std::string& name);
    // The JSON, for the job of a worker: to be handed on and wiped.
    Result<SecretText> reveal(const std::string& name);

   private:
    Database& db_;
    KeyRing& keys_;
};

}  // namespace kns
