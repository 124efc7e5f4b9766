#include <fcntl.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/put_pipeline.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the stream", .completer = Completer::stream},
    {.name = "FILE", .help = "what to put; - or nothing is stdin", .completer = Completer::file, .optional = true},
};
constexpr OptionSpec kOptions[] = {
    {.name = "format",
     .kind = ValueKind::choice,
     .value = "lines|ndjson|raw",
     .help = "what a record is: a line, a line of JSON, all of the input",
     .default_text = "lines"},
    {.name = "data", .letter = 'd', .kind = ValueKind::text, .value = "TEXT", .help = "put this one record instead of a file"},
    {.name = "key", .letter = 'k', .kind = ValueKind::text, .value = "KEY", .help = "partition key of every record"},
    {.name = "key-json",
     .kind = ValueKind::text,
     .value = "PATH",
     .help = "take each record's key from its JSON, as user.id",
     .excludes = "key"},
    {.name = "key-field",
     .kind = ValueKind::number,
     .value = "N",
     .help = "take each record's key from its N-th word, from 1",
     .excludes = "key"},
    {.name = "explicit-hash-key",
     .kind = ValueKind::text,
     .value = "NUMBER",
     .help = "the shard by its hash key; for --data and --format raw"},
    {.name = "aggregate", .help = "pack many into one, as the Kinesis Producer Library does"},
    {.name = "encoding",
     .kind = ValueKind::choice,
     .value = "raw|base64|hex",
     .help = "how each record is written in the input",
     .default_text = "raw"},
};
constexpr Example kExamples[] = {
    {"kns stream put clicks /var/log/dpkg.log", "Every line of the file becomes a record, in order."},
    {"journalctl -f | kns stream put journal", "Lines go in as they come, without delay."},
    {"kns stream put clicks events.ndjson --format ndjson --key-json user.id", "Records of one user stay in order, in one shard."},
    {"kns stream put clicks --key alice --data 'signed in'", "One record."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::try_again, ExitCode::partial,
                               ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"stream get", "stream tail", "stream shards"};

constexpr std::size_t kFailuresInText = 10;

Result<KeySource> key_source_of(const Args& args) {
    if (args.has("key-json") && args.has("key-field"))
        return fail(Errc::invalid_argument, "--key-json and --key-field cannot be given together").hint("kns help stream put");
    if (args.has("key")) return context(KeySource::fixed(args.text("key")), "--key");
    if (args.has("key-json")) return context(KeySource::json(args.text("key-json")), "--key-json");
    if (args.has("key-field")) return context(KeySource::field(*args.number("key-field")), "--key-field");
    return KeySource();
}

// A line of a file, or "the record" where there is only one.
void report_failures(Printer& out, const PutResult& result, std::string_view noun) {
    for (std::size_t i = 0; i < std::min(result.failures.size(), kFailuresInText); ++i)
        out.warn(fmt::format("{} {}: {}", noun, grouped(result.failures[i].record), result.failures[i].message));
    out.warn(fmt::format("{} of {} records were not put", grouped(result.failed), grouped(result.records + result.failed)));
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"))).text();
    const bool one = args.has("data"), whole = args.text("format") == "raw";
    if (one && args.has("FILE"))
        return fail(Errc::invalid_argument, "--data and FILE cannot be given together").hint("kns help stream put");
    if (args.has("explicit-hash-key") && !one && !whole)
        return fail(Errc::invalid_argument, "--explicit-hash-key is for a single record")
            .hint("give it with --data or --format raw");
    PutOptions options;
    options.key = KNS_TRY(key_source_of(args));
    options.encoding = KNS_TRY(enum_from_name<Encoding>(args.text_or("encoding", "raw")));
    options.explicit_hash_key = args.text("explicit-hash-key");
    if (args.flag("aggregate")) options.packing = Packing::aggregated;

    Fd file;  // opened before the daemon is asked: a misspelt name costs nothing
    if (args.has("FILE") && args.text("FILE") != "-") file = KNS_TRY(open_file(args.text("FILE"), O_RDONLY));
    const int input = file ? file.get() : STDIN_FILENO;

    const auto path = path_of("streams", name);
    auto pipeline = KNS_TRY(PutPipeline::open(kns, {.stream_path = path, .append_path = path + "/append"}, std::move(options)));
    const auto put = KNS_TRY(one     ? pipeline.put_one(args.text("data"))
                             : whole ? pipeline.put_whole(input)
                                     : pipeline.put_lines(input));
    const auto& result = put.result;
    if (kns.out.is_text() && result.failed > 0) report_failures(kns.out, result, one || whole ? "record" : "line");
    kns.out.changed(result, fmt::format("{}put {} record{} ({})", put.interrupted ? "interrupted: " : "", grouped(result.records),
                                        result.records == 1 ? "" : "s", format_size(result.bytes)));
    if (put.interrupted) return ExitCode::interrupted;
    return result.failed > 0 ? ExitCode::partial : ExitCode::done;
}

}  // namespace

extern const CommandSpec stream_put{
    .path = "stream put",
    .summary = "put records into a stream",
    .description =
        "Puts every line of FILE or stdin as a record, without its newline, and ends when all are acknowledged as the "
        "stream's durability asks. Input of any size takes the same little memory; what comes through a pipe goes in as it "
        "comes. It goes on when the daemon is stopped or restarted meanwhile, with the next one.\n\n"
        "Without a key, batches of records go to the open shards in turn, and reading the stream gives them back in the "
        "order they had. With a key, all records of a key go to one shard.\n\n"
        "With --aggregate, records for the same shard are packed into larger ones of up to 51,200 bytes in the format of the "
        "Kinesis Producer Library: its readers, and stream get --deaggregate, take them apart.\n\n"
        "A record that is too large, or has no key where one was asked for, is named by its line and left out; the others "
        "go in, and the exit code is 7.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
