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
     .default_text = "start"},
    {.name = "until-end", .help = "end at what is the end now; so it does unless told otherwise", .excludes = "follow"},
    {.name = "follow", .letter = 'f', .help = "go on with new records as they come"},
    {.name = "limit", .letter = 'n', .kind = ValueKind::number, .value = "N", .help = "end after N records"},
    {.name = "for", .kind = ValueKind::duration, .value = "TIME", .help = "follow, and end after this time"},
    {.name = "shard", .kind = ValueKind::text, .value = "ID", .help = "read this shard only", .completer = Completer::shard},
    {.name = "deaggregate", .help = "take records apart that a producer packed together"},
    {.name = "encoding",
     .kind = ValueKind::choice,
     .value = "raw|base64|hex",
     .help = "how to write the data",
     .default_text = "raw"},
};
constexpr Example kExamples[] = {
    {"kns stream get clicks > clicks.log", "All that is kept, a line each, in the order it came."},
    {"kns stream get clicks --from -10m -o ndjson", "The last ten minutes, with keys, times and sequence numbers."},
    {"kns stream get clicks --from latest --limit 1 --for 30s", "The next record, if one comes within 30 seconds."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::try_again,
                               ExitCode::partial,   ExitCode::interrupted, ExitCode::pipe_closed};
constexpr std::string_view kSeeAlso[] = {"stream tail", "stream consume", "stream put"};

Result<ExitCode> run(Context& kns, const Args& args) {
    ReadSelection selection{.stream = KNS_TRY(StreamName::parse(args.text("NAME"))).text()};
    selection.from = args.text_or("from", selection.from);
    selection.shard = args.maybe_text("shard");
    selection.limit = args.number("limit");
    selection.duration = args.flag("until-end") ? std::nullopt : args.duration("for");
    selection.follow = args.flag("follow");
    return read_stream(kns, selection, KNS_TRY(enum_from_name<Encoding>(args.text_or("encoding", "raw"))),
                       args.flag("deaggregate") ? Aggregates::taken_apart : Aggregates::as_stored);
}

}  // namespace

extern const CommandSpec stream_get{
    .path = "stream get",
    .summary = "read records from a stream",
    .description =
        "Writes the data of each record and a newline to stdout. It ends at what is the end of the stream when it is asked; "
        "only --follow and --for wait for more.\n\n"
        "A whole stream is read in the order the records came; after a split, what is in the parent comes before what is in "
        "its children. Records lost to damage on the disk are named on stderr, and the exit code is 7.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
