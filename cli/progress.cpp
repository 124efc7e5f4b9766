#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

constexpr std::int64_t kDrawEveryNs = 100'000'000;
constexpr int kBarCells = 24;

std::string clock_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(seconds + 0.5);
    return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                         : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string progress_line(std::string_view label, std::uint64_t done, std::optional<std::uint64_t> total, double elapsed,
                          std::string_view note, int width) {
    const double rate = elapsed > 0 ? static_cast<double>(done) / elapsed : 0;
    std::string facts = fmt::format("{}  {}/s", format_size(done), format_size(static_cast<std::uint64_t>(rate)));
    if (!note.empty()) facts += fmt::format("  {}", note);
    std::string line = std::string(label);
    if (total && *total > 0) {
        const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(*total));
        const int full = static_cast<int>(part * kBarCells);
        if (rate > 0 && done < *total) facts += fmt::format("  {} left", clock_text(static_cast<double>(*total - done) / rate));
        const auto bar = fmt::format("  [{:#>{}}{:->{}}]", "", full, "", kBarCells - full);
        if (static_cast<int>(label.size() + bar.size() + facts.size()) + 8 < width) line += bar;
        line += fmt::format(" {:3}%", static_cast<int>(part * 100));
    }
    line += "  " + facts;
    if (static_cast<int>(line.size()) >= width) line.resize(static_cast<std::size_t>(std::max(width - 1, 0)));
    return line;
}

Progress::Progress(const Printer& printer, const Settings& settings, std::string label, std::optional<std::uint64_t> total)
    : enabled_(printer.err().is_tty && !settings.quiet),
      width_(printer.err().width),
      label_(std::move(label)),
      total_(total),
      started_ns_(Clock::real().monotonic_ns()),
      next_draw_ns_(started_ns_ + 3 * kDrawEveryNs) {}  // nothing for what is done at once

Progress::~Progress() {
    if (drawn_) static_cast<void>(write_all(STDERR_FILENO, "\r\033[K"));
}

void Progress::update(std::uint64_t done, std::string_view note) {
    if (!enabled_) return;
    const auto now = Clock::real().monotonic_ns();
    if (now < next_draw_ns_) return;
    next_draw_ns_ = now + kDrawEveryNs;
    drawn_ = true;
    const auto line = progress_line(label_, done, total_, static_cast<double>(now - started_ns_) / 1e9, note, width_);
    static_cast<void>(write_all(STDERR_FILENO, fmt::format("\r{}\033[K", line)));
}

}  // namespace kns::cli
