// What the native API says about secrets and keys. Never a secret's values.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

struct SecretInfo {
    std::string name;
    std::vector<std::string> field_names;  // empty while the key file is missing
    std::string created_at, changed_at;

    static constexpr auto fields() {
        return std::tuple{field("name", &SecretInfo::name), field("fields", &SecretInfo::field_names),
                          field("created_at", &SecretInfo::created_at), field("changed_at", &SecretInfo::changed_at)};
    }
};

struct RotatedKey {
    std::string key;  // the id of the master key that counts now
    std::uint64_t data_keys = 0, secrets = 0;

    static constexpr auto fields() {
        return std::tuple{field("key", &RotatedKey::key), field("data_keys", &RotatedKey::data_keys),
                          field("secrets", &RotatedKey::secrets)};
    }
};

}  // namespace kns
