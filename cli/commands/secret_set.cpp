#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/secret_input.hpp"
#include "core/base/api/secret.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "what it will be called", .completer = Completer::secret},
    {.name = "FILE",
     .help = "a file with a JSON object of strings; - or nothing: stdin",
     .completer = Completer::file,
     .optional = true},
};
constexpr Example kExamples[] = {
    {"kns secret set archive-s3 keys.json", "Take it from a file."},
    {"pass show s3 | kns secret set archive-s3", "Take it from a password store; it is in no file and no argument."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"daemon rotate-key", "secret delete", "secret list"};

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "secret"));
    if (args.text("FILE").starts_with('{'))  // and it is not repeated
        return fail(Errc::invalid_argument, "a secret does not belong on the command line, where every user can read it")
            .hint("name a file, or give it on stdin");
    kns.daemon.hide_bodies();
    const auto secret = KNS_TRY(read_secret(args.text("FILE"), name.text()));
    const auto answer = KNS_TRY(kns.daemon.call("PUT", path_of("secrets", name.text()), secret.view()));
    const auto set = KNS_TRY(context(from_json_text<SecretInfo>(answer, Unknown::ignore), "the daemon's answer"));
    kns.out.changed(
        set, fmt::format("secret {} is set: {} field{}", set.name, set.field_names.size(), set.field_names.size() == 1 ? "" : "s"));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec secret_set{
    .path = "secret set",
    .summary = "set or replace a secret",
    .description =
        "A secret is a JSON object of strings, such as {\"access_key_id\":\"...\",\"secret_access_key\":\"...\"}. It is read from "
        "a file or stdin, never from the command line; on a terminal it is asked for and not shown. It is stored encrypted by "
        "the file \"key\" in the data directory, handed to the worker that needs it, and never printed again.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
