#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream}};
constexpr Example kExamples[] = {
    {"kns stream groups clicks", "Who reads it, how far they are, and how much is left."},
    {"kns stream groups clicks -o json | jq '.[].lag'", "How much each has left."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream groups delete", "stream groups reset"};

constexpr Column kColumns[] = {
    {.heading = "GROUP"},
    {.heading = "SHARD"},
    {.heading = "LAG", .right = true},
    {.heading = "MEMBER"},
    {.heading = "COMMITTED", .if_wide = true},
    {.heading = "LAST SEQUENCE NUMBER", .if_wide = true},
};

std::vector<Row> rows_of(const GroupInfo& group) {
    std::vector<Row> rows;
    for (const auto& shard : group.shards)
        rows.push_back({group.name, shard.shard_id, grouped(shard.lag), shard.member.value_or("-"), group.committed_at,
                        shard.sequence_number.value_or("-")});
    if (rows.empty()) rows.push_back({group.name, "-", grouped(group.lag), "-", group.committed_at, "-"});
    return rows;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    kns.out.list(KNS_TRY(kns.daemon.list<GroupInfo>(path_of("streams", name.text(), "groups"))), kColumns, rows_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_groups{
    .path = "stream groups",
    .summary = "list the groups reading a stream, with their lag",
    .description = "Prints each group's position in each shard: the last record it has committed, and how many it has not.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
