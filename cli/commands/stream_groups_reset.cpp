#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream}};
constexpr OptionSpec kOptions[] = {
    {.name = "group",
     .kind = ValueKind::text,
     .value = "GROUP",
     .help = "whose position",
     .completer = Completer::group,
     .required = true},
    {.name = "to", .kind = ValueKind::text, .value = "start|latest|TIME", .help = "where it goes on reading", .required = true},
};
constexpr Example kExamples[] = {
    {"kns stream groups reset clicks --group billing --to start", "Read everything again."},
    {"kns stream groups reset clicks --group billing --to -2h", "Go back two hours."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream groups", "stream groups delete"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    const auto group = KNS_TRY(StreamName::parse(args.text("group"), "group"));
    const auto& to = args.text("to");
    if (to != "start" && to != "latest") KNS_TRY(context(parse_time(to, Clock::real().now()), "--to"));
    const auto info =
        KNS_TRY(kns.daemon.post<GroupInfo>(path_of("streams", name.text(), "groups", group.text(), "reset"), ResetGroup{.to = to}));
    kns.out.changed(info, fmt::format("group {} of {} has {} records to read", info.name, name.text(), grouped(info.lag)));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_groups_reset{
    .path = "stream groups reset",
    .summary = "move a group's position",
    .description = "Moves where a group goes on reading, in all shards. Refused while a member of the group is reading.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
