// Reads the whole log once a week, in the background, to find damage before a reader needs what is damaged.
//
// Decides on the I/O thread, reads on a reader thread, a few milliseconds at a time, and rests for long: a tenth of a core
// at most, a hundredth while others want something. Between two passes there is one timer, for the next. How far a
// pass has come is in `scrub.json`, so that a daemon that is often stopped comes round too. What is found goes the way of
// what readers find.
#pragma once

#include "core/base/api/doctor.hpp"
#include "daemon/services.hpp"

namespace kns {

class Scrubber {
   public:
    // Borrows both.
    Scrubber(Services& services, Directory& log, std::string state_path)
        : services_(services), log_(log), state_path_(std::move(state_path)), timer_(services.io) {}

    void start();
    void stop() { timer_.cancel(); }
    // A pass through all there is, beside the weekly one; at full speed, or at the background's pace.
    Task<Result<ScrubReport>> run_now(bool paced);
    const ScrubState& state() const { return state_; }

   private:
    using OnSegment = std::function<Task<void>(std::uint64_t id)>;

    void arm();
    Task<void> run_pass();
    Task<Result<void>> read_segments(std::uint64_t first, bool paced, ScrubReport& report, OnSegment done);
    Task<Result<void>> read_segment(std::uint64_t id, std::uint64_t until, bool paced, ScrubReport& report);
    Task<void> rest(std::int64_t cpu_ns);
    Task<void> save();

    Services& services_;
    Directory& log_;
    std::string state_path_;
    asio::steady_timer timer_;
    ScrubState state_;
    std::uint64_t seen_groups_ = 0, seen_read_bytes_ = 0;  // at the last rest
};

}  // namespace kns
