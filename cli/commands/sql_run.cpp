#include "cli/command.hpp"
#include "cli/sql_worker.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "FILE", .help = "statements of SQL; - is stdin", .completer = Completer::file}};
constexpr Example kExamples[] = {
    {"kns sql run pages.sql --until-end", "What the file's query gives of all that its streams keep."},
    {"kns sql run pages.sql --until-end -o json | jq length", "How many rows that is."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::interrupted, ExitCode::pipe_closed};
constexpr std::string_view kSeeAlso[] = {"sql", "sql explain"};

Result<ExitCode> run(Context& kns, const Args& args) {
    return run_sql_job(kns, KNS_TRY(sql_job(kns, args, KNS_TRY(read_statements(args.text("FILE"))))));
}

}  // namespace

extern const CommandSpec sql_run{
    .path = "sql run",
    .summary = "run the statements of a file",
    .description =
        "Makes the file's tables and views, and then runs its query, as kns sql does, and all its INSERTs beside each other, each "
        "table "
        "read once. The same text runs on Apache Flink, if its tables say their connectors.",
    .args = kArgs,
    .options = kSqlOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
