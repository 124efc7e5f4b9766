#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/consumer.hpp"
#include "core/base/ids.hpp"
#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the stream, by name or ARN", .completer = Completer::stream},
                             {.name = "FILE",
                              .help = "JSON to set as the policy; - is stdin; none: print what there is",
                              .completer = Completer::file,
                              .optional = true}};
constexpr OptionSpec kOptions[] = {{.name = "remove", .help = "take it off"}};
constexpr Example kExamples[] = {{"kns stream policy clicks policy.json", "Set it."},
                                 {"kns stream policy clicks", "Print it."},
                                 {"kns stream policy clicks --remove", "Take it off."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"stream tag"};

Result<std::string> policy_from(const Args& args) {
    const auto path = args.text("FILE");
    std::string text = KNS_TRY(read_file(path == "-" ? "/dev/stdin" : std::string(path)));
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        return fail(Errc::invalid_argument, "{} is empty", path).hint("--remove takes a policy off");
    return text;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME")));
    const auto target = path_of("streams", name.text(), "policy");
    if (args.has("FILE") && args.flag("remove"))
        return fail(Errc::invalid_argument, "FILE and --remove cannot be given together").hint("kns help stream policy");
    StreamPolicy wanted;
    if (args.has("FILE")) wanted.policy = KNS_TRY(policy_from(args));
    const bool changes = args.has("FILE") || args.flag("remove");
    const StreamPolicy now = KNS_TRY(changes ? kns.daemon.put<StreamPolicy>(target, wanted) : kns.daemon.get<StreamPolicy>(target));
    if (!kns.out.is_text())
        kns.out.changed(now, "");
    else if (!changes && !now.policy.empty())
        kns.out.raw(now.policy.ends_with('\n') ? now.policy : now.policy + "\n");
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_policy{
    .path = "stream policy",
    .summary = "set, remove or print a stream's resource policy",
    .description =
        "A policy says who in which account may use the stream. Here it is kept and shown, by AWS's API too, and not enforced: "
        "there is one account, and whoever has a key of it may do everything.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
