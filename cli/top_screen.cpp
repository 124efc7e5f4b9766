#include "cli/top_screen.hpp"

#include <algorithm>
#include <cmath>

#include "cli/output.hpp"
#include "cli/text_width.hpp"
#include "cli/top_metrics.hpp"

namespace kns::cli {
namespace {

using Strings = std::vector<std::string>;

constexpr std::size_t kCount = 7, kBytes = 10;  // columns of a number of records, of bytes
constexpr std::size_t kDiskPart = 33;           // of the header, with its gap
constexpr int kRoomy = 16;                      // rows from which on there is air between the parts

// --- numbers, none wider than its column

// "12,345", from a million on "1.23M": seven columns.
std::string count_text(double number) {
    const double size = std::abs(number);
    if (size < 999'999.5) {
        const auto whole = grouped(static_cast<std::uint64_t>(std::llround(size)));
        return number <= -0.5 ? "-" + whole : whole;
    }
    double scaled = number / 1e6;
    std::size_t unit = 0;
    while (std::abs(scaled) >= 999.5 && unit < 3) scaled /= 1e3, ++unit;
    return fmt::format("{:.3g}{}", scaled, "MGTP"[unit]);
}

std::string bytes_text(double number) { return format_size(static_cast<std::uint64_t>(std::llround(std::max(0.0, number)))); }

// "12s", "3m20s", "2h05m", "2d04h", "120d": six columns.
std::string age_text(Ms age) {
    const auto s = age / kSecond;
    if (s < 60) return fmt::format("{}s", s);
    if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
    if (s < 86400) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
    if (s < 100 * 86400) return fmt::format("{}d{:02}h", s / 86400, s / 3600 % 24);
    return fmt::format("{}d", s / 86400);
}

// --- colours, only where they mean something

enum class Paint { plain, heading, selected, warning, failure };

std::string painted(std::string text, Paint paint, TopLook look) {
    if (!look.color || paint == Paint::plain) return text;
    constexpr std::string_view kCodes[] = {"", "1", "7", "33", "31"};
    return fmt::format("\033[{}m{}\033[0m", kCodes[static_cast<std::size_t>(paint)], text);
}

std::string fit(std::string_view text, std::size_t width, TopLook look, bool right = false) {
    return fitted(text, width, right, look.unicode ? "…" : "~");
}

// The newest `width` cells as bars, as high as the highest of them is; on the right, since time goes that way.
std::string sparkline(const Series& series, std::size_t width, TopLook look) {
    static constexpr std::string_view kBars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr std::string_view kAscii[] = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};
    const auto& cells = series.cells();
    const std::size_t shown = std::min(width, cells.size());
    const auto first = cells.end() - static_cast<std::ptrdiff_t>(shown);
    const double highest = shown ? *std::max_element(first, cells.end()) : 0;
    std::string out(width - shown, ' ');
    for (auto cell = first; cell != cells.end(); ++cell) {
        const auto level = *cell > 0 ? static_cast<std::size_t>(std::clamp(std::ceil(*cell / highest * 8), 1.0, 8.0)) : 0;
        out += look.unicode ? kBars[level] : kAscii[level];
    }
    return out;
}

// --- tables

struct TopColumn {
    std::string_view heading;
    std::size_t width = 0;
    bool right = true;
    std::size_t gap = 1;  // before it
};

// A line of cells, each in its column's width; behind a marker's two.
std::string table_line(std::span<const TopColumn> columns, const Strings& cells, std::string_view marker, TopLook look) {
    std::string line(marker);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        line.append(i ? columns[i].gap : 0, ' ');
        line += fit(cells[i], columns[i].width, look, columns[i].right);
    }
    return line;
}

std::string heading_line(std::span<const TopColumn> columns, TopLook look) {
    Strings cells;
    for (const auto& column : columns) cells.emplace_back(column.heading);
    return table_line(columns, cells, "  ", look);
}

std::size_t total_width(std::span<const TopColumn> columns) {
    std::size_t sum = 2;
    for (std::size_t i = 0; i < columns.size(); ++i) sum += columns[i].width + (i ? columns[i].gap : 0);
    return sum;
}

