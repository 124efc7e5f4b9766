#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/deliveries.hpp"
#include "cli/stream_reading.hpp"
#include "core/base/api/delivery.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery}};
constexpr OptionSpec kOptions[] = {
    {.name = "from", .kind = ValueKind::text, .value = "start|latest|TIME", .help = "where to begin", .default_text = "latest"},
    {.name = "limit", .letter = 'n', .kind = ValueKind::number, .value = "N", .help = "end after N records"},
    {.name = "for", .kind = ValueKind::duration, .value = "TIME", .help = "end after this time"},
    {.name = "encoding",
     .kind = ValueKind::choice,
     .value = "raw|base64|hex",
     .help = "how to write the data",
     .default_text = "raw"},
};
constexpr Example kExamples[] = {
    {"kns firehose tap audit", "Records as they are put, until Ctrl-C."},
    {"kns firehose tap audit --from start --limit 5 | kns firehose explain audit", "And what will become of them."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::partial, ExitCode::interrupted,
                               ExitCode::pipe_closed};
constexpr std::string_view kSeeAlso[] = {"firehose explain", "stream tail"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text();
    const auto delivery = KNS_TRY(kns.daemon.get<DeliveryInfo>(path_of("deliveries", name)));
    const bool stream = delivery.source && !is_topic(*delivery.source);
    ReadSelection selection{.stream = stream ? *delivery.source : "kns.firehose." + delivery.name};
    selection.from = args.text_or("from", "latest");
    selection.limit = args.number("limit");
    selection.duration = args.duration("for");
    selection.follow = true;
    return read_stream(kns, selection, KNS_TRY(enum_from_name<Encoding>(args.text_or("encoding", "raw"))), Aggregates::taken_apart);
}

}  // namespace

extern const CommandSpec firehose_tap{
    .path = "firehose tap",
    .summary = "watch the records that come to a delivery stream",
    .description =
        "Writes each record to stdout as it comes in, from its source or put directly, before anything is done with it. What was "
        "put directly can be seen with --from start until it is delivered, and for some time after that.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
