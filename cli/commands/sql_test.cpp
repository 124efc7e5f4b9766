#include "cli/command.hpp"
#include "cli/sql_worker.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "FILE", .help = "statements, inputs and what is expected; - is stdin", .completer = Completer::file}};
constexpr Example kExamples[] = {
    {"kns sql test pages.test", "Runs the file's tests."},
    {"kns sql test pages.test -o json | jq '.[] | select(.passed | not)'", "What came out, and should not have."},
};
constexpr std::string_view kSeeAlso[] = {"sql run", "sql explain"};

Result<ExitCode> run(Context& kns, const Args& args) {
    SqlJob job{.text = KNS_TRY(read_statements(args.text("FILE"))), .action = "test"};
    job.output = output_name(kns);
    return run_sql_job(kns, job);
}

}  // namespace

extern const CommandSpec sql_test{
    .path = "sql test",
    .summary = "try statements over records of a file",
    .description =
        "Each test gives tables records, and says what has to come out. No stream is read and nothing is written; the clock stands "
        "still unless the test moves it, so that a test says the same each time. Lines that begin with --- are the file's own:\n\n"
        "\"--- sql\" begins the statements, \"--- test NAME\" a test, \"--- input TABLE\" records of a table, a line each, \"--- "
        "clock TIME\" "
        "moves the clock, \"--- expect\" begins the changes that come out, in their order, and \"--- rows\" the rows that are "
        "there in the "
        "end, in any order.\n\n"
        "Fails if one of the tests does.",
    .args = kArgs,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
