#include "cli/completion_scripts.hpp"

#include "cli/command.hpp"
#include "cli/output.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "SHELL", .help = "bash, zsh or fish"}};
constexpr Example kExamples[] = {
    {"eval \"$(kns completion bash)\"", "For this shell; put the line into ~/.bashrc for all."},
    {"kns completion zsh > ~/.zfunc/_kns", "With ~/.zfunc in fpath."},
    {"kns completion fish > ~/.config/fish/completions/kns.fish", "From the next fish on."},
};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto& shell = args.text("SHELL");
    const auto script = shell == "bash"   ? kBashCompletion
                        : shell == "zsh"  ? kZshCompletion
                        : shell == "fish" ? kFishCompletion
                                          : std::string_view();
    if (script.empty()) return fail(Errc::invalid_argument, "no completion for \"{}\"", shell).hint("bash, zsh and fish have one");
    kns.out.raw(script);
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec completion{
    .path = "completion",
    .summary = "print the completion script of a shell",
    .description =
        "Names of streams, shards, groups, delivery streams and jobs are completed too, if the daemon runs. Packages install "
        "the scripts; this is for everyone else.",
    .args = kArgs,
    .examples = kExamples,
    .run = run,
};

}  // namespace kns::cli
