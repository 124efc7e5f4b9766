#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream},
    {.name = "SHARD", .help = "the open shard to split: shardId-000000000003, or 3", .completer = Completer::shard},
};
constexpr OptionSpec kOptions[] = {
    {.name = "at",
     .kind = ValueKind::text,
     .value = "HASH",
     .help = "the first hash key of the second half",
     .default_text = "the middle"},
};
constexpr Example kExamples[] = {
    {"kns stream split clicks 0", "Divide the first shard's keys between two."},
    {"kns stream split clicks 0 --at 1000000", "Divide them at a hash key of your own."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream merge", "stream shards", "stream update"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    SplitShard split{.shard_id = shard_id_text(KNS_TRY(parse_shard_id(args.text("SHARD")))), .at = args.maybe_text("at")};
    if (split.at) KNS_TRY(context(parse_hash_key(*split.at), "--at"));
    const auto children = KNS_TRY(kns.daemon.post<Items<ShardInfo>>(path_of("streams", name.text(), "split"), split)).items;
    static constexpr Column kColumns[] = {
        {.heading = "SHARD"}, {.heading = "FIRST HASH KEY", .right = true}, {.heading = "LAST HASH KEY", .right = true}};
    kns.out.list(children, kColumns,
                 [](const ShardInfo& shard) -> Row { return {shard.shard_id, shard.starting_hash_key, shard.ending_hash_key}; });
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_split{
    .path = "stream split",
    .summary = "split a shard in two",
    .description =
        "Closes a shard and opens two that share its keys. What it holds stays readable, and is read before its children, so "
        "the order of each key is kept. Prints the two.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
