#include "cli/command.hpp"
#include "cli/sql_worker.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "QUERY", .help = "statements of SQL, with semicolons between them"}};
constexpr OptionSpec kOptions[] = {{.name = "strict", .help = "refuse what Apache Flink would refuse"}};
constexpr Example kExamples[] = {
    {"kns sql explain \"SELECT page, COUNT(*) FROM shop GROUP BY page\"",
     "What is done to the stream's records, the last step first."},
    {"kns sql explain \"$(cat pages.sql)\"", "The same of a file."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"sql", "sql run"};

Result<ExitCode> run(Context& kns, const Args& args) {
    SqlJob job{.text = args.text("QUERY"), .action = "explain"};
    job.strict = args.flag("strict");
    return run_sql_job(kns, KNS_TRY(with_daemon(kns, std::move(job))));
}

}  // namespace

extern const CommandSpec sql_explain{
    .path = "sql explain",
    .summary = "show what a query does, without running it",
    .description =
        "Prints the steps of each query, the result on top and the tables below. [updates] marks a step whose rows may be taken "
        "back "
        "or replaced by later ones. A text that is wrong is refused as it would be when it runs.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
