#include "cli/command.hpp"
#include "cli/sql_worker.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "QUERY", .help = "statements of SQL, with semicolons between them; the last one a SELECT or INSERT"}};
constexpr Example kExamples[] = {
    {"kns sql \"SELECT page, COUNT(*) FROM shop GROUP BY page\" --until-end -o tsv",
     "How often each page was asked for, of all that the stream keeps."},
    {"kns sql \"SELECT * FROM shop WHERE ms > 500\" --for 1s", "Slow clicks, those that are there and those that come."},
    {"kns sql \"SELECT window_start, page, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE shop, DESCRIPTOR(arrival_time), INTERVAL '1' "
     "MINUTE)) "
     "GROUP BY window_start, window_end, page\" --until-end",
     "Clicks a minute, by when they arrived."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::interrupted, ExitCode::pipe_closed};
constexpr std::string_view kSeeAlso[] = {"sql run", "sql explain"};

Result<ExitCode> run(Context& kns, const Args& args) { return run_sql_job(kns, KNS_TRY(sql_job(kns, args, args.text("QUERY")))); }

}  // namespace

extern const CommandSpec sql_query{
    .path = "sql",
    .summary = "ask streams and files in SQL, as records come",
    .description =
        "Runs a query over streams: first over everything that they keep, as fast as it can, then over each record as it comes, "
        "until "
        "Ctrl-C. The dialect is that of Apache Flink; kns-sql(7) says what there is.\n\n"
        "A stream is a table of its name. Its columns are what its first records, JSON objects, have as members; besides there are "
        "partition_key, shard_id, sequence_number and arrival_time, which is an attribute of time. stdin is a table too. CREATE "
        "TABLE "
        "says it exactly, and says of files.\n\n"
        "On a terminal a result that changes is a table that changes in its place. Elsewhere, with -o text, each change of the "
        "result is a line: +I[...] is a row that is new, -U[...] and +U[...] what it was and what "
        "it "
        "is now, -D[...] a row that is gone. -o ndjson has the same as objects; json and tsv have the rows as they are in the end.",
    .args = kArgs,
    .options = kSqlOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
