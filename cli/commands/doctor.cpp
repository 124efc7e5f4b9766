#include <unistd.h>

#include <algorithm>

#include "cli/checkup.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/daemon_control.hpp"
#include "cli/spawn.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {
    {.name = "fix", .help = "cure what can be cured, and say what was done"},
    {.name = "scrub", .help = "read the whole log too, and check every batch in it"},
};
constexpr Example kExamples[] = {
    {"kns doctor", "What is wrong, and what helps."},
    {"kns doctor --fix", "And cure it: a damaged catalog is put together again, and kept as evidence."},
    {"kns doctor --scrub -q || mail -s kns root", "From cron."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"backup", "daemon logs", "daemon status"};

constexpr Column kColumns[] = {{.heading = "STATE"}, {.heading = "CHECK"}, {.heading = "WHAT"}, {.heading = "REMEDY"}};

Row row_of(const Finding& finding) {
    return {std::string(name_of_enum(finding.state)), finding.check, finding.what, finding.remedy};
}

Finding failed(std::string check, const Error& error) {
    return {FindingState::fail, std::move(check), error.text(), error.hint, false};
}

// Of the store, by whoever can look: the daemon, or knsd where none runs.
std::vector<Finding> check_store(Context& kns, const DataDir& data, bool running) {
    if (::access(data.root().c_str(), F_OK) != 0) return {};
    auto findings = running ? kns.daemon.list<Finding>("/v1/doctor") : ask_knsd(data, "--check");
    if (!findings) return {failed("store", findings.error())};
    if (!running) return std::move(*findings);
    if (const auto state = kns.daemon.get<ScrubState>("/v1/scrub"); state && (state->finished_at || state->next_segment)) {
        const auto so_far =
            fmt::format("{} segments, {}, {} damaged batches", state->segments, format_size(state->bytes), state->damaged_batches);
        findings->push_back(
            {FindingState::ok, "scrub",
             state->next_segment ? fmt::format("under way: {}", so_far) : fmt::format("{}: {}", *state->finished_at, so_far), "",
             false});
    }
    return std::move(*findings);
}

Finding scrub(Context& kns) {
    kns.daemon.wait_without_limit();
    const auto report = kns.daemon.post<ScrubReport>("/v1/scrub");
    if (!report) return failed("scrub", report.error());
    const auto read =
        fmt::format("{} segments, {} in {}", report->segments, format_size(report->bytes), format_duration(report->milliseconds));
    if (report->damaged_batches == 0) return {FindingState::ok, "scrub", read + ": every batch is sound", "", false};
    return {FindingState::fail, "scrub",
            fmt::format("{}: {} damaged batches, whose records are lost", read, report->damaged_batches),
            "kns restore a backup, if there is one; check the disk", false};
}

// Cures what of this machine and directory can be cured; the store's turn comes after, with right modes.
std::vector<Finding> fix_locally(const std::vector<LocalFinding>& found) {
    std::vector<Finding> done;
    for (const auto& [finding, fix] : found) {
        if (!fix) continue;
        const auto outcome = fix();
        done.push_back(outcome ? Finding{FindingState::fixed, finding.check, *outcome, "", false}
                               : failed(finding.check, outcome.error()));
    }
    return done;
}

// With no daemon in the way; one that ran runs again afterwards.
Result<std::vector<Finding>> fix_store(Context& kns, const DataDir& data, const std::optional<DaemonStatus>& daemon) {
    if (daemon) KNS_TRY(stop_daemon(kns, *daemon));
    auto done = ask_knsd(data, "--repair");
    if (!daemon) return done;
    if (const auto started = start_daemon(data); !started && done) done->push_back(failed("daemon", started.error()));
    return done;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto data = KNS_TRY(kns.daemon.data_dir());
    std::vector<Finding> findings;
    auto add = [&](std::vector<Finding> more) { std::ranges::move(more, std::back_inserter(findings)); };
    auto asked = running_daemon(kns);
    // One that is just being killed takes the connection and drops it; the next look finds nobody.
    if (!asked && asked.error().code == Errc::unavailable) asked = running_daemon(kns);
    kns.daemon.never_start();
    if (!asked) findings.push_back(failed("daemon", asked.error()));
    auto daemon = asked ? *asked : std::nullopt;

    auto local = check_locally(data, daemon);
    auto store = check_store(kns, data, daemon.has_value());
    if (args.flag("fix")) {
        add(fix_locally(local));
        if (std::ranges::any_of(store, &Finding::fixable)) {
            auto fixed = fix_store(kns, data, daemon);
            add(fixed ? std::move(*fixed) : std::vector{failed("store", fixed.error())});
        }
        if (!findings.empty()) {  // what is left
            if (daemon) daemon = running_daemon(kns).value_or(std::nullopt);
            local = check_locally(data, daemon);
            store = check_store(kns, data, daemon.has_value());
        }
    }
    for (auto& [finding, fix] : local) findings.push_back(std::move(finding));
    add(std::move(store));
    if (args.flag("scrub")) {
        if (!daemon && !kns.settings.no_spawn)
            if (auto started = start_daemon(data); !started) findings.push_back(failed("daemon", started.error()));
        findings.push_back(scrub(kns));
    }
    if (!kns.settings.quiet || !kns.out.is_text()) kns.out.list(findings, kColumns, row_of);
    const bool bad = std::ranges::any_of(findings, [](const Finding& f) { return f.state == FindingState::fail; });
    return bad ? ExitCode::failed : ExitCode::done;
}

}  // namespace

extern const CommandSpec doctor{
    .path = "doctor",
    .summary = "find out what is wrong, and cure it",
    .description =
        "Looks at the data directory, the catalog, the log, the daemon, the programs, this machine and this shell, and prints a "
        "line for each with what helps. It starts no daemon, and works where none can start; the exit code is 1 if anything "
        "failed.\n\n"
        "With --fix a damaged catalog is kept in quarantine and made anew: from what of it can be read, from the copy that the "
        "daemon makes of it at each stop and every day, and, for its index, from the log. Records whose stream it no longer "
        "names become a stream recovered-N. A running daemon is stopped for that and started again.\n\n"
        "With --scrub the daemon reads the whole log and checks each batch, which it does by itself once a week, slowly. What "
        "is damaged is counted, and kept in quarantine.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
