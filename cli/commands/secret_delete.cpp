#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/confirm.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the secret", .completer = Completer::secret}};
constexpr OptionSpec kOptions[] = {
    {.name = "if-exists", .help = "succeed if there is none of this name"},
    {.name = "yes", .letter = 'y', .help = "do not ask"},
};
constexpr Example kExamples[] = {{"kns secret delete archive-s3", "Forget it."}};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"secret list", "secret set"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "secret"));
    KNS_TRY(confirm(fmt::format("delete secret {}?", name.text()), args.flag("yes")));
    KNS_TRY(kns.daemon.remove(path_of("secrets", name.text()) + (args.flag("if-exists") ? "?if_exists=1" : "")));
    kns.out.note(fmt::format("deleted secret {}", name.text()));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec secret_delete{
    .path = "secret delete",
    .summary = "delete a secret",
    .description = "Forgets the secret.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
