#include "core/config/config.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/edit_distance.hpp"
#include "core/base/ids.hpp"
#include "core/base/posix.hpp"
#include "core/base/tcp_address.hpp"
#include "core/config/yaml.hpp"
#include "core/firehose/destination.hpp"
#include "core/stream/stream_service.hpp"

namespace kns {
namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};

Result<bool> parse_switch(const std::string& text) {
    for (const auto* word : {"on", "true", "yes", "1"})
        if (text == word) return true;
    for (const auto* word : {"off", "false", "no", "0"})
        if (text == word) return false;
    return fail(Errc::invalid_argument, "\"{}\" is neither on nor off", text);
}

// A stream's own rules decide what may be its default.
Result<void> check_defaults(const StreamDefaults& defaults) {
    CreateStream request{.name = "new"};
    use_defaults(request, defaults);
    KNS_TRY(make_stream_row(request, 0));
    return {};
}

Result<void> set_shards(Config& config, const Texts& texts) {
    const auto& text = texts[0];
    std::uint32_t number = 0;
    const char* end = text.data() + text.size();
    if (const auto read = std::from_chars(text.data(), end, number); read.ec != std::errc() || read.ptr != end)
        return fail(Errc::invalid_argument, "\"{}\" is not a number of shards", text);
    config.defaults.shards = number;
    return check_defaults(config.defaults);
}

Result<void> set_log_level(Config& config, const Texts& texts) {
    const auto found = std::ranges::find(kLogLevels, texts[0]);
    if (found == std::end(kLogLevels))
        return fail(Errc::invalid_argument, "\"{}\" is none of {}", texts[0], fmt::join(kLogLevels, ", "));
    config.log_level = static_cast<LogLevel>(found - std::begin(kLogLevels));
    return {};
}

Result<void> set_zones(Config& config, const Texts& texts) {
    for (const auto& zone : texts) {
        if (!zone.starts_with('/'))
            return fail(Errc::invalid_argument, "\"{}\" is not an absolute path", zone)
                .hint("a zone is a directory: /mnt/disk2/kns");
        if (std::ranges::count(texts, zone) > 1) return fail(Errc::invalid_argument, "\"{}\" is given twice", zone);
    }
    config.zones = texts;
    return {};
}

Result<void> set_account(Config& config, const Texts& texts) {
    if (texts[0].size() != 12 || texts[0].find_first_not_of("0123456789") != std::string::npos)
        return fail(Errc::invalid_argument, "\"{}\" is not an account: it has twelve digits", texts[0]);
    config.aws.place.account = texts[0];
    return {};
}

