// The command table. A command is here when its file is linked; nothing registers itself, so nothing can be lost silently.
#include <algorithm>
#include <array>
#include <cassert>

#include "cli/command.hpp"

namespace kns::cli {

extern const CommandSpec apply, backup, diff, export_project, init;
extern const CommandSpec completion;
extern const CommandSpec config_get, config_set, config_show;
extern const CommandSpec daemon_install, daemon_listen, daemon_logs, daemon_restart, daemon_rotate_key, daemon_run, daemon_socket,
    daemon_start, daemon_status, daemon_stop;
extern const CommandSpec doctor;
extern const CommandSpec env;
extern const CommandSpec firehose_create, firehose_delete, firehose_deliver, firehose_explain, firehose_list, firehose_put,
    firehose_replay, firehose_show, firehose_tap, firehose_test, firehose_update;
extern const CommandSpec help;
extern const CommandSpec job_cancel, job_list, job_logs, job_retry, job_show, job_wait;
extern const CommandSpec metrics;
extern const CommandSpec plugin_list;
extern const CommandSpec restore;
extern const CommandSpec secret_delete, secret_list, secret_set;
extern const CommandSpec sql_explain, sql_query, sql_run, sql_test, sql_translate;
extern const CommandSpec stream_consume, stream_consumer_create, stream_consumer_delete, stream_consumer_list, stream_consumer_show,
    stream_policy, stream_create, stream_delete, stream_get, stream_groups, stream_groups_delete, stream_groups_reset, stream_list,
    stream_merge, stream_put, stream_shards, stream_show, stream_split, stream_tag, stream_tail, stream_update;
extern const CommandSpec top;

namespace {

struct Row {
    std::string_view path;
    const CommandSpec* command;
};

constexpr Row kRows[] = {
    {"apply", &apply},
    {"backup", &backup},
    {"completion", &completion},
    {"config get", &config_get},
    {"config set", &config_set},
    {"config show", &config_show},
    {"daemon install", &daemon_install},
    {"daemon listen", &daemon_listen},
    {"daemon logs", &daemon_logs},
    {"daemon restart", &daemon_restart},
    {"daemon rotate-key", &daemon_rotate_key},
    {"daemon run", &daemon_run},
    {"daemon socket", &daemon_socket},
    {"daemon start", &daemon_start},
    {"daemon status", &daemon_status},
    {"daemon stop", &daemon_stop},
    {"diff", &diff},
    {"doctor", &doctor},
    {"env", &env},
    {"export", &export_project},
    {"firehose create", &firehose_create},
    {"firehose delete", &firehose_delete},
    {"firehose deliver", &firehose_deliver},
    {"firehose explain", &firehose_explain},
    {"firehose list", &firehose_list},
    {"firehose put", &firehose_put},
    {"firehose replay", &firehose_replay},
    {"firehose show", &firehose_show},
    {"firehose tap", &firehose_tap},
    {"firehose test", &firehose_test},
    {"firehose update", &firehose_update},
    {"help", &help},
    {"init", &init},
    {"job cancel", &job_cancel},
    {"job list", &job_list},
    {"job logs", &job_logs},
    {"job retry", &job_retry},
    {"job show", &job_show},
    {"job wait", &job_wait},
    {"metrics", &metrics},
    {"plugin list", &plugin_list},
    {"restore", &restore},
    {"secret delete", &secret_delete},
    {"secret list", &secret_list},
    {"secret set", &secret_set},
    {"sql", &sql_query},
    {"sql explain", &sql_explain},
    {"sql run", &sql_run},
    {"sql test", &sql_test},
    {"sql translate", &sql_translate},
    {"stream consume", &stream_consume},
    {"stream consumer create", &stream_consumer_create},
    {"stream consumer delete", &stream_consumer_delete},
    {"stream consumer list", &stream_consumer_list},
    {"stream consumer show", &stream_consumer_show},
    {"stream create", &stream_create},
    {"stream delete", &stream_delete},
    {"stream get", &stream_get},
    {"stream groups", &stream_groups},
    {"stream groups delete", &stream_groups_delete},
    {"stream groups reset", &stream_groups_reset},
    {"stream list", &stream_list},
    {"stream merge", &stream_merge},
    {"stream policy", &stream_policy},
    {"stream put", &stream_put},
    {"stream shards", &stream_shards},
    {"stream show", &stream_show},
    {"stream split", &stream_split},
    {"stream tag", &stream_tag},
    {"stream tail", &stream_tail},
    {"stream update", &stream_update},
    {"top", &top},
};
static_assert(std::ranges::is_sorted(kRows, {}, &Row::path), "keep the table sorted: it is searched and shown in order");

constexpr auto kCommands = [] {
    std::array<const CommandSpec*, std::size(kRows)> commands{};
    std::ranges::transform(kRows, commands.begin(), &Row::command);
    return commands;
}();

constexpr NounSpec kNouns[] = {
    {"config", "the daemon's settings",
     "Settings are in kns.yaml in the data directory, each with a twin in the environment. kns.yaml(5) explains them."},
    {"daemon", "the process that keeps the data",
     "knsd owns the data directory. Commands start it when it is needed; these say more about it, and stop it."},
    {"firehose", "delivery streams: records on to files and further",
     "A delivery stream collects records and writes them to a destination as objects, each once enough have come or the "
     "oldest has waited long enough."},
    {"job", "work done by processes of their own",
     "Deliveries and other heavy work run in a process each, so that one can fail or be cancelled without the others."},
    {"plugin", "destinations, formats and transforms"},
    {"secret", "what destinations want to know, kept encrypted"},
    {"stream", "streams, their shards and their readers",
     "A stream keeps records in the order they came, for as long as its retention says. Its shards divide the keys among "
     "themselves; records of one key stay in order."},
};
static_assert(std::ranges::is_sorted(kNouns, {}, &NounSpec::name));

constexpr OptionSpec kGlobalOptions[] = {
    {.name = "output",
     .letter = 'o',
     .kind = ValueKind::choice,
     .value = "text|json|ndjson|tsv",
     .help = "how to print the answer",
     .default_text = "text"},
    {.name = "quiet", .letter = 'q', .help = "print errors only"},
    {.name = "verbose", .letter = 'v', .help = "say each step, also off a terminal"},
    {.name = "debug", .help = "show what is said to the daemon and what it answers"},
    {.name = "no-color", .help = "no colours (as NO_COLOR in the environment)"},
    {.name = "data-dir",
     .kind = ValueKind::text,
     .value = "DIR",
     .help = "where the data is",
     .default_text = "~/.local/share/kns",
     .completer = Completer::directory},
    {.name = "no-spawn", .help = "do not start the daemon; fail if it is not running"},
    {.name = "timeout",
     .kind = ValueKind::duration,
     .value = "TIME",
     .help = "how long to wait for an answer",
     .default_text = "30s"},
    {.name = "version", .help = "print the version"},
    {.name = "help", .letter = 'h', .help = "print this help"},
};

}  // namespace

std::span<const CommandSpec* const> all_commands() { return kCommands; }
std::span<const NounSpec> all_nouns() { return kNouns; }
std::span<const OptionSpec> global_options() { return kGlobalOptions; }

const CommandSpec* find_command(std::string_view path) {
    const auto row = std::ranges::lower_bound(kRows, path, {}, &Row::path);
    return row != std::end(kRows) && row->path == path ? row->command : nullptr;
}

const NounSpec* find_noun(std::string_view name) {
    const auto noun = std::ranges::lower_bound(kNouns, name, {}, &NounSpec::name);
    return noun != std::end(kNouns) && noun->name == name ? noun : nullptr;
}

bool is_command_prefix(std::string_view words) {
    return std::ranges::any_of(kRows, [&](const Row& row) {
        return row.path.starts_with(words) && (row.path.size() == words.size() || row.path[words.size()] == ' ');
    });
}

}  // namespace kns::cli
