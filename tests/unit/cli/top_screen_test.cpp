#include "cli/top_screen.hpp"

#include <catch2/catch.hpp>

#include "cli/text_width.hpp"

namespace kns::cli {
namespace {

using Lines = std::vector<std::string>;

constexpr std::uint64_t kMiB = 1 << 20, kGiB = 1 << 30;

// A daemon at work: what it has counted after `s` seconds.
TopSample sample_at(Ms s) {
    const auto n = static_cast<std::uint64_t>(s);
    TopSample out;
    out.daemon = {.pid = 7,
                  .version = "0.1.0",
                  .uptime_ms = 187'200'000 + s * 1000,
                  .cpu_ms = s * 31,
                  .memory_bytes = 13 * kMiB,
                  .connections = 4};
    out.disk = {.log_bytes = kGiB + kGiB / 5, .free_bytes = 80 * kGiB, .wal_bytes = kMiB, .syncs = n * 980};
    out.total = {.records_in = n * 13'345, .bytes_in = n * 1'300'000, .records_out = n * 24'690, .bytes_out = n * 2'500'000};
    out.jobs = {.queued = 1, .retrying = 1, .running = 1, .done = 40};
    auto add = [&](std::string name, std::uint64_t in, std::uint64_t out_rate, std::uint64_t lag) {
        auto& stream = out.streams.emplace_back();
        stream.name = std::move(name);
        stream.shard_count = 4;
        stream.records = 1'234'567;
        stream.bytes = 120 * kMiB;
        stream.lag = lag;
        stream.records_in = n * in;
        stream.bytes_in = n * in * 100;
        stream.records_out = n * out_rate;
        stream.bytes_out = n * out_rate * 100;
    };
    add("a-stream-with-quite-a-long-name-for-one-column", 1'000, 0, 1'234'567);
    add("clicks", 12'345, 24'690, 120);
    add("quiet", 0, 0, 0);
    out.groups = {{"clicks", "alerts", 120, 2},
                  {"a-stream-with-quite-a-long-name-for-one-column", "sums", 1'234'567 + n * 1'000, 0}};
    out.deliveries = {{.name = "archive",
                       .source = "clicks",
                       .pending_records = 2'000,
                       .pending_bytes = 200'000,
                       .oldest_pending_ms = 61'000,
                       .delivered_records = n * 500,
                       .at_work = true},
                      {.name = "broken",
                       .pending_records = 5,
                       .pending_bytes = 500,
                       .oldest_pending_ms = 7'500'000,
                       .error = "no space left on device: /mnt/大きなディスク"}};
    return out;
}

struct Watched {
    TopReport report;
    TopHistory history;
    TopView view;

    // Looked at for so many seconds.
    explicit Watched(Ms seconds, const std::function<void(TopSample&)>& change = [](TopSample&) {}) {
        TopSample before = sample_at(0);
        change(before);
        report = report_of(nullptr, before);
        for (Ms s = 1; s <= seconds; ++s) {
            TopSample now = sample_at(s);
            change(now);
            report = report_of(&before, now);
            history.add(report);
            before = now;
        }
    }

    Lines screen(int columns, int rows, TopLook look = {}) const {
        const auto lines = top_screen(report, history, view, {columns, rows}, look);
        CHECK(std::ssize(lines) == rows);
        if (!look.color)
            for (const auto& line : lines) CHECK(display_width(line) <= static_cast<std::size_t>(columns));
        return lines;
    }
    void type(Key key, char character = 0) {
        press(view, {.what = FullScreen::Event::What::key, .key = key, .character = character}, report, history, {80, 24});
    }
};

// A picture in a test: lines without the spaces at their ends.
std::string picture(const Lines& lines) {
    std::string out = "\n";
    for (const auto& line : lines) out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return out;
}

void no_streams(TopSample& sample) {
    sample.streams.clear();
    sample.groups.clear();
    sample.deliveries.clear();
}

void thousand_streams(TopSample& sample) {
    sample.streams.clear();
    for (int i = 0; i < 1000; ++i) sample.streams.emplace_back().name = fmt::format("stream-{:04}", i);
}

TEST_CASE("at 80x24 there is everything") {
    CHECK(picture(Watched(25).screen(80, 24)) == R"(
kns 0.1.0  up  2d04h  cpu   3.1%  mem   13.0 MiB  conn    4              running
in   13,345 rec/s    1.2 MiB/s              ███  log    1.2 GiB  free   80.0 GiB
out  24,690 rec/s    2.4 MiB/s              ███  wal    1.0 MiB  sync     980/s
jobs      1 running      0 queued      1 retrying      0 failed

  STREAM                  IN/s    BYTES/s   OUT/s    BYTES/s     LAG  LAST 100 s
> clicks                12,345    1.2 MiB  24,690    2.4 MiB     120         ███
  a-stream-with-quite…   1,000   97.7 KiB       0        0 B   1.23M         ███
  quiet                      0        0 B       0        0 B       0

  GROUP                      STREAM                         LAG    LAG/s MEMBERS
  sums                       a-stream-with-quite-a-lon…   1.26M   +1,000       0
  alerts                     clicks                         120        0       2

  DELIVERY         PENDING       SIZE OLDEST   OUT/s  STATE
  broken                 5      500 B  2h05m       0  no space left on device: …
  archive            2,000  195.3 KiB  1m01s     500  delivering






q quit  ↑↓ select  enter detail  ? help  s sort: in    p pause
)");
}

TEST_CASE("at 40x10 there are the streams, their rates and their lag") {
    CHECK(picture(Watched(25).screen(40, 10)) == R"(
kns 0.1.0  up  2d04h  cpu   3.1% running
in   13,345 rec/s    1.2 MiB/s       ███
out  24,690 rec/s    2.4 MiB/s       ███
  STREAM            IN/s   OUT/s     LAG
> clicks          12,345  24,690     120
  a-stream-with…   1,000       0   1.23M
  quiet                0       0       0


q quit  ↑↓ select  enter detail  ? help
)");
}

TEST_CASE("a wide terminal shows more columns, longer names and a longer past") {
    CHECK(picture(Watched(25).screen(200, 50)) == R"(
kns 0.1.0  up  2d04h  cpu   3.1%  mem   13.0 MiB  conn    4                                                                                                                                      running
in   13,345 rec/s    1.2 MiB/s                                                           ███  log    1.2 GiB  free   80.0 GiB
out  24,690 rec/s    2.4 MiB/s                                                           ███  wal    1.0 MiB  sync     980/s
jobs      1 running      0 queued      1 retrying      0 failed

  STREAM                                      IN/s    BYTES/s   OUT/s    BYTES/s     LAG RECORDS       SIZE SHARDS  LAST 600 s
> clicks                                    12,345    1.2 MiB  24,690    2.4 MiB     120   1.23M  120.0 MiB      4                                                           ███
  a-stream-with-quite-a-long-name-for-one…   1,000   97.7 KiB       0        0 B   1.23M   1.23M  120.0 MiB      4                                                           ███
  quiet                                          0        0 B       0        0 B       0   1.23M  120.0 MiB      4

  GROUP                                    STREAM                                       LAG    LAG/s MEMBERS
  sums                                     a-stream-with-quite-a-long-name-for-one…   1.26M   +1,000       0
  alerts                                   clicks                                       120        0       2

  DELIVERY                                 PENDING       SIZE OLDEST   OUT/s  STATE
  broken                                         5      500 B  2h05m       0  no space left on device: /mnt/大きなディスク
  archive                                    2,000  195.3 KiB  1m01s     500  delivering
































q quit  ↑↓ select  enter detail  ? help  s sort: in    p pause
)");
}

TEST_CASE("without streams it says how to make one") {
    CHECK(picture(Watched(3, no_streams).screen(80, 24)) == R"(
kns 0.1.0  up  2d04h  cpu   3.1%  mem   13.0 MiB  conn    4              running
in   13,345 rec/s    1.2 MiB/s                █  log    1.2 GiB  free   80.0 GiB
out  24,690 rec/s    2.4 MiB/s                █  wal    1.0 MiB  sync     980/s
jobs      1 running      0 queued      1 retrying      0 failed

no streams yet; make one with: kns stream create NAME

















q quit  ↑↓ select  enter detail  ? help  s sort: in    p pause
)");
}

TEST_CASE("of a thousand streams it shows a page, and turns to the one that is selected") {
    Watched top(3, thousand_streams);
    top.type(Key::end);
    CHECK(picture(top.screen(80, 24)) == R"(
kns 0.1.0  up  2d04h  cpu   3.1%  mem   13.0 MiB  conn    4              running
in   13,345 rec/s    1.2 MiB/s                █  log    1.2 GiB  free   80.0 GiB
out  24,690 rec/s    2.4 MiB/s                █  wal    1.0 MiB  sync     980/s
jobs      1 running      0 queued      1 retrying      0 failed

  STREAM                  IN/s    BYTES/s   OUT/s    BYTES/s     LAG  LAST 100 s
  stream-0991                0        0 B       0        0 B       0
  stream-0992                0        0 B       0        0 B       0
  stream-0993                0        0 B       0        0 B       0
  stream-0994                0        0 B       0        0 B       0
  stream-0995                0        0 B       0        0 B       0
  stream-0996                0        0 B       0        0 B       0
  stream-0997                0        0 B       0        0 B       0
  stream-0998                0        0 B       0        0 B       0
> stream-0999                0        0 B       0        0 B       0

  GROUP                      STREAM                         LAG    LAG/s MEMBERS
  sums                       a-stream-with-quite-a-lon…   1.24M   +1,000       0
  alerts                     clicks                         120        0       2

  DELIVERY         PENDING       SIZE OLDEST   OUT/s  STATE
  broken                 5      500 B  2h05m       0  no space left on device: …
  archive            2,000  195.3 KiB  1m01s     500  delivering
q quit  ↑↓ select  enter detail  ? help  s sort: in    p pause
)");
}

TEST_CASE("the detail of a stream shows its shards and its groups") {
    Watched top(3);
    top.type(Key::enter);
    top.view.shards_before = {{.shard_id = "shardId-000000000000", .next_offset = 1'000}};
    top.view.shards_seconds = 1;
    top.view.shards = {{.shard_id = "shardId-000000000000", .first_offset = 200, .next_offset = 7'000},
                       {.shard_id = "shardId-000000000001", .state = ShardState::closed}};
    CHECK(picture(top.screen(80, 24)) == R"(
kns 0.1.0  up  2d04h  cpu   3.1%  mem   13.0 MiB  conn    4              running
in   13,345 rec/s    1.2 MiB/s                █  log    1.2 GiB  free   80.0 GiB
out  24,690 rec/s    2.4 MiB/s                █  wal    1.0 MiB  sync     980/s
jobs      1 running      0 queued      1 retrying      0 failed

> clicks
  4 shards  1,234,567 records  120.0 MiB  lag 120
  in   12,345 rec/s    1.2 MiB/s           37,035 since the start
  out  24,690 rec/s    2.4 MiB/s           74,070 since the start

  SHARD                STATE     IN/s RECORDS     NEXT OFFSET
  shardId-000000000000 OPEN     6,000   6,800           7,000
  shardId-000000000001 CLOSED       -       0               0

  GROUP                      STREAM                         LAG    LAG/s MEMBERS
  alerts                     clicks                         120        0       2







q quit  ↑↓ select  enter back  ? help  s sort: in    p pause
)");
}

TEST_CASE("every size, down to one cell, gives lines that fit") {
    Watched top(25);
    for (int columns = 1; columns <= 210; columns += columns < 100 ? 1 : 11)
        for (int rows : {1, 2, 3, 5, 8, 15, 16, 17, 24, 60}) {
            for (const bool detail : {false, true}) {
                top.view.detail = detail;
                top.view.selected = "clicks";
                top.screen(columns, rows);
            }
        }
}

TEST_CASE("what is not known yet is a dash, not a zero") {
    const auto lines = Watched(0).screen(80, 24);
    CHECK(lines[1].starts_with("in        - rec/s          -/s"));
}

TEST_CASE("columns stay where they are when numbers grow") {
    const Watched small(2, [](TopSample& sample) { sample.total = {}; }), large(2);
    const TopLook ascii{.unicode = false};  // a byte is a column
    const auto before = small.screen(80, 24, ascii), after = large.screen(80, 24, ascii);
    for (const auto* word : {"rec/s", "log", "free"}) CHECK(before[1].find(word) == after[1].find(word));
}

TEST_CASE("another daemon's counters, or one that started anew, give no rates") {
    const TopSample before = sample_at(10);
    TopSample restarted = sample_at(2);
    CHECK(report_of(&before, restarted).seconds == 0);
    TopSample other = sample_at(11);
    other.daemon.pid = 8;
    CHECK(report_of(&before, other).seconds == 0);
}

TEST_CASE("rates are per second, whatever lies between two samples") {
    const TopSample before = sample_at(10), after = sample_at(14);
    const auto report = report_of(&before, after);
    CHECK(report.seconds == 4);
    CHECK(report.streams[1].records_in_per_s == 12'345);
    CHECK(report.groups[1].lag_change_per_s == 1'000);
    CHECK(report.deliveries[0].delivered_records_per_s == 500);
    CHECK(report.daemon.cpu_percent == Approx(3.1));
}

TEST_CASE("the busiest stream comes first, and s sorts by something else") {
    Watched top(5);
    CHECK(sorted_streams(top.report, top.history, top.view.sort).front() == "clicks");
    top.type(Key::character, 's');
    top.type(Key::character, 's');
    CHECK(sorted_streams(top.report, top.history, top.view.sort).front() == "a-stream-with-quite-a-long-name-for-one-column");
}

TEST_CASE("the selection stays with its stream when the order changes") {
    Watched top(5);
    top.type(Key::down);
    const auto chosen = top.view.selected;
    top.type(Key::character, 's');
    CHECK(top.view.selected == chosen);
    top.type(Key::home);
    top.type(Key::up);
    CHECK(top.view.selected == sorted_streams(top.report, top.history, top.view.sort).front());
}

TEST_CASE("colours mark what has failed, and are absent when off") {
    Watched top(3);
    const auto plain = picture(top.screen(80, 24));
    CHECK(plain.find('\033') == std::string::npos);
    const auto colored = picture(top.screen(80, 24, {.color = true}));
    CHECK(colored.find("\033[31m  broken") != std::string::npos);
    CHECK(colored.find("\033[33m  sums") != std::string::npos);
    CHECK(colored.find("\033[31m  archive") == std::string::npos);
}

TEST_CASE("a terminal without UTF-8 gets ASCII alone") {
    const auto text = picture(Watched(30, no_streams).screen(80, 24, {.unicode = false}));
    CHECK(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_CASE("trouble with the daemon is said in place of its state") {
    Watched top(3);
    top.view.trouble = "no daemon is running for /data";
    CHECK(top.screen(80, 24)[0].ends_with("no daemon is running for /data"));
    CHECK(top.screen(80, 24, {.color = true})[0].ends_with("\033[31mno daemon is running for /data\033[0m"));
}

TEST_CASE("bars are means of ten samples, the newest on the right") {
    Series series;
    for (std::uint64_t i = 0; i < 25; ++i) series.add(i < 10 ? 1 : i < 20 ? 2 : 4, i % 10 == 0, i % 10 + 1);
    CHECK(series.cells() == std::deque<double>{1, 2, 4});
}

}  // namespace
}  // namespace kns::cli