class Page {
   public:
    Page(const TopReport& report, const TopHistory& history, const TopView& view, ScreenSize size, TopLook look)
        : report_(report),
          history_(history),
          view_(view),
          look_(look),
          width_(static_cast<std::size_t>(std::max(size.columns, 1))),
          rows_(static_cast<std::size_t>(std::max(size.rows, 1))),
          roomy_(size.rows >= kRoomy) {}

    Strings lines() {
        add_header();
        if (view_.help)
            add_help();
        else if (view_.detail && selected_stream())
            add_detail(*selected_stream());
        else
            add_tables();
        lines_.resize(rows_ - 1);
        lines_.push_back(footer());
        return std::move(lines_);
    }

   private:
    std::string count(double number) const { return count_text(number); }
    // A rate is unknown until there are two samples.
    std::string rate(double number) const { return report_.seconds > 0 ? count_text(number) : "-"; }
    std::string byte_rate(double number) const { return report_.seconds > 0 ? bytes_text(number) : "-"; }

    void add(std::string line, Paint paint = Paint::plain) {
        if (display_width(line) > width_) line = fit(line, width_, look_);  // on a screen that is too small for anything
        lines_.push_back(painted(std::move(line), paint, look_));
    }
    void add_air() {
        if (roomy_) add("");
    }
    std::size_t left() const { return rows_ - 1 - std::min(rows_ - 1, lines_.size()); }  // lines above the footer

    // --- header

    void add_header() {
        const auto& daemon = report_.daemon;
        const bool known = daemon.pid != 0;
        std::string state = view_.paused ? "paused" : known ? daemon.state : "";
        Paint paint = daemon.state == "running" ? Paint::plain : Paint::failure;
        if (view_.paused) paint = Paint::warning;
        if (!view_.trouble.empty()) state = view_.trouble, paint = Paint::failure;
        Strings facts = {fmt::format("kns {}", daemon.version)};
        if (known) {
            const auto cpu = report_.seconds > 0 ? fmt::format("{:.1f}%", daemon.cpu_percent) : "-";
            facts.push_back(fmt::format("up {:>6}", age_text(daemon.uptime_ms)));
            facts.push_back(fmt::format("cpu {:>6}", cpu));
            facts.push_back(fmt::format("mem {:>10}", bytes_text(static_cast<double>(daemon.memory_bytes))));
            facts.push_back(fmt::format("conn {:>4}", daemon.connections));
        }
        // What is wrong comes first, then as many facts as there is room for.
        const std::size_t state_width = std::min(display_width(state), width_);
        std::string line;
        for (const auto& fact : facts)
            if (display_width(line) + fact.size() + 2 + state_width <= width_) line += (line.empty() ? "" : "  ") + fact;
        const std::size_t used = display_width(line);
        line.append(width_ - used - state_width, ' ');
        lines_.push_back(line + painted(fit(state, state_width, look_), paint, look_));

        const auto& total = report_.total;
        const auto& disk = report_.disk;
        const auto size = [&](std::uint64_t bytes) { return bytes_text(static_cast<double>(bytes)); };
        add_flow("in", total.records_in_per_s, total.bytes_in_per_s, history_.in(),
                 fmt::format("log {:>10}  free {:>10}", size(disk.log_bytes), size(disk.free_bytes)));
        add_flow("out", total.records_out_per_s, total.bytes_out_per_s, history_.out(),
                 fmt::format("wal {:>10}  sync {:>7}/s", size(disk.wal_bytes), rate(disk.syncs_per_s)));
        if (roomy_) add_jobs();
    }

    void add_flow(std::string_view name, double records, double bytes, const Series& series, const std::string& disk) {
        std::string line = fmt::format("{:<3} {:>7} rec/s {:>10}/s", name, rate(records), byte_rate(bytes));
        const bool with_disk = width_ >= 80;
        const std::size_t taken = line.size() + 2 + (with_disk ? kDiskPart : 0);
        if (taken > width_) return add(line);
        const auto bars = std::min(width_ - taken, Series::kCells);
        line += "  " + sparkline(series, bars, look_);
        if (with_disk) line += "  " + disk;
        add(line);
    }