Result<void> set_region(Config& config, const Texts& texts) {
    if (texts[0].empty() || texts[0].size() > 32 ||
        texts[0].find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
        return fail(Errc::invalid_argument, "\"{}\" is not the name of a region", texts[0]).hint("us-east-1, say");
    config.aws.place.region = texts[0];
    return {};
}

// Where something of AWS's lies: a directory, an endpoint where one is taken, or the word for neither, kept as "".
Result<void> set_place(std::string& place, const std::string& text, std::string_view none, bool takes_endpoint) {
    if (text == none)
        place.clear();
    else if (takes_endpoint && text.starts_with("http"))
        place = KNS_TRY(parse_endpoint(text));
    else if (const auto directory = KNS_TRY(parse_destination(text)); directory.scheme == "file" && directory.table.empty())
        place = directory.url();
    else
        return fail(Errc::invalid_argument, "\"{}\" is no place: {}{} or file:///DIRECTORY/", text, none,
                    takes_endpoint ? ", an endpoint" : "");
    return {};
}

Result<void> set_ca(Config& config, const Texts& texts) {
    if (texts[0] != "none" && !texts[0].starts_with('/'))
        return fail(Errc::invalid_argument, "\"{}\" is no file with its full path", texts[0])
            .hint("/etc/ssl/ours.pem, say, or none");
    config.tls_ca = texts[0] == "none" ? "" : texts[0];
    return {};
}

Result<void> set_listen(Config& config, const Texts& texts) {
    if (texts[0] != "off") KNS_TRY(TcpAddress::parse(texts[0]));
    config.aws.listen = texts[0];
    return {};
}

constexpr Setting kSettings[] = {
    {.key = "aws.account",
     .meaning = "the account in ARNs: twelve digits",
     .live = true,
     .set = set_account,
     .texts = [](const Config& config) { return Texts{config.aws.place.account}; }},
    {.key = "aws.auth",
     .meaning = "whether requests to AWS's API have to be signed by a key that the daemon knows",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.aws.auth = KNS_TRY(parse_switch(texts[0]));
         return {};
     },
     .texts = [](const Config& config) { return Texts{config.aws.auth ? "on" : "off"}; }},
    {.key = "aws.buckets",
     .meaning = "where delivery streams made by AWS's API find their buckets: amazon, an endpoint, or file:///DIRECTORY/",
     .live = true,
     .set = [](Config& config, const Texts& texts) { return set_place(config.aws.buckets, texts[0], "amazon", true); },
     .texts = [](const Config& config) { return Texts{config.aws.buckets.empty() ? "amazon" : config.aws.buckets}; }},
    {.key = "aws.buckets_secret",
     .meaning = "the secret that lets us in there; none: what the environment or ~/.aws/credentials has",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.aws.buckets_secret = texts[0] == "none" ? "" : KNS_TRY(StreamName::parse(texts[0], "secret")).text();
         return {};
     },
     .texts = [](const Config& config) { return Texts{config.aws.buckets_secret.empty() ? "none" : config.aws.buckets_secret}; }},
    {.key = "aws.functions",
     .meaning = "where delivery streams made by AWS's API find their Lambda functions: none, an endpoint, or file:///DIRECTORY/",
     .live = true,
     .set = [](Config& config, const Texts& texts) { return set_place(config.aws.functions, texts[0], "none", true); },
     .texts = [](const Config& config) { return Texts{config.aws.functions.empty() ? "none" : config.aws.functions}; }},
    {.key = "aws.limits",
     .meaning = "whether AWS's API keeps AWS's limits: rates of calls, quotas, and those of the streams it creates",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.aws.limits = KNS_TRY(parse_switch(texts[0]));
         return {};
     },
     .texts = [](const Config& config) { return Texts{config.aws.limits ? "on" : "off"}; }},
    {.key = "aws.listen",
     .meaning = "where AWS's API is served besides the daemon's socket: an address such as 127.0.0.1:4566, or off",
     .live = true,
     .set = set_listen,
     .texts = [](const Config& config) { return Texts{config.aws.listen}; }},
    {.key = "aws.region",
     .meaning = "the region in ARNs",
     .live = true,
     .set = set_region,
     .texts = [](const Config& config) { return Texts{config.aws.place.region}; }},
    {.key = "aws.strict",
     .meaning = "whether URLs given to AWS's API must be of AWS's own places",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.aws.strict = KNS_TRY(parse_switch(texts[0]));
         return {};
     },
     .texts = [](const Config& config) { return Texts{config.aws.strict ? "on" : "off"}; }},
    {.key = "aws.tables",
     .meaning = "where delivery streams made by AWS's API find the schemas of Glue's tables: none, or file:///DIRECTORY/",
     .live = true,
     .set = [](Config& config, const Texts& texts) { return set_place(config.aws.tables, texts[0], "none", false); },
     .texts = [](const Config& config) { return Texts{config.aws.tables.empty() ? "none" : config.aws.tables}; }},
    {.key = "aws.tls",
     .meaning = "whether HTTPS is served beside HTTP, by a certificate of this machine's own authority",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.aws.tls = KNS_TRY(parse_switch(texts[0]));
         return {};
     },
     .texts = [](const Config& config) { return Texts{config.aws.tls ? "on" : "off"}; }},
    {.key = "aws.transition",
     .meaning = "how long AWS's API says CREATING, UPDATING or DELETING of what has changed",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.aws.transition_ms = KNS_TRY(parse_duration(texts[0]));
         return {};
     },
     .texts =
         [](const Config& config) { return Texts{config.aws.transition_ms ? format_duration(config.aws.transition_ms) : "0"}; }},
    {.key = "defaults.durability",
     .meaning = "what a put to a new stream waits for: sync, interval=TIME or os",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.defaults.durability = texts[0];
         return check_defaults(config.defaults);
     },
     .texts = [](const Config& config) { return Texts{config.defaults.durability}; }},
    {.key = "defaults.retention",
     .meaning = "how long a new stream keeps its records",
     .live = true,
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.defaults.retention = texts[0];
         return check_defaults(config.defaults);
     },
     .texts = [](const Config& config) { return Texts{config.defaults.retention}; }},
    {.key = "defaults.shards",
     .meaning = "how many shards a new stream has",
     .live = true,
     .set = set_shards,
     .texts = [](const Config& config) { return Texts{fmt::format("{}", config.defaults.shards)}; }},
    {.key = "idle_exit",
     .meaning = "the daemon ends when nobody has needed it for this long; 0: never",
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.idle_exit_ms = KNS_TRY(parse_duration(texts[0]));
         return {};
     },
     .texts = [](const Config& config) { return Texts{config.idle_exit_ms ? format_duration(config.idle_exit_ms) : "0"}; }},
    {.key = "log_level",
     .meaning = "the least that the daemon's log tells: debug, info, warn or error",
     .live = true,
     .set = set_log_level,
     .texts = [](const Config& config) { return Texts{std::string(kLogLevels[static_cast<std::size_t>(config.log_level)])}; }},
    {.key = "scrub",
     .meaning = "whether stored records are read again and again to find damage",
     .set = [](Config& config, const Texts& texts) -> Result<void> {
         config.scrub = KNS_TRY(parse_switch(texts[0]));
         return {};
     },
     .texts = [](const Config& config) { return Texts{config.scrub ? "on" : "off"}; }},
    {.key = "tls.ca",
     .meaning = "a file of certificates (PEM) that vouch for destinations and clusters, besides the system's; or none",
     .live = true,
     .set = set_ca,
     .texts = [](const Config& config) { return Texts{config.tls_ca.empty() ? "none" : config.tls_ca}; }},
    {.key = "zones",
     .meaning = "directories, on disks of their own, that each hold a copy of the log",
     .list = true,
     .set = set_zones,
     .texts = [](const Config& config) { return config.zones; }},
};
static_assert(std::ranges::is_sorted(kSettings, {}, &Setting::key));

