#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/text_encoding.hpp"
#include "core/base/api/aws.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {
    {"eval \"$(kns env)\"", "This shell's SDKs and AWS CLI ask kns."},
    {"kns env -o json", "The same for a program."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"daemon listen", "secret set"};

Result<ExitCode> run(Context& kns, const Args&) {
    kns.daemon.hide_bodies();
    const auto env = KNS_TRY(kns.daemon.get<AwsEnv>("/v1/aws/env"));
    if (!kns.out.is_text()) {
        kns.out.changed(env, "");
        return ExitCode::done;
    }
    for (const auto& [name, value] :
         {std::pair("AWS_ENDPOINT_URL", env.endpoint_url), std::pair("AWS_REGION", env.region),
          std::pair("AWS_DEFAULT_REGION", env.region), std::pair("AWS_ACCESS_KEY_ID", env.access_key_id),
          std::pair("AWS_SECRET_ACCESS_KEY", env.secret_access_key)})
        kns.out.raw(fmt::format("export {}={}\n", name, shell_word(value)));
    if (!env.ca_bundle.empty())
        for (const auto* name : {"AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"})
            kns.out.raw(fmt::format("export {}={}\n", name, shell_word(env.ca_bundle)));
    // A session of a real account must not be sent along.
    kns.out.raw("unset AWS_SESSION_TOKEN AWS_PROFILE\n");
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec env{
    .path = "env",
    .summary = "print what an AWS client has to be told",
    .description =
        "Lines for the shell to eval: the endpoint, the region, and a key of this installation alone. kns daemon listen aws comes "
        "first.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
