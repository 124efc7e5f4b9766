// What the daemon says about itself: `GET /v1/daemon`, and the file `knsd.json` that `kns` finds it by.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

inline constexpr std::string_view kVersion = "0.1.0";
inline constexpr std::string_view kApiVersion = "1.0";

struct Listener {
    std::string face, address;
    bool tls = false;     // beside plain HTTP
    bool auth = true;     // requests have to be signed
    std::string trouble;  // why it does not listen, or empty

    static constexpr auto fields() {
        return std::tuple{field("face", &Listener::face), field("address", &Listener::address), field("tls", &Listener::tls),
                          field("auth", &Listener::auth), field("trouble", &Listener::trouble)};
    }
};

struct ZoneInfo {
    std::string path;
    std::string state = "ok";   // ok, failed, filling
    std::string reason;         // why it failed
    std::string since;          // RFC 3339: when it came into this state
    std::uint32_t percent = 0;  // of filling

    static constexpr auto fields() {
        return std::tuple{field("path", &ZoneInfo::path), field("state", &ZoneInfo::state), field("reason", &ZoneInfo::reason),
                          field("since", &ZoneInfo::since), field("percent", &ZoneInfo::percent)};
    }
};

struct DaemonStatus {
    std::int64_t pid = 0;
    std::string version, api_version, data_dir, socket, program;
    std::int64_t uptime_s = 0;
    std::vector<Listener> listeners;
    std::vector<ZoneInfo> zones;  // empty: the log is in the data directory
    bool stale = false;           // the program on disk is newer than the one running
    std::uint64_t streams = 0, log_bytes = 0, damaged_batches = 0, missing_records = 0;
    std::string state = "running";  // or "degraded: why"

    static constexpr auto fields() {
        return std::tuple{field("pid", &DaemonStatus::pid),
                          field("version", &DaemonStatus::version),
                          field("api_version", &DaemonStatus::api_version),
                          field("data_dir", &DaemonStatus::data_dir),
                          field("socket", &DaemonStatus::socket),
                          field("uptime_s", &DaemonStatus::uptime_s),
                          field("listeners", &DaemonStatus::listeners),
                          field("zones", &DaemonStatus::zones),
                          field("program", &DaemonStatus::program),
                          field("stale", &DaemonStatus::stale),
                          field("streams", &DaemonStatus::streams),
                          field("log_bytes", &DaemonStatus::log_bytes),
                          field("damaged_batches", &DaemonStatus::damaged_batches),
                          field("missing_records", &DaemonStatus::missing_records),
                          field("state", &DaemonStatus::state)};
    }
};

// knsd.json: written by rename once the daemon is ready.
struct DaemonFile {
    std::int64_t pid = 0;
    std::string version, api_version, socket;

    static constexpr auto fields() {
        return std::tuple{field("pid", &DaemonFile::pid), field("version", &DaemonFile::version),
                          field("api_version", &DaemonFile::api_version), field("socket", &DaemonFile::socket)};
    }
};

struct Completion {
    std::string value, description;

    static constexpr auto fields() {
        return std::tuple{field("value", &Completion::value), field("description", &Completion::description)};
    }
};

}  // namespace kns
