#include "cli/command.hpp"
#include "cli/stream_reading.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream", .completer = Completer::stream}};
constexpr OptionSpec kOptions[] = {
    {.name = "from",
     .kind = ValueKind::text,
     .value = "start|latest|TIME|SEQUENCE",
     .help = "where to begin",
     .default_text = "latest"},
    {.name = "limit", .letter = 'n', .kind = ValueKind::number, .value = "N", .help = "end after N records"},
    {.name = "for", .kind = ValueKind::duration, .value = "TIME", .help = "end after this time"},
    {.name = "shard", .kind = ValueKind::text, .value = "ID", .help = "read this shard only", .completer = Completer::shard},
    {.name = "deaggregate", .help = "take records apart that a producer packed together"},
    {.name = "encoding",
     .kind = ValueKind::choice,
     .value = "raw|base64|hex",
     .help = "how to write the data",
     .default_text = "raw"},
};
constexpr Example kExamples[] = {
    {"kns stream tail clicks", "New records as they come, until Ctrl-C."},
    {"kns stream tail clicks --from -5m | grep error", "The last five minutes, and on."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::partial, ExitCode::interrupted,
                               ExitCode::pipe_closed};
constexpr std::string_view kSeeAlso[] = {"stream get", "stream consume"};

Result<ExitCode> run(Context& kns, const Args& args) {
    ReadSelection selection{.stream = KNS_TRY(StreamName::parse(args.text("NAME"))).text()};
    selection.from = args.text_or("from", "latest");
    selection.shard = args.maybe_text("shard");
    selection.limit = args.number("limit");
    selection.duration = args.duration("for");
    selection.follow = true;
    return read_stream(kns, selection, KNS_TRY(enum_from_name<Encoding>(args.text_or("encoding", "raw"))),
                       args.flag("deaggregate") ? Aggregates::taken_apart : Aggregates::as_stored);
}

}  // namespace

extern const CommandSpec stream_tail{
    .path = "stream tail",
    .summary = "follow a stream",
    .description =
        "Writes new records to stdout as they come: stream get --from latest --follow. Each is written as soon as it is there.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
