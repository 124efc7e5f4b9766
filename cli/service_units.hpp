// The units that let systemd keep the daemon, from the templates in daemon/packaging/. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kns::cli {

inline constexpr std::string_view kServiceUnit = "knsd.service", kSocketUnit = "knsd.socket";

struct ServicePaths {
    std::string kns, knsd, data_dir, socket;  // absolute
};
std::string service_unit(const ServicePaths& paths);
std::string socket_unit(const ServicePaths& paths);

}  // namespace kns::cli
