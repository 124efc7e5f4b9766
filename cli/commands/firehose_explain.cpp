#include <fcntl.h>
#include <unistd.h>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/trial.hpp"
#include "core/base/base64.hpp"
#include "core/base/ids.hpp"
#include "core/base/json.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery},
    {.name = "FILE", .help = "records, one a line; - or nothing is stdin", .completer = Completer::file, .optional = true},
};
constexpr OptionSpec kOptions[] = {
    {.name = "data", .letter = 'd', .kind = ValueKind::text, .value = "TEXT", .help = "explain this one record instead of a file"},
    {.name = "encoding",
     .kind = ValueKind::choice,
     .value = "raw|base64",
     .help = "how each record is written in the input",
     .default_text = "raw"},
    {.name = "at", .kind = ValueKind::time, .value = "TIME", .help = "as if it arrived then", .default_text = "now"},
};
constexpr Example kExamples[] = {
    {"echo '{\"customer\":\"acme\"}' | kns firehose explain lake", "Which object would it be in?"},
    {"kns firehose explain lake recent.ndjson -o ndjson", "What becomes of the records in this file?"},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::partial};
constexpr std::string_view kSeeAlso[] = {"firehose test", "firehose tap", "firehose deliver"};

constexpr std::size_t kMostBytes = 8 << 20;

// One thing that one record becomes.
struct Explained {
    std::uint64_t record = 0;  // from 1
    std::string outcome;       // "object", "request", "backup", "dropped", or the kind of failure
    std::string where;         // its URL; * stands for what is drawn when it is made
    std::string content;       // of a failure: why

    static constexpr auto fields() {
        return std::tuple{field("record", &Explained::record), field("outcome", &Explained::outcome),
                          field("where", &Explained::where), field("content", &Explained::content)};
    }
};

constexpr Column kColumns[] = {
    {.heading = "RECORD", .right = true}, {.heading = "OUTCOME"}, {.heading = "WHERE"}, {.heading = "CONTENT", .if_wide = true}};

Row row_of(const Explained& explained) {
    std::string content = explained.content;
    if (content.ends_with('\n')) content.pop_back();
    for (std::size_t at = 0; (at = content.find('\n', at)) != std::string::npos;) content.replace(at, 1, "\\n");
    return {grouped(explained.record), explained.outcome, explained.where, content};
}

// Of an error record: why.
std::string reason_in(const std::string& content) {
    const auto record = parse_json(content.substr(0, content.find('\n')));
    const auto* code = record ? (*record)["errorCode"].as_string() : nullptr;
    const auto* message = record ? (*record)["errorMessage"].as_string() : nullptr;
    return code && message ? fmt::format("{}: {}", *code, *message) : content;
}

Result<std::string> read_input(const Args& args) {
    if (args.has("data")) return args.text("data") + "\n";
    Fd file;
    if (args.has("FILE") && args.text("FILE") != "-") file = KNS_TRY(open_file(args.text("FILE"), O_RDONLY));
    const int input = file ? file.get() : STDIN_FILENO;
    std::string text;
    std::string piece(64 << 10, '\0');
    for (ssize_t got = 0; (got = ::read(input, piece.data(), piece.size())) != 0;) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "reading the records");
        text.append(piece, 0, static_cast<std::size_t>(got));
        if (text.size() > kMostBytes)
            return fail(Errc::invalid_argument, "more than {} of records cannot be explained at once", format_size(kMostBytes));
    }
    return text;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text();
    const std::string text = KNS_TRY(read_input(args));
    ExplainRequest request;
    const UnixMs at_time = args.has("at") ? KNS_TRY(parse_time(args.text("at"), Clock::real().now())) : 0;
    const bool base64 = args.text_or("encoding", "raw") == "base64";
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        at = end + 1;
        if (base64) KNS_TRY(context(base64_decode(line), fmt::format("record {}", request.records.size() + 1)));
        request.records.push_back({.data_base64 = base64 ? line : base64_encode(line), .partition_key = {}, .arrival_ms = at_time});
    }
    if (!args.has("timeout")) kns.daemon.wait_without_limit();
    const auto trials = KNS_TRY(kns.daemon.post<Items<Trial>>(path_of("deliveries", name, "explain"), request)).items;
    std::vector<Explained> out;
    bool failed = false;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (trials[i].objects.empty()) out.push_back({i + 1, "dropped", "", ""});
        for (const auto& made : trials[i].objects) {
            failed = failed || !made.failure.empty();
            Explained one{.record = i + 1, .outcome = made.failure, .where = made.url, .content = made.content};
            if (!made.failure.empty()) one.content = reason_in(made.content);
            if (one.outcome.empty()) one.outcome = made.backup ? "backup" : made.key.empty() ? "request" : "object";
            if (one.content.empty()) one.content = made.content_base64;
            if (one.content.empty()) one.content = fmt::format("{}", fmt::join(made.actions, " "));
            const bool loaded = one.outcome == "object";
            out.push_back(std::move(one));
            if (!loaded) continue;
            for (const auto& statement : made.actions) out.push_back({i + 1, "statement", "", statement});
        }
    }
    kns.out.list(out, kColumns, row_of);
    return failed ? ExitCode::partial : ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_explain{
    .path = "firehose explain",
    .summary = "show what a delivery stream would make of records",
    .description =
        "Each record goes through all that the delivery stream does, its transform too, and what would be delivered is shown: "
        "the object and the statement that loads it, or the request, or why it would fail. Nothing is delivered. A * stands for "
        "what is drawn when an object is made. Exits with 7 if a record would fail.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