Result<void> set_one(LoadedConfig& loaded, const Setting& setting, const Texts& texts, std::string origin) {
    if (!setting.list && texts.size() != 1) return fail(Errc::invalid_argument, "expected one text, found a list");
    KNS_TRY(setting.set(loaded.config, texts));
    loaded.origins[std::string(setting.key)] = std::move(origin);
    return {};
}

// The keys of one map: `defaults.` has those that begin so, "" the others and the maps themselves.
Result<void> read_settings(LoadedConfig& loaded, const std::string& file, const YamlValue& map, std::string_view prefix) {
    std::vector<YamlKey> keys;
    for (const auto& setting : kSettings) {
        if (!setting.key.starts_with(prefix)) continue;
        const auto rest = setting.key.substr(prefix.size());
        const auto name = rest.substr(0, rest.find('.'));
        if (name.size() == rest.size()) {
            keys.push_back({name, [&](const YamlValue& value) -> Result<void> {
                                return set_one(loaded, setting, KNS_TRY(yaml_texts(value)),
                                               fmt::format("{}:{}", file, value.place.line));
                            }});
        } else if (std::ranges::find(keys, name, &YamlKey::name) == keys.end()) {
            keys.push_back(
                {name, [&, name](const YamlValue& value) { return read_settings(loaded, file, value, fmt::format("{}.", name)); }});
        }
    }
    if (prefix.empty())
        for (const std::string_view section : {"deliveries", "streams"})
            keys.push_back({section, [](const YamlValue&) -> Result<void> {
                                return fail(Errc::invalid_argument, "this file holds the daemon's settings only")
                                    .hint("keep it in a file of its own, for kns apply -f FILE");
                            }});
    return read_yaml_map(file, map, keys);
}

}  // namespace

std::string Setting::text(const Config& config) const { return fmt::format("{}", fmt::join(texts(config), ",")); }

std::string Setting::environment_name() const {
    std::string name = "KNS_";
    for (const char c : key) name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return name;
}

std::vector<std::string> Setting::divided(std::string_view text) const {
    if (!list) return {std::string(text)};
    std::vector<std::string> out;
    for (std::size_t from = 0; from < text.size();) {
        const auto to = std::min(text.find(',', from), text.size());
        out.emplace_back(text.substr(from, to - from));
        from = to + 1;
    }
    return out;
}

std::span<const Setting> settings() { return kSettings; }

Result<const Setting*> find_setting(std::string_view key) {
    const auto found = std::ranges::find(kSettings, key, &Setting::key);
    if (found != std::end(kSettings)) return &*found;
    std::vector<std::string_view> keys;
    for (const auto& setting : kSettings) keys.push_back(setting.key);
    const auto meant = nearest(key, keys);
    return fail(Errc::not_found, "there is no setting \"{}\"", key)
        .hint(meant ? fmt::format("did you mean \"{}\"?", *meant) : "kns config show lists them");
}

Result<LoadedConfig> load_config(const ConfigSources& sources) {
    const auto text = read_file(sources.file);
    if (!text && text.error().code != Errc::not_found) return std::unexpected(text.error());
    return load_config(sources, text ? std::string_view(*text) : std::string_view());
}

Result<LoadedConfig> load_config(const ConfigSources& sources, std::string_view file_text) {
    LoadedConfig loaded;
    if (!file_text.empty()) KNS_TRY(read_settings(loaded, sources.file, KNS_TRY(parse_yaml(file_text, sources.file)), ""));
    for (const auto& setting : kSettings) {
        const std::string name = setting.environment_name();
        if (const char* value = sources.environment(name.c_str()); value && *value)
            KNS_TRY(context(set_one(loaded, setting, setting.divided(value), name), name));
    }
    for (const auto& [key, value] : sources.flags) {
        const auto* setting = KNS_TRY(find_setting(key));
        std::string flag = fmt::format("--{}", key);
        std::ranges::replace(flag, '_', '-');
        KNS_TRY(context(set_one(loaded, *setting, setting->divided(value), flag), flag));
    }
    return loaded;
}

void use_defaults(CreateStream& request, const StreamDefaults& defaults) {
    if (!request.retention) request.retention = defaults.retention;
    if (!request.durability) request.durability = defaults.durability;
    if (!request.shard_count) request.shard_count = defaults.shards;
}

}  // namespace kns
