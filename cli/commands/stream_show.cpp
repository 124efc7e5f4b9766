#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/tags.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream}};
constexpr Example kExamples[] = {
    {"kns stream show clicks", "What there is to know about a stream."},
    {"kns stream show clicks -o json | jq .shard_count", "One fact of it, for a script."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream list", "stream shards", "stream update"};

std::string encryption_of(const StreamInfo& stream) {
    if (stream.encryption == "none") return "";
    return stream.encryption + (stream.key_number ? fmt::format(", key {}", *stream.key_number) : ", its key is not there");
}

Lines lines_of(const StreamInfo& stream) {
    return {
        {"name", stream.name},
        {"arn", stream.arn},
        {"status", std::string(name_of_enum(stream.status))},
        {"mode", stream.mode},
        {"shards", fmt::format("{}", stream.shard_count)},
        {"retention", stream.retention},
        {"durability", stream.durability},
        {"zones", stream.zones ? fmt::format("{} of {}{}", stream.zones_ok, stream.zones,
                                             stream.zones_ok < stream.zones ? " (degraded)" : "")
                               : ""},
        {"limits", stream.limits},
        {"max record", format_size(stream.max_record_bytes)},
        {"encryption", encryption_of(stream)},
        {"records", grouped(stream.records)},
        {"size", format_size(stream.bytes)},
        {"damaged", stream.damaged_records ? fmt::format("{} records lost to corruption", grouped(stream.damaged_records)) : ""},
        {"created", stream.created_at},
        {"tags", tags_text(stream.tags)},
    };
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    kns.out.object(KNS_TRY(kns.daemon.get<StreamInfo>(path_of("streams", name.text()))), lines_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_show{
    .path = "stream show",
    .summary = "show one stream",
    .description = "Prints the settings of a stream and what is kept in it now.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
