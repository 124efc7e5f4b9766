#include <algorithm>
#include <charconv>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/tags.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "at most 128 letters, digits, dots, - and _"}};
constexpr OptionSpec kOptions[] = {
    {.name = "shards",
     .kind = ValueKind::number,
     .value = "N",
     .help = "how many shards divide the keys",
     .default_text = "1",
     .excludes = "on-demand"},
    {.name = "on-demand", .help = "shards are added as the load asks for them"},
    {.name = "retention",
     .kind = ValueKind::duration,
     .value = "TIME",
     .help = "how long records are kept, up to 365d",
     .default_text = "24h"},
    {.name = "durability",
     .kind = ValueKind::text,
     .value = "sync|interval=100ms|os",
     .help = "what a put waits for",
     .default_text = "sync"},
    {.name = "limits",
     .kind = ValueKind::choice,
     .value = "aws|off",
     .help = "enforce the per-shard limits of Kinesis",
     .default_text = "off"},
    {.name = "max-record-size",
     .kind = ValueKind::size,
     .value = "SIZE",
     .help = "larger records are refused",
     .default_text = "1MiB"},
    {.name = "encrypt", .help = "store the records encrypted (AES-256-GCM)"},
    {.name = "zones", .kind = ValueKind::text, .value = "N", .help = "refuse unless the daemon keeps everything in N directories"},
    {.name = "tag", .kind = ValueKind::text, .value = "KEY=VALUE", .help = "a tag for it", .repeatable = true},
    {.name = "if-not-exists", .help = "succeed if there is one of this name already"},
};
constexpr Example kExamples[] = {
    {"kns stream create clicks", "One shard; records are kept for a day."},
    {"kns stream create clicks --shards 4 --retention 7d", "Four shards, a week."},
    {"kns stream create patients --encrypt", "On the disk, nobody reads the records without the key file."},
    {"kns stream create metrics --durability interval=100ms --if-not-exists",
     "At most 100 ms of records may be lost with the power; safe to run twice."},
};
constexpr ExitCode kExits[] = {ExitCode::conflict, ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"daemon rotate-key", "stream delete", "stream show", "stream update"};

// A number; or, as KNS_ZONES has it for the daemon, the list itself.
Result<std::uint32_t> parse_zones(const std::string& text) {
    if (text.starts_with('/')) return static_cast<std::uint32_t>(1 + std::ranges::count(text, ','));
    std::uint32_t zones = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), zones);
    if (failure != std::errc() || end != text.data() + text.size())
        return fail(Errc::invalid_argument, "\"{}\" is not a number of zones", text);
    return zones;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    CreateStream create;
    create.name = KNS_TRY(StreamName::parse(args.text("NAME"))).text();
    if (const auto shards = args.number("shards"))
        create.shard_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(*shards, UINT32_MAX));
    if (args.flag("on-demand")) create.mode = "on-demand";
    create.retention = args.maybe_text("retention");
    create.durability = args.maybe_text("durability");
    create.limits = args.text_or("limits", create.limits);
    create.max_record_bytes = args.size("max-record-size").value_or(create.max_record_bytes);
    if (const auto zones = args.text_or("zones", ""); !zones.empty()) create.zones = KNS_TRY(parse_zones(zones));
    create.tags = KNS_TRY(parse_tags(args.all("tag")));
    create.encrypt = args.flag("encrypt");
    create.if_not_exists = args.flag("if-not-exists");
    const auto made = KNS_TRY(kns.daemon.post<StreamInfo>("/v1/streams", create));
    kns.out.changed(made, fmt::format("stream {} is ready: {} shard{}, kept for {}", made.name, made.shard_count,
                                      made.shard_count == 1 ? "" : "s", made.retention));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_create{
    .path = "stream create",
    .summary = "create a stream",
    .description =
        "Creates a stream and returns when it can be used. What a put waits for is its durability: sync until the records are "
        "on the disk, interval=TIME until they are written, with a sync at least that often, os until the system has them.\n\n"
        "With --encrypt each batch of records is encrypted before it is written, by a key of the stream's own, which the file "
        "\"key\" in the data directory opens. Keep a copy of that file elsewhere: without it the records are lost. When records "
        "came, how many and how large stays visible.\n\n"
        "The defaults of --shards, --retention and --durability are settings: kns config show.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
