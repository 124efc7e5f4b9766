#include "cli/client.hpp"
#include "cli/command.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {
    {.name = "prefix",
     .kind = ValueKind::text,
     .value = "TEXT",
     .help = "only names that begin with this",
     .completer = Completer::stream},
};
constexpr Example kExamples[] = {
    {"kns stream list", "All streams."},
    {"kns stream list --prefix web- -o json", "Those of one kind, for a program."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream create", "stream show"};

constexpr Column kColumns[] = {
    {.heading = "NAME"},
    {.heading = "STATUS"},
    {.heading = "SHARDS", .right = true},
    {.heading = "RETENTION", .right = true},
    {.heading = "RECORDS", .right = true},
    {.heading = "SIZE", .right = true},
    {.heading = "DURABILITY", .if_wide = true},
    {.heading = "CREATED", .if_wide = true},
};

Row row_of(const StreamInfo& stream) {
    return {stream.name,
            std::string(name_of_enum(stream.status)),
            fmt::format("{}", stream.shard_count),
            stream.retention,
            grouped(stream.records),
            format_size(stream.bytes),
            stream.durability,
            stream.created_at};
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto& prefix = args.text("prefix");
    const auto target = prefix.empty() ? std::string("/v1/streams") : fmt::format("/v1/streams?prefix={}", percent_encode(prefix));
    const auto streams = KNS_TRY(kns.daemon.list<StreamInfo>(target));
    kns.out.list(streams, kColumns, row_of);
    if (streams.empty()) kns.out.note("no streams yet; make one with: kns stream create NAME");
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_list{
    .path = "stream list",
    .summary = "list the streams",
    .description = "Prints one line a stream, in the order of their names.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
