#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/consumer.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream},
                             {.name = "CONSUMER", .help = "its name"}};
constexpr Example kExamples[] = {{"kns stream consumer show clicks dashboard", "Its ARN, and since when."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream consumer list"};

Lines lines_of(const ConsumerInfo& consumer) {
    return {{"name", consumer.name}, {"arn", consumer.arn}, {"created", consumer.created_at}};
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    const auto consumer = KNS_TRY(StreamName::parse(args.text("CONSUMER"), "consumer"));
    kns.out.object(KNS_TRY(kns.daemon.get<ConsumerInfo>(path_of("streams", name.text(), "consumers", consumer.text()))), lines_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_consumer_show{
    .path = "stream consumer show",
    .summary = "show a consumer with enhanced fan-out",
    .description = "Prints its ARN, which SubscribeToShard asks for.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
