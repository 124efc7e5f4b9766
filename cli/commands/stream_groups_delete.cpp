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
     .help = "which one",
     .completer = Completer::group,
     .required = true},
    {.name = "if-exists", .help = "succeed if there is none of this name"},
};
constexpr Example kExamples[] = {{"kns stream groups delete clicks --group billing", "Forget how far it was."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream groups", "stream groups reset"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    const auto group = KNS_TRY(StreamName::parse(args.text("group"), "group"));
    KNS_TRY(kns.daemon.remove(path_of("streams", name.text(), "groups", group.text()) +
                              (args.flag("if-exists") ? "?if_exists=1" : "")));
    kns.out.note(fmt::format("deleted group {} of {}", group.text(), name.text()));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_groups_delete{
    .path = "stream groups delete",
    .summary = "forget a group and its position",
    .description = "The records stay; a group of this name would begin anew. Refused while a member of the group is reading.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
