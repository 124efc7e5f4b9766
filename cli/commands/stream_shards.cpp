#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream}};
constexpr Example kExamples[] = {
    {"kns stream shards clicks", "Open and closed shards, oldest first."},
    {"kns stream shards clicks -o ndjson | jq -r .shard_id", "Their names, one a line."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream merge", "stream split"};

constexpr Column kColumns[] = {
    {.heading = "SHARD"},
    {.heading = "STATE"},
    {.heading = "RECORDS", .right = true},
    {.heading = "PARENTS"},
    {.heading = "FIRST HASH KEY", .right = true, .if_wide = true},
    {.heading = "LAST HASH KEY", .right = true, .if_wide = true},
};

Row row_of(const ShardInfo& shard) {
    return {shard.shard_id,
            std::string(name_of_enum(shard.state)),
            grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(shard.next_offset - shard.first_offset, 0))),
            shard.parents.empty() ? "-" : fmt::format("{}", fmt::join(shard.parents, " ")),
            shard.starting_hash_key,
            shard.ending_hash_key};
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    kns.out.list(KNS_TRY(kns.daemon.list<ShardInfo>(path_of("streams", name.text(), "shards"))), kColumns, row_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_shards{
    .path = "stream shards",
    .summary = "list a stream's shards",
    .description =
        "Prints every shard, closed ones too as long as they hold records. Each serves a range of hash keys (the MD5 of a "
        "record's key); the parents are the shards it was split or merged from.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
