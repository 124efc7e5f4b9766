#include <poll.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/full_screen.hpp"
#include "cli/interrupt.hpp"
#include "cli/top_metrics.hpp"
#include "cli/top_screen.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "STREAM", .help = "one stream alone, by name or ARN", .completer = Completer::stream, .optional = true}};
constexpr OptionSpec kOptions[] = {
    {.name = "once", .help = "print it once as text, also on a terminal"},
};
constexpr Example kExamples[] = {
    {"kns top", "The live view; ? shows its keys, q ends it."},
    {"kns top --once", "The same as plain text, once; so it is off a terminal."},
    {"kns top clicks --once", "What CloudWatch would show of one stream and its shards, as sums since the daemon started."},
    {"kns top -o json | jq '.streams[] | select(.lag > 1000).name'", "Streams with a group that is behind."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::interrupted};
constexpr std::string_view kSeeAlso[] = {"metrics", "stream groups", "firehose list", "job list", "daemon status"};

constexpr Ms kEvery = kSecond;
constexpr std::string_view kTarget = "/v1/top";
std::string metrics_of(std::string_view stream) { return path_of("streams", stream, "metrics"); }

// --- plain text

constexpr Column kStreamColumns[] = {
    {.heading = "STREAM"},
    {.heading = "SHARDS", .right = true},
    {.heading = "IN/s", .right = true},
    {.heading = "BYTES IN/s", .right = true},
    {.heading = "OUT/s", .right = true},
    {.heading = "BYTES OUT/s", .right = true},
    {.heading = "LAG", .right = true},
    {.heading = "RECORDS", .right = true, .if_wide = true},
    {.heading = "SIZE", .right = true, .if_wide = true},
};
constexpr Column kGroupColumns[] = {
    {.heading = "GROUP"},
    {.heading = "STREAM"},
    {.heading = "LAG", .right = true},
    {.heading = "LAG/s", .right = true},
    {.heading = "MEMBERS", .right = true},
};
constexpr Column kDeliveryColumns[] = {
    {.heading = "DELIVERY"},
    {.heading = "PENDING", .right = true},
    {.heading = "SIZE", .right = true},
    {.heading = "OLDEST", .right = true},
    {.heading = "OUT/s", .right = true},
    {.heading = "STATE"},
};

std::uint64_t whole(double number) { return static_cast<std::uint64_t>(number < 0 ? 0 : number + 0.5); }
std::string size_per_s(double bytes) { return format_size(whole(bytes)); }
std::string signed_count(double change) {
    return change < 0 ? "-" + grouped(whole(-change)) : change > 0 ? "+" + grouped(whole(change)) : "0";
}
std::string flow(double records, double bytes) {
    return fmt::format("{} records/s, {}/s", grouped(whole(records)), size_per_s(bytes));
}

Lines daemon_lines(const TopReport& report) {
    const auto& daemon = report.daemon;
    const auto& disk = report.disk;
    const auto& jobs = report.jobs;
    return {{"state", daemon.state},
            {"up for", format_duration(daemon.uptime_ms / kSecond * kSecond)},
            {"cpu", fmt::format("{:.1f}%", daemon.cpu_percent)},
            {"memory", format_size(daemon.memory_bytes)},
            {"connections", grouped(daemon.connections)},
            {"in", flow(report.total.records_in_per_s, report.total.bytes_in_per_s)},
            {"out", flow(report.total.records_out_per_s, report.total.bytes_out_per_s)},
            {"log", fmt::format("{}, {} free, {} syncs/s", format_size(disk.log_bytes), format_size(disk.free_bytes),
                                grouped(whole(disk.syncs_per_s)))},
            {"wal", format_size(disk.wal_bytes)},
            {"jobs", fmt::format("{} running, {} queued, {} retrying, {} failed", jobs.running, jobs.queued - jobs.retrying,
                                 jobs.retrying, jobs.failed)},
            {"damaged", daemon.damaged_batches ? fmt::format("{} batches", grouped(daemon.damaged_batches)) : ""},
            {"missing", daemon.missing_records ? fmt::format("{} records", grouped(daemon.missing_records)) : ""}};
}

Row stream_row(const StreamReport& s) {
    return {s.name,
            fmt::format("{}", s.shard_count),
            grouped(whole(s.records_in_per_s)),
            size_per_s(s.bytes_in_per_s),
            grouped(whole(s.records_out_per_s)),
            size_per_s(s.bytes_out_per_s),
            grouped(s.lag),
            grouped(s.records),
            format_size(s.bytes)};
}
Row group_row(const GroupReport& g) {
    return {g.name, g.stream, grouped(g.lag), signed_count(g.lag_change_per_s), fmt::format("{}", g.members)};
}
Row delivery_row(const DeliveryReport& d) {
    return {d.name,
            grouped(d.pending_records),
            format_size(d.pending_bytes),
            d.oldest_pending_ms ? format_duration(*d.oldest_pending_ms / kSecond * kSecond) : "-",
            grouped(whole(d.delivered_records_per_s)),
            d.error     ? *d.error
            : d.at_work ? "delivering"
                        : "waiting"};
}

void print(Printer& out, const TopReport& report) {
    out.object(report, daemon_lines);
    if (!out.is_text()) return;
    const auto section = [&](const auto& items, std::span<const Column> columns, auto row_of) {
        if (items.empty()) return;
        out.raw("\n");
        out.list(items, columns, row_of);
    };
    section(report.streams, kStreamColumns, stream_row);
    section(report.groups, kGroupColumns, group_row);
    section(report.deliveries, kDeliveryColumns, delivery_row);
}

Result<ExitCode> run_once(Context& kns) {
    const Interrupt interrupt;
    kns.daemon.watch_for_interrupt(interrupt.fd());
    const auto before = KNS_TRY(kns.daemon.get<TopSample>(std::string(kTarget)));
    pollfd stop{.fd = interrupt.fd(), .events = POLLIN, .revents = 0};
    ::poll(&stop, 1, static_cast<int>(kEvery));
    if (interrupt.requested()) return ExitCode::interrupted;
    const auto now = KNS_TRY(kns.daemon.get<TopSample>(std::string(kTarget)));
    print(kns.out, report_of(&before, now));
    return ExitCode::done;
}

Result<ExitCode> run_once(Context& kns, const StreamName& stream) {
    const auto metrics = KNS_TRY(kns.daemon.get<MetricsOf>(metrics_of(stream.text())));
    kns.out.object(metrics, [](const MetricsOf& of) {
        auto lines = metric_lines(of.metrics);
        lines.emplace(lines.begin(), "stream", of.stream);
        return lines;
    });
    if (!kns.out.is_text() || metrics.shards.empty()) return ExitCode::done;
    kns.out.raw("\n");
    kns.out.list(metrics.shards, shard_metric_columns(), shard_metric_row);
    return ExitCode::done;
}

// --- the live view

bool speaks_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (!value || !*value) continue;
        const std::string_view locale(value);
        std::string name_of_charset;  // whatever case and dashes it is written with
        for (const char c : locale)
            if (c != '-') name_of_charset += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return name_of_charset.find("utf8") != std::string::npos;
    }
    return false;
}

