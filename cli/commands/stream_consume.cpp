#include "cli/command.hpp"
#include "cli/consumer.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the stream", .completer = Completer::stream},
    {.name = "CMD",
     .help = "what to run for each batch, with its arguments, behind --",
     .completer = Completer::command,
     .many = true,
     .behind_dashes = true},
};
constexpr OptionSpec kOptions[] = {
    {.name = "group",
     .letter = 'g',
     .kind = ValueKind::text,
     .value = "GROUP",
     .help = "whose position it is",
     .completer = Completer::group,
     .required = true},
    {.name = "batch",
     .kind = ValueKind::number,
     .value = "N",
     .help = "records for one run of CMD, at most",
     .default_text = "500"},
    {.name = "from",
     .kind = ValueKind::text,
     .value = "start|latest|TIME",
     .help = "where a new group begins",
     .default_text = "start"},
    {.name = "until-end", .help = "end when all that is there now has been consumed"},
    {.name = "max-wait",
     .kind = ValueKind::duration,
     .value = "TIME",
     .help = "how long a batch may wait to become full",
     .default_text = "0s"},
    {.name = "retries",
     .kind = ValueKind::number,
     .value = "N",
     .help = "give up when CMD has failed so many times more",
     .default_text = "never; 5 with --until-end"},
    {.name = "deaggregate", .help = "take records apart that a producer packed together"},
    {.name = "encoding",
     .kind = ValueKind::choice,
     .value = "raw|base64|hex",
     .help = "how to write the data",
     .default_text = "raw"},
};
constexpr Example kExamples[] = {
    {"kns stream consume clicks --group archive -- sh -c 'cat >> archive.log'", "Append every record to a file, once and for all."},
    {"kns stream consume clicks --group mail --batch 1 -- ./send-mail",
     "One record for each run; it is tried again until it succeeds."},
    {"kns stream consume clicks --group report --until-end -o ndjson -- ./load",
     "What has come since the last time, as JSON, from a cron job."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable, ExitCode::partial,
                               ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"stream groups", "stream groups reset", "stream get"};

constexpr std::uint64_t kRetriesUntilEnd = 5;

Result<ExitCode> run(Context& kns, const Args& args) {
    ConsumeOptions options{.stream = KNS_TRY(StreamName::parse(args.text("NAME"))).text(),
                           .group = KNS_TRY(StreamName::parse(args.text("group"), "group")).text()};
    options.from = args.text_or("from", options.from);
    options.batch = args.number("batch").value_or(options.batch);
    if (options.batch == 0)
        return fail(Errc::invalid_argument, "--batch: a batch has one record at least").hint("kns help stream consume");
    options.max_wait = args.duration("max-wait").value_or(0);
    options.until_end = args.flag("until-end");
    options.retries = args.number("retries");
    if (!options.retries && options.until_end) options.retries = kRetriesUntilEnd;

    const auto encoding = KNS_TRY(enum_from_name<Encoding>(args.text_or("encoding", "raw")));
    // Lines for a program: an array would have no end.
    const Format format = kns.settings.output == Format::json ? Format::ndjson : kns.settings.output;
    BatchCommand command(args.all("CMD"),
                         {fmt::format("KNS_STREAM={}", options.stream), fmt::format("KNS_GROUP={}", options.group)});
    RecordFormat lines(options.stream, format, encoding,
                       args.flag("deaggregate") ? Aggregates::taken_apart : Aggregates::as_stored);
    return Consumer(kns, std::move(options), std::move(lines), std::move(command)).run();
}

}  // namespace

extern const CommandSpec stream_consume{
    .path = "stream consume",
    .summary = "run a command for each batch of records",
    .description =
        "Runs CMD again and again, each time with a batch of records as lines on its stdin. When CMD ends with 0, the position "
        "of the group moves behind them; otherwise they are tried again, after a pause of 1 second that doubles up to 30. So "
        "every record is consumed at least once.\n\n"
        "A batch is what is there, up to --batch records or 8 MiB. Consumers of the same group share the shards among them, "
        "and take over from one that ends. CMD finds KNS_STREAM, KNS_GROUP and KNS_BATCH_RECORDS in its environment; -o says "
        "how its lines look, as for stream get.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
