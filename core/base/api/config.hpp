// What the native API says about the daemon's settings: `/v1/config`.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

struct ConfigEntry {
    std::string key;
    std::string value;   // as in force now; a list with commas
    std::string origin;  // "default", "/data/kns.yaml:3", "KNS_IDLE_EXIT", "--idle-exit"
    std::string default_value;
    std::optional<std::string> next;  // what it will be once the daemon is restarted; null: the same
    std::string meaning;

    static constexpr auto fields() {
        return std::tuple{field("key", &ConfigEntry::key),       field("value", &ConfigEntry::value),
                          field("origin", &ConfigEntry::origin), field("default_value", &ConfigEntry::default_value),
                          field("next", &ConfigEntry::next),     field("meaning", &ConfigEntry::meaning)};
    }
};

struct SetConfig {
    std::string value;

    static constexpr auto fields() { return std::tuple{field("value", &SetConfig::value)}; }
};

}  // namespace kns
