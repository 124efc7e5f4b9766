#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/secret.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {{"kns daemon rotate-key", "Replace the key file; then copy the new one to a safe place."}};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"secret set", "stream create", "stream update"};

Result<ExitCode> run(Context& kns, const Args&) {
    const auto rotated = KNS_TRY(kns.daemon.post<RotatedKey>("/v1/keys/rotate"));
    kns.out.changed(rotated, fmt::format("the key file holds key {}: {} data key{} and {} secret{} are wrapped by it", rotated.key,
                                         rotated.data_keys, rotated.data_keys == 1 ? "" : "s", rotated.secrets,
                                         rotated.secrets == 1 ? "" : "s"));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_rotate_key{
    .path = "daemon rotate-key",
    .summary = "replace the key that wraps data keys and secrets",
    .description =
        "Makes a new master key, wraps the data keys of encrypted streams and all secrets by it, and writes it to the file "
        "\"key\" in the data directory. No record is rewritten. A copy of the old key file opens only copies of the catalog "
        "that are as old. For a new key for the records themselves see kns stream update --rotate-key.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