    void add_jobs() {
        const auto& jobs = report_.jobs;
        const auto& daemon = report_.daemon;
        std::string line;
        std::size_t used = 0;
        const auto more = [&](std::string text, Paint paint) {
            if (used + text.size() > width_) return;
            used += text.size();
            line += painted(std::move(text), paint, look_);
        };
        more(fmt::format("jobs {:>6} running", jobs.running), Paint::plain);
        more(fmt::format(" {:>6} queued", jobs.queued - jobs.retrying), Paint::plain);
        more(fmt::format(" {:>6} retrying", jobs.retrying), jobs.retrying ? Paint::warning : Paint::plain);
        more(fmt::format(" {:>6} failed", jobs.failed), jobs.failed ? Paint::failure : Paint::plain);
        if (daemon.damaged_batches) more(fmt::format("  {} damaged batches", daemon.damaged_batches), Paint::failure);
        if (daemon.missing_records) more(fmt::format("  {} records missing", daemon.missing_records), Paint::failure);
        lines_.push_back(std::move(line));
    }

    // --- the tables: streams get what groups and deliveries leave

    void add_tables() {
        if (report_.streams.empty() && report_.deliveries.empty()) {
            add_air();
            if (report_.daemon.pid) add("no streams yet; make one with: kns stream create NAME");
            return;
        }
        // A table costs its heading and, where there is room, the air above it.
        const std::size_t frame = roomy_ ? 2 : 1;
        const bool all = left() >= 12;  // on a small screen the lag of the streams has to do
        const std::size_t quarter = left() / 4;
        const auto part = [&](std::size_t items, std::size_t most) {
            return all && items ? std::min(items, std::max<std::size_t>(most, frame + 1) - frame) : 0;
        };
        std::size_t groups = part(report_.groups.size(), quarter), deliveries = part(report_.deliveries.size(), quarter);
        const auto cost = [&](std::size_t rows) { return rows ? rows + frame : 0; };
        // What the streams do not need goes to the others.
        const std::size_t others = frame + cost(groups) + cost(deliveries);
        std::size_t streams = left() - std::min(left(), others);
        std::size_t spare = streams - std::min(streams, report_.streams.size());
        if (all) {
            const auto more_groups = std::min(spare, report_.groups.size() - groups);
            groups += more_groups;
            spare -= more_groups;
            const auto more_deliveries = std::min(spare, report_.deliveries.size() - deliveries);
            deliveries += more_deliveries;
            streams -= more_groups + more_deliveries;
        }
        add_air();
        add_streams(std::min(streams, std::max<std::size_t>(1, report_.streams.size())));
        if (groups) add_groups(report_.groups, groups);
        if (deliveries) add_deliveries(deliveries);
    }