class LiveView {
   public:
    // With a stream: it is what is looked at first.
    LiveView(Context& kns, TopSample first, std::string stream)
        : kns_(kns), sample_(std::move(first)), report_(report_of(nullptr, sample_)) {
        look_ = {.color = kns.out.out().color, .unicode = speaks_utf8()};
        view_.detail = !stream.empty();
        view_.selected = std::move(stream);
    }

    ExitCode run() {
        // A daemon that is stopped while somebody looks stays stopped.
        kns_.daemon.never_start();
        kns_.daemon.watch_for_interrupt(screen_.fd());
        using What = FullScreen::Event::What;
        Deadline next = Deadline::in(kEvery);
        take_shards();
        while (!view_.quit) {
            screen_.draw(top_screen(report_, history_, view_, screen_.size(), look_));
            const auto event = screen_.next(next);
            if (event.what == What::interrupted) return ExitCode::interrupted;
            if (event.what == What::key) {
                const auto was = std::pair(view_.detail, view_.selected);
                press(view_, event, report_, history_, screen_.size());
                if (view_.detail && was != std::pair(view_.detail, view_.selected)) {
                    view_.shards.clear();
                    take_shards();
                }
            }
            if (event.what != What::timeout) continue;
            next = Deadline::in(kEvery);
            if (!view_.paused && !take_sample()) next = Deadline::in(0);  // a key came first: that, then once more
        }
        return ExitCode::done;
    }

   private:
    // False if a key or a signal interrupted it.
    bool take_sample() {
        auto sample = kns_.daemon.get<TopSample>(std::string(kTarget));
        if (!sample && sample.error().code == Errc::cancelled) return false;
        if (!sample) {
            view_.trouble = sample.error().message;
            return true;
        }
        view_.trouble.clear();
        report_ = report_of(&sample_, *sample);
        history_.add(report_);
        sample_ = std::move(*sample);
        take_shards();
        return true;
    }

    void take_shards() {
        view_.detail =
            view_.detail && std::ranges::any_of(report_.streams, [&](const auto& stream) { return stream.name == view_.selected; });
        if (!view_.detail) return;
        auto shards = kns_.daemon.list<ShardInfo>(path_of("streams", view_.selected, "shards"));
        if (!shards) return;  // it is gone: the next sample will say so
        const auto now = std::chrono::steady_clock::now();
        view_.shards_seconds = std::chrono::duration<double>(now - std::exchange(shards_at_, now)).count();
        view_.shards_before = std::exchange(view_.shards, std::move(*shards));
        if (auto metrics = kns_.daemon.get<MetricsOf>(metrics_of(view_.selected))) view_.metrics = std::move(*metrics);
    }

    Context& kns_;
    FullScreen screen_;
    TopLook look_;
    TopSample sample_;
    TopReport report_;
    TopHistory history_;
    TopView view_;
    std::chrono::steady_clock::time_point shards_at_;
};

Result<ExitCode> run(Context& kns, const Args& args) {
    std::optional<StreamName> stream;
    if (args.has("STREAM")) stream = KNS_TRY(StreamName::parse(args.text("STREAM")));
    if (args.flag("once") || !kns.out.is_text() || !FullScreen::is_possible())
        return stream ? run_once(kns, *stream) : run_once(kns);
    if (stream) KNS_TRY(kns.daemon.get<StreamInfo>(path_of("streams", stream->text())));  // an error belongs on the terminal
    auto first = KNS_TRY(kns.daemon.get<TopSample>(std::string(kTarget)));
    return LiveView(kns, std::move(first), stream ? stream->text() : std::string()).run();
}

}  // namespace

extern const CommandSpec top{
    .path = "top",
    .summary = "watch streams, lag, deliveries and jobs live",
    .description =
        "Shows what the daemon is doing, anew every second: records and bytes per second into and out of each stream, how far "
        "groups and delivery streams are behind, jobs, disk, and the daemon itself.\n\n"
        "With a STREAM, it begins with that one: its shards, groups, and metrics under the names that CloudWatch has for them; "
        "off a terminal, or with --once, it prints those metrics of it and of its shards, as sums since the daemon started.\n\n"
        "Without one, off a terminal or with --once, it prints the same as plain text, once, with the rates of one second. Bytes "
        "are as stored. "
        "Colours are for what has failed or falls behind; NO_COLOR and --no-color turn them off.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
