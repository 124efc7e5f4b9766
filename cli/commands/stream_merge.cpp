#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream},
    {.name = "SHARD", .help = "an open shard: shardId-000000000003, or 3", .completer = Completer::shard},
    {.name = "NEIGHBOUR", .help = "the open shard whose keys adjoin", .completer = Completer::shard},
};
constexpr Example kExamples[] = {{"kns stream merge clicks 0 1", "One shard in place of the first two."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream shards", "stream split", "stream update"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    MergeShards merge;
    for (const auto* shard : {"SHARD", "NEIGHBOUR"})
        merge.shard_ids.push_back(shard_id_text(KNS_TRY(parse_shard_id(args.text(shard)))));
    const auto merged = KNS_TRY(kns.daemon.post<ShardInfo>(path_of("streams", name.text(), "merge"), merge));
    kns.out.object(merged, [](const ShardInfo& shard) -> Lines {
        return {{"shard", shard.shard_id},
                {"parents", fmt::format("{}", fmt::join(shard.parents, " "))},
                {"first hash key", shard.starting_hash_key},
                {"last hash key", shard.ending_hash_key}};
    });
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_merge{
    .path = "stream merge",
    .summary = "merge two neighbouring shards",
    .description =
        "Closes two shards whose hash keys adjoin and opens one for the keys of both. What they hold stays readable, and is "
        "read first. Prints the new shard.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
