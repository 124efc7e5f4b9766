// What the native API says about plugins: `GET /v1/plugins`.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

struct PluginInfo {
    std::string name;
    std::vector<std::string> kinds;  // "sink file", "compression gzip"
    std::string status;              // "built in", "loaded", or why not
    bool usable = false;
    std::string description;
    std::optional<std::string> path;  // of the shared object

    static constexpr auto fields() {
        return std::tuple{field("name", &PluginInfo::name),
                          field("kinds", &PluginInfo::kinds),
                          field("status", &PluginInfo::status),
                          field("usable", &PluginInfo::usable),
                          field("description", &PluginInfo::description),
                          field("path", &PluginInfo::path)};
    }
};

}  // namespace kns
