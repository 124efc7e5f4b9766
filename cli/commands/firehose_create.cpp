#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/deliveries.hpp"
#include "core/base/buffering.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "at most 128 letters, digits, dots, - and _"}};
constexpr OptionSpec kOptions[] = {
    {.name = "to",
     .kind = ValueKind::text,
     .value = "URL",
     .help = "where the records go: a directory, or file:///DIR/",
     .completer = Completer::directory,
     .required = true},
    {.name = "source",
     .kind = ValueKind::text,
     .value = "STREAM",
     .help = "the stream to read",
     .default_text = "none: records are put directly",
     .completer = Completer::stream},
    {.name = "from",
     .kind = ValueKind::text,
     .value = "start|latest|TIME",
     .help = "where in the source to begin",
     .default_text = "start"},
    {.name = "buffer",
     .kind = ValueKind::text,
     .value = "SIZE,TIME",
     .help = "deliver when this much or this old",
     .default_text = "5MiB,300s"},
    {.name = "format", .kind = ValueKind::text, .value = "FORMAT", .help = "how records are written", .default_text = "json"},
    {.name = "compress", .kind = ValueKind::choice, .value = "none|gzip", .help = "compress each object", .default_text = "none"},
    {.name = "delimiter",
     .kind = ValueKind::choice,
     .value = "newline|none",
     .help = "what stands behind each record",
     .default_text = "newline for files"},
    {.name = "prefix",
     .kind = ValueKind::text,
     .value = "PREFIX",
     .help = "of object names, with !{timestamp:...} expressions",
     .default_text = "yyyy/MM/dd/HH/"},
    {.name = "error-prefix",
     .kind = ValueKind::text,
     .value = "PREFIX",
     .help = "of objects that hold what could not be delivered"},
    {.name = "retry",
     .kind = ValueKind::duration,
     .value = "TIME",
     .help = "how long a failing destination is tried",
     .default_text = "300s"},
    {.name = "if-not-exists", .help = "succeed if there is one of this name already"},
};
constexpr Example kExamples[] = {
    {"kns firehose create archive --source clicks --to file:///srv/archive/ --compress gzip", "A stream as dated gzip files."},
    {"kns firehose create audit --to ./audit --buffer 1MiB,60s", "Records are put with: kns firehose put audit."},
    {"kns firehose create daily --source clicks --to ./daily --prefix 'day=!{timestamp:yyyy-MM-dd}/'", "A directory a day."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose deliver", "firehose show", "firehose update"};

Result<ExitCode> run(Context& kns, const Args& args) {
    CreateDelivery create;
    create.name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text();
    if (args.has("source")) create.source = KNS_TRY(StreamName::parse(args.text("source"))).text();
    create.from = args.text_or("from", create.from);
    create.to = KNS_TRY(destination_url(args.text("to")));
    create.format = args.text_or("format", create.format);
    if (args.has("compress")) create.compress = KNS_TRY(enum_from_name<Compression>(args.text("compress")));
    if (args.has("delimiter")) create.delimiter = KNS_TRY(enum_from_name<Delimiter>(args.text("delimiter")));
    if (args.has("buffer")) {
        const auto buffering = KNS_TRY(context(parse_buffering(args.text("buffer")), "--buffer"));
        create.buffer_bytes = buffering.bytes.value_or(create.buffer_bytes);
        create.buffer_ms = buffering.ms.value_or(create.buffer_ms);
    }
    create.prefix = args.text("prefix");
    create.error_prefix = args.text("error-prefix");
    create.retry_ms = args.duration("retry").value_or(create.retry_ms);
    create.if_not_exists = args.flag("if-not-exists");
    const auto made = KNS_TRY(kns.daemon.post<DeliveryInfo>("/v1/deliveries", create));
    kns.out.changed(made, fmt::format("delivery stream {} takes {} to {}", made.name,
                                      made.source ? "records of " + *made.source : "what is put", made.to));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_create{
    .path = "firehose create",
    .summary = "create a delivery stream",
    .description =
        "A delivery stream collects records, from a stream or put to it directly, and writes them to its destination as "
        "objects, each once the buffer's size or age is reached. Each record is delivered at least once; an object is either "
        "there completely or not at all.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
