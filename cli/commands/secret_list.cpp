#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/secret.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {{"kns secret list", "Names, dates, and which fields each has."}};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"secret delete", "secret set"};

constexpr Column kColumns[] = {{.heading = "NAME"}, {.heading = "FIELDS"}, {.heading = "CHANGED"}};

Row row_of(const SecretInfo& secret) {
    std::string fields;
    for (const auto& name : secret.field_names) fields += (fields.empty() ? "" : ",") + name;
    return {secret.name, fields.empty() ? "?" : fields, secret.changed_at};
}

Result<ExitCode> run(Context& kns, const Args&) {
    const auto secrets = KNS_TRY(kns.daemon.list<SecretInfo>("/v1/secrets"));
    kns.out.list(secrets, kColumns, row_of);
    if (secrets.empty()) kns.out.note("no secrets yet; make one with: kns secret set NAME");
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec secret_list{
    .path = "secret list",
    .summary = "list the secrets, without what is in them",
    .description =
        "Prints each secret's name, the names of its fields and when it was last set. Values are never printed. A ? in "
        "place of the fields: the key file is missing.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
