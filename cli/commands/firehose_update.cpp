#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/delivery_options.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery}};
constexpr auto kOptions = with_delivery_options(
    std::to_array<OptionSpec>({
        {.name = "to", .kind = ValueKind::text, .value = "URL", .help = "where the records go", .completer = Completer::directory},
    }),
    IfAbsent::stays);
constexpr Example kExamples[] = {
    {"kns firehose update archive --buffer 64MiB,15m", "Fewer, larger objects from now on."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose create", "firehose show"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream"));
    bool anything = false;
    for (const auto& option : args.command().options) anything |= args.has(option.name);
    if (!anything) return fail(Errc::invalid_argument, "nothing to change was given").hint("kns help firehose update");
    const auto update = KNS_TRY(delivery_settings(args));
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
