#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/consumer.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream},
                             {.name = "CONSUMER", .help = "its name"}};
constexpr OptionSpec kOptions[] = {{.name = "if-exists", .help = "succeed if there is none of this name"}};
constexpr Example kExamples[] = {
    {"kns stream consumer delete clicks dashboard --if-exists", "Nobody subscribes as dashboard any more."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream consumer list"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    const auto consumer = KNS_TRY(StreamName::parse(args.text("CONSUMER"), "consumer"));
    KNS_TRY(kns.daemon.remove(path_of("streams", name.text(), "consumers", consumer.text()) +
                              (args.flag("if-exists") ? "?if_exists=1" : "")));
    kns.out.note(fmt::format("deregistered consumer {} of {}", consumer.text(), name.text()));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_consumer_delete{
    .path = "stream consumer delete",
    .summary = "deregister a consumer with enhanced fan-out",
    .description = "Subscriptions in its name end. The records stay.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
