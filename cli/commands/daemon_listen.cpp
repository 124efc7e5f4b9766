#include "cli/command.hpp"
#include "cli/daemon_control.hpp"
#include "core/base/api/config.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "FACE", .help = "aws: Kinesis Data Streams as AWS's SDKs speak it"}};
constexpr OptionSpec kOptions[] = {
    {.name = "address",
     .kind = ValueKind::text,
     .value = "ADDRESS:PORT",
     .help = "where, on this machine only",
     .default_text = "127.0.0.1:4566"},
    {.name = "auth",
     .kind = ValueKind::choice,
     .value = "on|off",
     .help = "whether requests have to be signed by a key that the daemon knows",
     .default_text = "as it is; on at first"},
    {.name = "tls",
     .help = "HTTPS too, on the same port, by a certificate of this machine's own authority; kns env says how to trust it"},
    {.name = "transition",
     .kind = ValueKind::duration,
     .value = "TIME",
     .help = "how long CREATING, UPDATING and DELETING last, for those who test waiting; 0: not at all",
     .default_text = "as it is; 0 at first"},
    {.name = "off", .help = "listen no more", .excludes = "address"},
};
constexpr Example kExamples[] = {
    {"kns daemon listen aws", "SDKs and the AWS CLI connect to 127.0.0.1:4566."},
    {"kns daemon listen aws --tls", "The same by HTTPS."},
    {"kns daemon listen aws --auth off", "Whoever can reach the port needs no key."},
    {"kns daemon listen aws --transition 2s", "A new stream is CREATING for two seconds, then ACTIVE."},
    {"kns daemon listen aws --off", "The daemon's own socket is the only way in again."},
};
constexpr ExitCode kExits[] = {ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"config set", "daemon status", "env"};

Result<ConfigEntry> set(Context& kns, std::string_view key, std::string value) {
    return kns.daemon.put<ConfigEntry>(path_of("config", key), SetConfig{std::move(value)});
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto face = args.text("FACE");
    if (face == "kafka" || face == "media") return fail(Errc::unsupported, "this kns does not listen for {} yet", face);
    if (face != "aws") return fail(Errc::invalid_argument, "\"{}\" is nothing to listen for", face).hint("aws");
    const auto before = KNS_TRY(kns.daemon.get<ConfigEntry>(path_of("config", "aws.listen")));
    KNS_TRY(set(kns, "aws.listen", args.flag("off") ? "off" : args.text_or("address", "127.0.0.1:4566")));
    auto status = KNS_TRY(kns.daemon.get<DaemonStatus>("/v1/daemon"));
    for (const auto& listener : status.listeners) {
        if (listener.trouble.empty()) continue;
        KNS_TRY(set(kns, "aws.listen", before.value));
        return fail(Errc::conflict, "{}", listener.trouble).hint("choose another --address");
    }
    if (args.has("auth")) KNS_TRY(set(kns, "aws.auth", args.text("auth")));
    if (args.has("transition")) KNS_TRY(set(kns, "aws.transition", args.text("transition")));
    if (!args.flag("off")) KNS_TRY(set(kns, "aws.tls", args.flag("tls") ? "on" : "off"));
    status = KNS_TRY(kns.daemon.get<DaemonStatus>("/v1/daemon"));
    if (args.flag("off") || status.listeners.empty()) {
        kns.out.changed(status, "AWS's API is served on the daemon's socket only");
    } else {
        const auto& listener = status.listeners.front();
        kns.out.changed(status, fmt::format("AWS's API is served on {}{}{}; eval \"$(kns env)\" tells SDKs", listener.address,
                                            listener.tls ? ", by HTTPS too" : "", listener.auth ? "" : ", to whoever asks"));
    }
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_listen{
    .path = "daemon listen",
    .summary = "serve AWS's API on a port of this machine",
    .description =
        "From now on, and from the daemon's next start: it is the setting aws.listen. While it listens the daemon does not end "
        "when "
        "idle. Requests have to be signed, by the key that kns env prints or by one in a secret whose name begins with aws-client.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
