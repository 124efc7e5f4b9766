#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/trial.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery}};
constexpr OptionSpec kOptions[] = {
    {.name = "prefix",
     .kind = ValueKind::text,
     .value = "PREFIX",
     .help = "of the names of the objects to take",
     .default_text = "where the delivery stream puts its error records"},
    {.name = "keep", .help = "leave the objects where they are: the next replay delivers them again"},
    {.name = "dry-run", .help = "say which objects would be taken, and do nothing"},
};
constexpr Example kExamples[] = {
    {"kns firehose replay audit --dry-run", "What has failed, and where is it?"},
    {"kns firehose replay audit", "Once the reason is mended."},
    {"kns firehose replay audit --prefix processing-failed/2026/11/", "What failed in a month."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable, ExitCode::try_again,
                               ExitCode::partial};
constexpr std::string_view kSeeAlso[] = {"firehose explain", "firehose deliver", "firehose update"};

constexpr Column kColumns[] = {
    {.heading = "RECORDS", .right = true}, {.heading = "OBJECT"}, {.heading = "SKIPPED", .if_wide = true}};

Row row_of(const ReplayedObject& object) { return {grouped(object.records), object.url, object.skipped}; }

Result<ExitCode> run(Context& kns, const Args& args) {
    if (!args.has("timeout")) kns.daemon.wait_without_limit();
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text();
    const ReplayRequest request{.prefix = args.text_or("prefix", ""), .keep = args.flag("keep"), .dry_run = args.flag("dry-run")};
    const auto report = KNS_TRY(kns.daemon.post<ReplayReport>(path_of("deliveries", name, "replay"), request));
    kns.out.list(report.replayed, kColumns, row_of);
    if (report.replayed.empty()) kns.out.note("there are no error records");
    bool partial = false;
    for (const auto& object : report.replayed) {
        if (object.skipped.empty()) continue;
        partial = true;
        kns.out.warn(fmt::format("{} was left alone: {}", object.url, object.skipped));
    }
    for (const auto& made : report.made) {
        if (made.failure.empty()) continue;
        partial = true;
        kns.out.warn(fmt::format("{} records failed again ({}); they are in {}", grouped(made.records), made.failure, made.url));
    }
    return partial ? ExitCode::partial : ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_replay{
    .path = "firehose replay",
    .summary = "deliver error records once more",
    .description =
        "Takes the records out of a delivery stream's error objects, and has each go through all that the delivery stream does "
        "now, as if it had just come. An object is removed when all of its records have been delivered; those that fail again "
        "are in a new one. Prints the objects that were taken. Exits with 7 if records failed again.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
