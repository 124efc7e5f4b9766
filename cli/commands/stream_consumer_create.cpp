#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/consumer.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream},
                             {.name = "CONSUMER", .help = "its name"}};
constexpr OptionSpec kOptions[] = {{.name = "if-not-exists", .help = "succeed if there is one of this name"}};
constexpr Example kExamples[] = {{"kns stream consumer create clicks dashboard", "Prints its ARN among the rest."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream consumer list", "stream consume", "daemon listen"};

Lines lines_of(const ConsumerInfo& consumer) {
    return {{"name", consumer.name}, {"arn", consumer.arn}, {"created", consumer.created_at}};
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    const auto consumer = KNS_TRY(StreamName::parse(args.text("CONSUMER"), "consumer"));
    const auto target = path_of("streams", name.text(), "consumers") + (args.flag("if-not-exists") ? "?if_not_exists=1" : "");
    kns.out.object(KNS_TRY(kns.daemon.post<ConsumerInfo>(target, CreateConsumer{consumer.text()})), lines_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_consumer_create{
    .path = "stream consumer create",
    .summary = "register a consumer with enhanced fan-out",
    .description =
        "Programs that subscribe to shards by AWS's API (SubscribeToShard) do so as a consumer, by its ARN: each has its own 2 MiB "
        "a second of every shard. Up to 20 for a stream. What consumes in a shell is kns stream consume, which needs none.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