    void add_streams(std::size_t rows) {
        std::vector<TopColumn> columns = {{"STREAM", 12, false}};
        // In the order of importance, though shown from left to right as the table below says.
        struct Choice {
            int place;
            TopColumn column;
            std::string (*cell)(const Page&, const StreamReport&);
        };
        static constexpr Choice kChoices[] = {
            {0, {"IN/s", kCount}, [](const Page& p, const StreamReport& s) { return p.rate(s.records_in_per_s); }},
            {2, {"OUT/s", kCount}, [](const Page& p, const StreamReport& s) { return p.rate(s.records_out_per_s); }},
            {4, {"LAG", kCount}, [](const Page& p, const StreamReport& s) { return p.count(static_cast<double>(s.lag)); }},
            {1, {"BYTES/s", kBytes}, [](const Page& p, const StreamReport& s) { return p.byte_rate(s.bytes_in_per_s); }},
            {3, {"BYTES/s", kBytes}, [](const Page& p, const StreamReport& s) { return p.byte_rate(s.bytes_out_per_s); }},
            {6, {"SIZE", kBytes}, [](const Page&, const StreamReport& s) { return bytes_text(static_cast<double>(s.bytes)); }},
            {5, {"RECORDS", kCount}, [](const Page& p, const StreamReport& s) { return p.count(static_cast<double>(s.records)); }},
            {7, {"SHARDS", 6}, [](const Page&, const StreamReport& s) { return fmt::format("{}", s.shard_count); }},
        };
        constexpr std::size_t kBars = 10, kName = 20;
        std::vector<const Choice*> chosen;
        std::size_t used = 2 + columns[0].width;
        for (const auto& choice : kChoices) {
            const bool basic = choice.place <= 4;  // the others only where the bars and a long name have room as well
            const std::size_t needed = used + 1 + choice.column.width + (basic ? 0 : kBars + 2 + kName - 12);
            if (needed > width_) break;
            used += 1 + choice.column.width;
            chosen.push_back(&choice);
        }
        std::ranges::sort(chosen, {}, &Choice::place);
        for (const auto* choice : chosen) columns.push_back(choice->column);
        std::size_t spare = width_ - std::min(width_, used);
        std::size_t bars = 0;
        if (spare >= kBars + 2) bars = kBars, spare -= kBars + 2;
        const auto longer = std::min(spare, std::size_t{28});  // names of up to 40
        columns[0].width += longer;
        if (bars) bars = std::min(Series::kCells, bars + spare - longer);
        const auto bars_heading = fmt::format("LAST {} s", bars * Series::kSamplesPerCell);
        if (bars) columns.push_back({bars_heading, bars, false, 2});
        columns[0].width -= total_width(columns) > width_ ? std::min(total_width(columns) - width_, columns[0].width) : 0;
        add(heading_line(columns, look_), Paint::heading);

        const auto names = sorted_streams(report_, history_, view_.sort);
        const auto at = static_cast<std::size_t>(std::ranges::find(names, view_.selected) - names.begin());
        const std::size_t selected = at < names.size() ? at : 0;
        // Page by page: nothing creeps. The last page is a full one.
        const std::size_t first = rows ? std::min(selected / rows * rows, names.size() - std::min(rows, names.size())) : 0;
        for (std::size_t i = first; i < std::min(first + rows, names.size()); ++i) {
            const auto& stream = *find_stream(names[i]);
            Strings values = {stream.name};
            for (const auto* choice : chosen) values.push_back(choice->cell(*this, stream));
            if (bars) values.push_back(sparkline(history_.stream(stream.name), bars, look_));
            const Paint paint = i == selected ? Paint::selected : stream.damaged_records ? Paint::failure : Paint::plain;
            add(table_line(columns, values, i == selected ? "> " : "  ", look_), paint);
        }
    }

    void add_groups(const std::vector<GroupReport>& all, std::size_t rows) {
        std::vector<TopColumn> columns = {{"GROUP", 0, false}, {"STREAM", 0, false}, {"LAG", kCount}};
        const bool wide = width_ >= 60;
        if (wide) columns.insert(columns.end(), {{"LAG/s", kCount + 1}, {"MEMBERS", 7}});
        const std::size_t names = width_ - std::min(width_, total_width(columns));
        columns[1].width = std::min<std::size_t>(names / 2, 40);
        columns[0].width = std::min<std::size_t>(names - names / 2, 40);
        add_air();
        add(heading_line(columns, look_), Paint::heading);
        // The furthest behind first.
        std::vector<const GroupReport*> groups;
        for (const auto& group : all) groups.push_back(&group);
        std::ranges::sort(groups, [](const auto* a, const auto* b) { return a->lag != b->lag ? a->lag > b->lag : a < b; });
        for (std::size_t i = 0; i < std::min(rows, groups.size()); ++i) {
            const auto& group = *groups[i];
            Strings cells = {group.name, group.stream, count(static_cast<double>(group.lag))};
            if (wide) {
                cells.push_back(report_.seconds > 0 ? (group.lag_change_per_s > 0 ? "+" : "") + count(group.lag_change_per_s)
                                                    : "-");
                cells.push_back(fmt::format("{}", group.members));
            }
            const bool orphaned = group.lag > 0 && group.members == 0;
            add(table_line(columns, cells, "  ", look_), orphaned ? Paint::warning : Paint::plain);
        }
        add_rest(rows, groups.size());
    }

