#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/confirm.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery}};
constexpr OptionSpec kOptions[] = {
    {.name = "if-exists", .help = "succeed if there is none of this name"},
    {.name = "yes", .letter = 'y', .help = "do not ask"},
};
constexpr Example kExamples[] = {{"kns firehose delete archive --if-exists --yes", "For a script that may run twice."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose deliver", "firehose list"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text();
    KNS_TRY(confirm(fmt::format("delete delivery stream {} and what waits in it?", name), args.flag("yes")));
    KNS_TRY(kns.daemon.remove(path_of("deliveries", name) + (args.flag("if-exists") ? "?if_exists=1" : "")));
    kns.out.note(fmt::format("deleted delivery stream {}", name));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_delete{
    .path = "firehose delete",
    .summary = "delete a delivery stream",
    .description =
        "What was put to it directly and not yet delivered is deleted with it: deliver it first with kns firehose deliver. "
        "Objects at the destination and a source stream stay.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
