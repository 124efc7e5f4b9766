#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/consumer.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream}};
constexpr Example kExamples[] = {{"kns stream consumer list clicks", "Names, ARNs, and since when."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream consumer create", "stream groups"};

constexpr Column kColumns[] = {{.heading = "CONSUMER"}, {.heading = "CREATED"}, {.heading = "ARN"}};

std::vector<Row> rows_of(const ConsumerInfo& consumer) { return {{consumer.name, consumer.created_at, consumer.arn}}; }

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    kns.out.list(KNS_TRY(kns.daemon.list<ConsumerInfo>(path_of("streams", name.text(), "consumers"))), kColumns, rows_of);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_consumer_list{
    .path = "stream consumer list",
    .summary = "list the consumers with enhanced fan-out",
    .description = "They are programs that subscribe by AWS's API; kns stream groups lists who consumes in a shell.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
