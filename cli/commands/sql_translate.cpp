#include "cli/command.hpp"
#include "cli/sql_worker.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "FILE", .help = "the text of an application; - is stdin", .completer = Completer::file}};
constexpr Example kExamples[] = {
    {"kns sql translate application.sql", "The same in Flink's SQL."},
    {"kns sql translate application.sql > flink.sql && kns sql explain \"$(cat flink.sql)\"", "What it does."},
};
constexpr std::string_view kSeeAlso[] = {"sql run", "sql explain"};

Result<ExitCode> run(Context& kns, const Args& args) {
    return run_sql_job(kns, {.text = KNS_TRY(read_statements(args.text("FILE"))), .action = "translate"});
}

}  // namespace

extern const CommandSpec sql_translate{
    .path = "sql translate",
    .summary = "turn SQL of Kinesis Data Analytics into Flink's",
    .description =
        "Prints the text of a Kinesis Data Analytics for SQL application, which Amazon has switched off, in the SQL of Apache "
        "Flink: a "
        "stream is a view of what its pumps put into it, and streams that no pump reads are the results. kns sql run runs "
        "either.\n\n"
        "The application's source, SOURCE_SQL_STREAM_001, is the stream of that name, unless a CREATE TABLE of that name says what "
        "it "
        "is. RANDOM_CUT_FOREST stays as it is: kns has it, and Flink has not.",
    .args = kArgs,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
