#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/tags.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream},
    {.name = "KEY=VALUE", .help = "tags to set; none: print those there are", .optional = true, .many = true},
};
constexpr OptionSpec kOptions[] = {
    {.name = "remove", .kind = ValueKind::text, .value = "KEY", .help = "take this tag off", .repeatable = true},
};
constexpr Example kExamples[] = {
    {"kns stream tag clicks team=web env=prod", "Set two tags."},
    {"kns stream tag clicks --remove env", "Take one off."},
    {"kns stream tag clicks", "Print them."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream show"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    const auto target = path_of("streams", name.text(), "tags");
    const ChangeTags change{.tags = KNS_TRY(parse_tags(args.all("KEY=VALUE"))), .remove = args.all("remove")};
    const bool asks = change.tags.empty() && change.remove.empty();
    const StreamTags now = KNS_TRY(asks ? kns.daemon.get<StreamTags>(target) : kns.daemon.put<StreamTags>(target, change));
    kns.out.object(now, [](const StreamTags& all) {
        Lines lines;
        for (const auto& [key, value] : all.tags) lines.emplace_back(key, value);
        return lines;
    });
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_tag{
    .path = "stream tag",
    .summary = "set, remove or print a stream's tags",
    .description =
        "Tags are for people and their scripts; kns itself gives them no meaning. Prints the tags as they are afterwards.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