    void add_deliveries(std::size_t rows) {
        std::vector<TopColumn> columns = {{"DELIVERY", 0, false}, {"PENDING", kCount}};
        const bool wide = width_ >= 60;
        if (wide) columns.insert(columns.end(), {{"SIZE", kBytes}, {"OLDEST", 6}, {"OUT/s", kCount}});
        columns.push_back({"STATE", 0, false, 2});
        const std::size_t texts = width_ - std::min(width_, total_width(columns));
        columns[0].width = std::min<std::size_t>(texts * 2 / 5, 40);
        columns.back().width = texts - columns[0].width;
        add_air();
        add(heading_line(columns, look_), Paint::heading);
        // Those in trouble first, then the longest waiting.
        std::vector<const DeliveryReport*> deliveries;
        for (const auto& delivery : report_.deliveries) deliveries.push_back(&delivery);
        std::ranges::sort(deliveries, [](const auto* a, const auto* b) {
            return std::tuple(!a->error, -a->oldest_pending_ms.value_or(0), a) <
                   std::tuple(!b->error, -b->oldest_pending_ms.value_or(0), b);
        });
        for (std::size_t i = 0; i < std::min(rows, deliveries.size()); ++i) {
            const auto& delivery = *deliveries[i];
            Strings cells = {delivery.name, count(static_cast<double>(delivery.pending_records))};
            if (wide) {
                cells.push_back(bytes_text(static_cast<double>(delivery.pending_bytes)));
                cells.push_back(delivery.oldest_pending_ms ? age_text(*delivery.oldest_pending_ms) : "-");
                cells.push_back(rate(delivery.delivered_records_per_s));
            }
            cells.push_back(delivery.error ? *delivery.error : delivery.at_work ? "delivering" : "waiting");
            add(table_line(columns, cells, "  ", look_), delivery.error ? Paint::failure : Paint::plain);
        }
        add_rest(rows, deliveries.size());
    }

    // The last line of a table that goes on says so.
    void add_rest(std::size_t rows, std::size_t items) {
        if (rows >= items || rows == 0) return;
        lines_.pop_back();
        add(fmt::format("  and {} more", items - rows + 1));
    }

    // --- one stream

    void add_detail(const StreamReport& stream) {
        add_air();
        add("> " + stream.name, Paint::heading);
        add(fmt::format("  {} shards  {} records  {}  lag {}", stream.shard_count, grouped(stream.records),
                        bytes_text(static_cast<double>(stream.bytes)), grouped(stream.lag)));
        add(fmt::format("  in  {:>7} rec/s {:>10}/s  {:>15} since the start", rate(stream.records_in_per_s),
                        byte_rate(stream.bytes_in_per_s), grouped(stream.records_in)));
        add(fmt::format("  out {:>7} rec/s {:>10}/s  {:>15} since the start", rate(stream.records_out_per_s),
                        byte_rate(stream.bytes_out_per_s), grouped(stream.records_out)));
        if (view_.metrics.stream == stream.name) add_metrics();
        if (stream.damaged_records)
            add(fmt::format("  {} records lost to damage", grouped(stream.damaged_records)), Paint::failure);
        std::vector<GroupReport> groups;
        for (const auto& group : report_.groups)
            if (group.stream == stream.name) groups.push_back(group);
        const std::size_t frame = roomy_ ? 2 : 1;
        const std::size_t group_rows = groups.empty() || left() < 3 * frame + 2 ? 0 : std::min(groups.size(), left() / 4 + 1);
        add_shards(left() - std::min(left(), frame + (group_rows ? group_rows + frame : 0)));
        if (group_rows) add_groups(groups, group_rows);
    }

