#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/deliveries.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery}};
constexpr Example kExamples[] = {{"kns firehose show archive", "Its settings, what waits in it, and its last error."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose list", "firehose update"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream"));
    kns.out.object(KNS_TRY(kns.daemon.get<DeliveryInfo>(path_of("deliveries", name.text()))), lines_of_delivery);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_show{
    .path = "firehose show",
    .summary = "show one delivery stream",
    .description = "Prints the settings of a delivery stream and how its deliveries go.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
