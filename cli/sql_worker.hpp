// A query runs in a process of its own, as the user who asks: kns-worker, which belongs to this kns.
#pragma once

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/sql_job.hpp"

namespace kns::cli {

// Of all commands that run statements.
inline constexpr OptionSpec kSqlOptions[] = {
    {.name = "from",
     .kind = ValueKind::text,
     .value = "start|latest|TIME|SEQUENCE",
     .help = "where streams are read from",
     .default_text = "start"},
    {.name = "until-end", .help = "end where the streams end now, instead of waiting for more"},
    {.name = "for", .kind = ValueKind::duration, .value = "TIME", .help = "end after this time"},
    {.name = "strict", .help = "refuse what Apache Flink would refuse"},
    {.name = "errors",
     .kind = ValueKind::text,
     .value = "FILE",
     .help = "append why records were left out",
     .completer = Completer::file},
};
// How the command's answer is wanted.
std::string output_name(const Context& kns);
// The job with the daemon's socket, which is started if there is none; without it, if it cannot be.
Result<SqlJob> with_daemon(Context& kns, SqlJob job);
// The job that these options make of a text.
Result<SqlJob> sql_job(Context& kns, const Args& args, std::string text);

// Runs it to its end, or to Ctrl-C; its rows go to stdout.
Result<ExitCode> run_sql_job(Context& kns, const SqlJob& job);

// A file, or "-" for stdin.
Result<std::string> read_statements(const std::string& path);

}  // namespace kns::cli