    // Under CloudWatch's names, in as many columns as there is room for, and as many rows as the shards leave.
    void add_metrics() {
        const auto metrics = metric_lines(view_.metrics.metrics);
        constexpr std::size_t kName = 34, kValue = 14, kGap = 2;
        const std::size_t columns = std::max<std::size_t>(1, width_ / (kGap + kName + 1 + kValue));
        const std::size_t for_shards = std::min(view_.shards.size() + 4, left() / 2);
        const std::size_t rows = std::min((metrics.size() + columns - 1) / columns, left() - for_shards);
        if (rows == 0) return;
        add_air();
        for (std::size_t row = 0; row < rows; ++row) {
            std::string line;
            for (std::size_t column = 0, i = row; column < columns && i < metrics.size(); ++column, i += rows)
                line += "  " + fit(metrics[i].first, kName, look_) + " " + fit(metrics[i].second, kValue, look_, true);
            add(std::move(line));
        }
    }

    void add_shards(std::size_t rows) {
        std::vector<TopColumn> columns = {{"SHARD", 20, false}, {"STATE", 6, false}, {"IN/s", kCount}};
        if (width_ >= 60) columns.insert(columns.end(), {{"RECORDS", kCount}, {"NEXT OFFSET", 15}});
        if (total_width(columns) > width_) columns[0].width = width_ - std::min(width_, total_width(columns) - columns[0].width);
        add_air();
        add(heading_line(columns, look_), Paint::heading);
        const auto number = [](std::int64_t n) { return static_cast<double>(n); };
        for (std::size_t i = 0; i < std::min(rows, view_.shards.size()); ++i) {
            const auto& shard = view_.shards[i];
            const auto before = std::ranges::find(view_.shards_before, shard.shard_id, &ShardInfo::shard_id);
            const bool known = view_.shards_seconds > 0 && before != view_.shards_before.end();
            Strings cells = {shard.shard_id, std::string(name_of_enum(shard.state)),
                             known ? count(number(shard.next_offset - before->next_offset) / view_.shards_seconds) : "-"};
            if (width_ >= 60) {
                cells.push_back(count(number(shard.next_offset - shard.first_offset)));
                cells.push_back(grouped(static_cast<std::uint64_t>(shard.next_offset)));
            }
            add(table_line(columns, cells, "  ", look_));
        }
        add_rest(rows, view_.shards.size());
    }

    // --- help and footer

    void add_help() {
        add_air();
        for (const std::string_view line : {
                 "  q           quit",
                 "  up, down    select a stream (also k, j; page up, page down, home, end)",
                 "  enter       the stream's shards and groups; again, or escape: back",
                 "  s           sort by records in, records out, lag, name",
                 "  p           pause; again: go on",
                 "  ?           this, and back",
                 "",
                 "  Rates are of the last second, bytes as stored. LAG is that of the group",
                 "  that is furthest behind. A bar is the mean of ten seconds, drawn in",
                 "  proportion to the highest of its row. What is red has failed; a group in",
                 "  yellow has records to read and no member.",
             })
            if (left()) add(std::string(line));
    }

    std::string footer() const {
        constexpr std::string_view kSorts[] = {"in", "out", "lag", "name"};
        Strings keys = {"q quit", "? help"};
        if (!view_.help) {
            keys.insert(keys.begin() + 1, view_.detail ? "enter back" : "enter detail");
            keys.insert(keys.begin() + 1, "↑↓ select");
            keys.push_back(fmt::format("s sort: {:<4}", kSorts[static_cast<std::size_t>(view_.sort)]));
            keys.push_back(view_.paused ? "p go on" : "p pause");
            if (!look_.unicode) keys[1] = "jk select";
        }
        std::string line;
        for (const auto& key : keys)
            if (display_width(line) + display_width(key) + 2 <= width_) line += (line.empty() ? "" : "  ") + key;
        return painted(fit(line, width_, look_), Paint::heading, look_);
    }

    const StreamReport* find_stream(std::string_view name) const {
        const auto found = std::ranges::lower_bound(report_.streams, name, {}, &StreamReport::name);
        return found != report_.streams.end() && found->name == name ? &*found : nullptr;
    }
    const StreamReport* selected_stream() const { return find_stream(view_.selected); }

    const TopReport& report_;
    const TopHistory& history_;
    const TopView& view_;
    TopLook look_;
    std::size_t width_, rows_;
    bool roomy_;
    Strings lines_;
};

}  // namespace

