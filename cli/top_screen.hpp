// What `kns top` shows: a pure function from what is known to the lines of the screen.
//
//     kns 0.1.0  up  2d04h  cpu   3.1%  mem   13.0 MiB  conn    4              running
//     in   13,345 rec/s    1.2 MiB/s  ▁▂▃▅▇█▆▅▃▂▁▁▂▃▅  log    1.2 GiB  free   80.0 GiB
//     out  24,690 rec/s    2.4 MiB/s  ▁▂▃▅▇█▆▅▃▂▁▁▂▃▅  wal    1.0 MiB  sync     980/s
//     jobs      1 running      0 queued      1 retrying      0 failed
//
//       STREAM                  IN/s    BYTES/s   OUT/s    BYTES/s     LAG  LAST 100 s
//     > clicks                12,345    1.2 MiB  24,690    2.4 MiB     120  ▁▂▃▅▇█▆▅▃▂
//
// Columns depend on the terminal's width alone, so that nothing jumps when numbers change; a narrow one has fewer.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cli/full_screen.hpp"
#include "cli/top_report.hpp"
#include "core/base/api/metrics.hpp"
#include "core/base/api/stream.hpp"

namespace kns::cli {

// A number's last minutes, in cells of ten samples: the mean of each, the newest last and still growing.
class Series {
   public:
    static constexpr int kSamplesPerCell = 10;
    static constexpr std::size_t kCells = 60;

    void add(double number, bool begins_cell, std::uint64_t cell_samples);
    const std::deque<double>& cells() const { return cells_; }
    double smooth() const { return smooth_; }  // follows the number within some samples: to sort by

   private:
    std::deque<double> cells_;
    double smooth_ = 0;
};

// The records per second of everything, as long as it is looked at.
class TopHistory {
   public:
    // Once a sample; one without rates adds nothing. Streams that are gone are forgotten.
    void add(const TopReport& report);

    const Series& in() const { return in_; }
    const Series& out() const { return out_; }
    const Series& stream(std::string_view name) const;  // empty if unknown

   private:
    Series in_, out_;
    std::map<std::string, Series, std::less<>> streams_;
    std::uint64_t samples_ = 0;
};

enum class TopSort { in, out, lag, name };

// What the keys have done.
struct TopView {
    std::string selected;  // a stream; empty or gone: the first
    TopSort sort = TopSort::in;
    bool detail = false, paused = false, help = false, quit = false;
    std::string trouble;  // why there is no fresh sample; empty: there is
    // Of the selected stream, with the detail: now, and as they were one sample before.
    std::vector<ShardInfo> shards, shards_before;
    double shards_seconds = 0;  // between the two
    MetricsOf metrics;
};

struct TopLook {
    bool color = false;
    bool unicode = true;  // false: bars and dots of ASCII
};

// Exactly `size.rows` lines, none wider than the screen.
std::vector<std::string> top_screen(const TopReport& report, const TopHistory& history, const TopView& view, ScreenSize size,
                                    TopLook look);

// What a key does to the view.
void press(TopView& view, const FullScreen::Event& event, const TopReport& report, const TopHistory& history, ScreenSize size);

// The streams' names in the order that is shown.
std::vector<std::string> sorted_streams(const TopReport& report, const TopHistory& history, TopSort sort);

}  // namespace kns::cli
