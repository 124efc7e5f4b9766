#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/deliveries.hpp"
#include "core/base/buffering.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery}};
constexpr OptionSpec kOptions[] = {
    {.name = "to", .kind = ValueKind::text, .value = "URL", .help = "where the records go", .completer = Completer::directory},
    {.name = "buffer", .kind = ValueKind::text, .value = "SIZE,TIME", .help = "deliver when this much or this old"},
    {.name = "format", .kind = ValueKind::text, .value = "FORMAT", .help = "how records are written"},
    {.name = "compress", .kind = ValueKind::choice, .value = "none|gzip", .help = "compress each object"},
    {.name = "delimiter", .kind = ValueKind::choice, .value = "newline|none", .help = "what stands behind each record"},
    {.name = "prefix", .kind = ValueKind::text, .value = "PREFIX", .help = "of object names"},
    {.name = "error-prefix",
     .kind = ValueKind::text,
     .value = "PREFIX",
     .help = "of objects that hold what could not be delivered"},
    {.name = "retry", .kind = ValueKind::duration, .value = "TIME", .help = "how long a failing destination is tried"},
};
constexpr Example kExamples[] = {
    {"kns firehose update archive --buffer 64MiB,15m", "Fewer, larger objects from now on."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose create", "firehose show"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream"));
    UpdateDelivery update;
    bool anything = false;
    for (const auto& option : args.command().options) anything |= args.has(option.name);
    if (!anything) return fail(Errc::invalid_argument, "nothing to change was given").hint("kns help firehose update");
    if (args.has("to")) update.to = KNS_TRY(destination_url(args.text("to")));
    if (args.has("buffer")) {
        const auto buffering = KNS_TRY(context(parse_buffering(args.text("buffer")), "--buffer"));
        update.buffer_bytes = buffering.bytes;
        update.buffer_ms = buffering.ms;
    }
    update.format = args.maybe_text("format");
    if (args.has("compress")) update.compress = KNS_TRY(enum_from_name<Compression>(args.text("compress")));
    if (args.has("delimiter")) update.delimiter = KNS_TRY(enum_from_name<Delimiter>(args.text("delimiter")));
    update.prefix = args.maybe_text("prefix");
    update.error_prefix = args.maybe_text("error-prefix");
    update.retry_ms = args.duration("retry");
    const auto changed = KNS_TRY(kns.daemon.patch<DeliveryInfo>(path_of("deliveries", name.text()), update));
    kns.out.changed(changed, fmt::format("delivery stream {} is now version {}", changed.name, changed.version));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_update{
    .path = "firehose update",
    .summary = "change a delivery stream",
    .description = "Changes what is given and leaves the rest. What is buffered already is delivered by the new settings.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