void Series::add(double number, bool begins_cell, std::uint64_t cell_samples) {
    if (begins_cell || cells_.empty()) {
        cells_.push_back(number);
        if (cells_.size() > kCells) cells_.pop_front();
    } else {
        cells_.back() += (number - cells_.back()) / static_cast<double>(cell_samples);
    }
    smooth_ += (number - smooth_) * 0.3;
}

void TopHistory::add(const TopReport& report) {
    if (report.seconds <= 0) return;
    const std::uint64_t place = samples_++ % Series::kSamplesPerCell;
    const auto add_to = [&](Series& series, double number) { series.add(number, place == 0, place + 1); };
    add_to(in_, report.total.records_in_per_s);
    add_to(out_, report.total.records_out_per_s);
    std::map<std::string, Series, std::less<>> kept;
    for (const auto& stream : report.streams) {
        auto node = streams_.extract(stream.name);
        auto& series = node ? kept.insert(std::move(node)).position->second : kept[stream.name];
        add_to(series, stream.records_in_per_s);
    }
    streams_ = std::move(kept);
}

const Series& TopHistory::stream(std::string_view name) const {
    static const Series kEmpty;
    const auto found = streams_.find(name);
    return found == streams_.end() ? kEmpty : found->second;
}

std::vector<std::string> sorted_streams(const TopReport& report, const TopHistory& history, TopSort sort) {
    std::vector<std::pair<double, std::string_view>> order;  // the highest first, then by name
    for (const auto& stream : report.streams) {
        double rank = 0;
        // Coarse, so that neighbours do not change places for a record more, in steps of a fifth.
        const auto coarse = [](double number) { return number <= 0 ? -1 : std::round(std::log2(number + 1) * 4); };
        if (sort == TopSort::in) rank = coarse(history.stream(stream.name).smooth());
        if (sort == TopSort::out) rank = coarse(stream.records_out_per_s);
        if (sort == TopSort::lag) rank = coarse(static_cast<double>(stream.lag));
        order.emplace_back(-rank, stream.name);
    }
    std::ranges::sort(order);
    std::vector<std::string> names;
    for (const auto& [rank, name] : order) names.emplace_back(name);
    return names;
}

std::vector<std::string> top_screen(const TopReport& report, const TopHistory& history, const TopView& view, ScreenSize size,
                                    TopLook look) {
    return Page(report, history, view, size, look).lines();
}

void press(TopView& view, const FullScreen::Event& event, const TopReport& report, const TopHistory& history, ScreenSize size) {
    const auto names = sorted_streams(report, history, view.sort);
    auto move_to = [&](std::ptrdiff_t place) {
        if (names.empty()) return;
        view.selected = names[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(place, 0, std::ssize(names) - 1))];
    };
    const auto found = std::ranges::find(names, view.selected);
    const std::ptrdiff_t now = found == names.end() ? 0 : found - names.begin();
    const std::ptrdiff_t page = std::max(1, size.rows / 2);
    const char c = event.key == Key::character ? event.character : '\0';
    const bool moves = !view.help && !view.detail;
    if (c == 'q') view.quit = true;
    if (c == '?') view.help = !view.help;
    if (c == 'p') view.paused = !view.paused;
    if (c == 's' && !view.help) view.sort = static_cast<TopSort>((static_cast<int>(view.sort) + 1) % 4);
    if (event.key == Key::escape) (view.help ? view.help : view.detail) = false;
    if (event.key == Key::enter && !view.help) {
        if (found == names.end()) move_to(0);
        view.detail = !view.detail && !names.empty();
    }
    if (!moves && event.key != Key::up && event.key != Key::down && c != 'j' && c != 'k') return;
    if (view.help) return;
    if (event.key == Key::up || c == 'k') move_to(now - 1);
    if (event.key == Key::down || c == 'j') move_to(now + 1);
    if (event.key == Key::page_up) move_to(now - page);
    if (event.key == Key::page_down) move_to(now + page);
    if (event.key == Key::home || c == 'g') move_to(0);
    if (event.key == Key::end || c == 'G') move_to(std::ssize(names) - 1);
}

}  // namespace kns::cli
