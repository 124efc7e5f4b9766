#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/confirm.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream}};
constexpr OptionSpec kOptions[] = {
    {.name = "if-exists", .help = "succeed if there is none of this name"},
    {.name = "yes", .letter = 'y', .help = "do not ask"},
};
constexpr Example kExamples[] = {
    {"kns stream delete clicks", "Asks first, on a terminal."},
    {"kns stream delete clicks --if-exists --yes", "For a script that may run twice."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream create", "stream list"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"))).text();
    KNS_TRY(confirm(fmt::format("delete stream {} and all its records?", name), args.flag("yes")));
    KNS_TRY(kns.daemon.remove(path_of("streams", name) + (args.flag("if-exists") ? "?if_exists=1" : "")));
    kns.out.note(fmt::format("deleted stream {}", name));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_delete{
    .path = "stream delete",
    .summary = "delete a stream and its records",
    .description = "Deletes a stream, its records and the positions of its groups. There is no way back.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
