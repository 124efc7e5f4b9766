#include <fcntl.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/put_pipeline.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery},
    {.name = "FILE", .help = "what to put; - or nothing is stdin", .completer = Completer::file, .optional = true},
};
constexpr OptionSpec kOptions[] = {
    {.name = "format",
     .kind = ValueKind::choice,
     .value = "lines|ndjson|raw",
     .help = "what a record is: a line, a line of JSON, all of the input",
     .default_text = "lines"},
    {.name = "data", .letter = 'd', .kind = ValueKind::text, .value = "TEXT", .help = "put this one record instead of a file"},
    {.name = "encoding",
     .kind = ValueKind::choice,
     .value = "raw|base64|hex",
     .help = "how each record is written in the input",
     .default_text = "raw"},
};
constexpr Example kExamples[] = {
    {"kns firehose put audit /var/log/dpkg.log", "Every line of the file becomes a record."},
    {"kns firehose put audit --data 'signed in'", "One record."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable,
                               ExitCode::try_again, ExitCode::partial,  ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"firehose deliver", "stream put"};

constexpr std::uint64_t kMaxRecordBytes = 1'024'000;  // API reference of Firehose, PutRecord
constexpr std::size_t kFailuresInText = 10;

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text();
    const bool one = args.has("data"), whole = args.text("format") == "raw";
    if (one && args.has("FILE"))
        return fail(Errc::invalid_argument, "--data and FILE cannot be given together").hint("kns help firehose put");
    PutOptions options;
    options.encoding = KNS_TRY(enum_from_name<Encoding>(args.text_or("encoding", "raw")));
    Fd file;  // opened before the daemon is asked: a misspelt name costs nothing
    if (args.has("FILE") && args.text("FILE") != "-") file = KNS_TRY(open_file(args.text("FILE"), O_RDONLY));
    const int input = file ? file.get() : STDIN_FILENO;

    const auto path = path_of("deliveries", name);
    auto pipeline = KNS_TRY(PutPipeline::open(
        kns, {.stream_path = path, .append_path = path + "/append", .max_record_bytes = kMaxRecordBytes}, std::move(options)));
    const auto put = KNS_TRY(one     ? pipeline.put_one(args.text("data"))
                             : whole ? pipeline.put_whole(input)
                                     : pipeline.put_lines(input));
    const auto& result = put.result;
    if (kns.out.is_text()) {
        for (std::size_t i = 0; i < std::min(result.failures.size(), kFailuresInText); ++i)
            kns.out.warn(fmt::format("record {}: {}", grouped(result.failures[i].record), result.failures[i].message));
        if (result.failed > 0)
            kns.out.warn(
                fmt::format("{} of {} records were not put", grouped(result.failed), grouped(result.records + result.failed)));
    }
    kns.out.changed(result, fmt::format("{}put {} record{} ({})", put.interrupted ? "interrupted: " : "", grouped(result.records),
                                        result.records == 1 ? "" : "s", format_size(result.bytes)));
    if (put.interrupted) return ExitCode::interrupted;
    return result.failed > 0 ? ExitCode::partial : ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_put{
    .path = "firehose put",
    .summary = "put records into a delivery stream",
    .description =
        "Puts every line of FILE or stdin as a record, and ends when all are acknowledged: they are then on the disk, and will "
        "be delivered. For delivery streams without a source; one with a source takes what is put into that.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
