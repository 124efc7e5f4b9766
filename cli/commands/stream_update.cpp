#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream}};
constexpr OptionSpec kOptions[] = {
    {.name = "shards",
     .kind = ValueKind::number,
     .value = "N",
     .help = "divide the keys among this many shards",
     .excludes = "on-demand"},
    {.name = "on-demand", .help = "shards are added as the load asks for them"},
    {.name = "retention", .kind = ValueKind::duration, .value = "TIME", .help = "how long records are kept, up to 365d"},
    {.name = "durability", .kind = ValueKind::text, .value = "sync|interval=100ms|os", .help = "what a put waits for"},
    {.name = "limits", .kind = ValueKind::choice, .value = "aws|off", .help = "enforce the per-shard limits of Kinesis"},
    {.name = "max-record-size", .kind = ValueKind::size, .value = "SIZE", .help = "larger records are refused"},
    {.name = "rotate-key", .help = "encrypt what is put from now on by a new key"},
};
constexpr Example kExamples[] = {
    {"kns stream update clicks --retention 7d", "Keep a week from now on."},
    {"kns stream update clicks --shards 8", "Reshard: the old shards are closed and stay readable."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"stream merge", "stream show", "stream split"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    UpdateStream update;
    if (const auto shards = args.number("shards")) {
        update.shard_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(*shards, UINT32_MAX));
        update.mode = "provisioned";
    }
    if (args.flag("on-demand")) update.mode = "on-demand";
    update.retention = args.maybe_text("retention");
    update.durability = args.maybe_text("durability");
    update.limits = args.maybe_text("limits");
    update.max_record_bytes = args.size("max-record-size");
    update.rotate_key = args.flag("rotate-key");
    if (!update.rotate_key && !update.mode && !update.retention && !update.durability && !update.limits && !update.max_record_bytes)
        return fail(Errc::invalid_argument, "nothing to change was given").hint("kns help stream update");
    const auto changed = KNS_TRY(kns.daemon.patch<StreamInfo>(path_of("streams", name.text()), update));
    const auto key = changed.key_number ? fmt::format(", key {}", *changed.key_number) : std::string();
    kns.out.changed(changed, fmt::format("stream {}: {} shard{}, kept for {}, durability {}{}", changed.name, changed.shard_count,
                                         changed.shard_count == 1 ? "" : "s", changed.retention, changed.durability, key));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_update{
    .path = "stream update",
    .summary = "change a stream's settings or number of shards",
    .description =
        "Changes what is given and leaves the rest. A shorter retention removes older records. A new number of shards closes "
        "the present ones and opens others; readers finish the closed ones first, so the order of each key is kept.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
