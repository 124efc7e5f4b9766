#include "cli/help.hpp"

#include "cli/output.hpp"
#include "cli/parser.hpp"
#include "cli/suggest.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "COMMAND", .help = "which one; none: an overview", .optional = true, .many = true}};
constexpr Example kExamples[] = {
    {"kns help", "The overview."},
    {"kns help stream", "The verbs of a noun."},
    {"kns help stream create", "Everything about one command, with examples."},
};

Result<ExitCode> run(Context& kns, const Args& args) {
    const HelpStyle style{.width = kns.out.out().is_tty ? kns.out.out().width : 80, .color = kns.out.out().color};
    const auto& words = args.all("COMMAND");
    const auto asked = resolve(words);
    if (asked.unknown || (asked.command && !asked.rest.empty())) {
        const auto guess = suggest_command(words);
        return fail(Errc::invalid_argument, "there is no command \"{}\"", fmt::join(words, " "))
            .hint(guess ? fmt::format("did you mean \"kns help {}\"?", *guess) : std::string("kns help"));
    }
    kns.out.raw(asked.command        ? help_of_command(*asked.command, style)
                : asked.path.empty() ? help_overview(style)
                                     : help_of_noun(asked.path, style));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec help{
    .path = "help",
    .summary = "explain a command",
    .description = "The manual pages say the same: man kns-stream-create. Concepts are in man 7 kns.",
    .args = kArgs,
    .examples = kExamples,
    .run = run,
};

}  // namespace kns::cli
