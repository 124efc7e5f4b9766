// The daemon's settings: what each is called, what it may be, and where the value in force comes from.
//
// A setting is a row of `settings()`; from it follow the key in kns.yaml (`defaults.shards`), its twin in the environment
// (KNS_DEFAULTS_SHARDS), `kns config` and the check that kns.yaml(5) tells of it. Later sources win: default, file,
// environment, command line.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api/stream.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

// What a new stream gets where its creator says nothing.
struct StreamDefaults {
    std::string retention = "24h";
    std::string durability = "sync";
    std::uint32_t shards = 1;
};

// AWS's API: who answers, whom, and how strictly.
struct AwsFaceConfig {
    ArnPlace place;              // whatever a client says is one namespace
    bool auth = true;            // signatures are checked
    bool limits = true;          // as AWS has them
    Ms transition_ms = 0;        // how long a changed stream says so
    bool strict = false;         // patterns of AWS's own places count
    std::string buckets;         // where S3's buckets are: an endpoint, file:///DIRECTORY/; empty: Amazon's own
    std::string functions;       // where Lambda's functions are: an endpoint, file:///DIRECTORY/; empty: nowhere
    std::string tables;          // where the schemas of Glue's tables are: a directory, as file:///DIRECTORY/; empty: nowhere
    std::string buckets_secret;  // what lets us in there; empty: as for any delivery stream
    std::string listen = "off";  // or an address: 127.0.0.1:4566
    bool tls = false;            // there, beside plain HTTP
};

struct Config {
    std::vector<std::string> zones;  // absolute directories, each to hold a log of its own; none: one log, in the data directory
    Ms idle_exit_ms = 15 * kMinute;  // without clients and work; 0: never
    bool scrub = true;               // read what is stored again and again, to find damage while it can be mended
    LogLevel log_level = LogLevel::info;
    std::string tls_ca;  // a file of certificates, by which destinations' own are checked too; empty: none
    StreamDefaults defaults;
    AwsFaceConfig aws;
};

struct Setting {
    std::string_view key;
    std::string_view meaning;  // lower case, no period
    bool list = false;         // of texts; everywhere but in YAML written with commas
    bool live = false;         // a change is taken over at once, not with the daemon's next start
    Result<void> (*set)(Config&, const std::vector<std::string>& texts) = nullptr;
    std::vector<std::string> (*texts)(const Config&) = nullptr;

    std::string text(const Config& config) const;  // "a,b"
    std::string environment_name() const;          // "KNS_DEFAULTS_SHARDS"
    // From one text, divided at its commas if this is a list; an empty list from an empty text.
    std::vector<std::string> divided(std::string_view text) const;
};

std::span<const Setting> settings();  // sorted by key
// `not_found`, with the nearest.
Result<const Setting*> find_setting(std::string_view key);

struct ConfigSources {
    std::string file;                                         // its path; need not exist
    std::function<const char*(const char*)> environment;      // getenv
    std::map<std::string, std::string, std::less<>> flags{};  // by key
};

struct LoadedConfig {
    Config config;
    std::map<std::string, std::string, std::less<>> origins;  // by key; absent: the default
};

// All of them, or the first thing that is wrong, with the place where it is written.
Result<LoadedConfig> load_config(const ConfigSources& sources);
// The same, from a text in place of the file's.
Result<LoadedConfig> load_config(const ConfigSources& sources, std::string_view file_text);

// Fills in what the request leaves open.
void use_defaults(CreateStream& request, const StreamDefaults& defaults);

}  // namespace kns
