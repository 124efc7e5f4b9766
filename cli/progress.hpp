// A bar with rate and remaining time, overwritten in place on stderr; on anything but a terminal nothing at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/output.hpp"

namespace kns::cli {

class Progress {
   public:
    // `total` in bytes, if known. Draws nothing unless stderr is a smart terminal and the settings are not quiet.
    Progress(const Printer& printer, const Settings& settings, std::string label, std::optional<std::uint64_t> total);
    ~Progress();  // removes the line

    // Cheap: draws ten times a second at most. `note` is appended ("1,200 records").
    void update(std::uint64_t done, std::string_view note = {});

   private:
    bool enabled_;
    bool drawn_ = false;
    int width_;
    std::string label_;
    std::optional<std::uint64_t> total_;
    std::int64_t started_ns_, next_draw_ns_;
};

// The line itself, without escapes; pure, for tests. `elapsed` in seconds.
std::string progress_line(std::string_view label, std::uint64_t done, std::optional<std::uint64_t> total, double elapsed,
                          std::string_view note, int width);

}  // namespace kns::cli
