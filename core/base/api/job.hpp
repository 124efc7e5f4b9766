// What the native API says about jobs, which kns-worker processes run. Each struct is a JSON object; fields are only ever
// added.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

// queued -> running -> done | failed | cancelled; a running job that may be tried again goes back to queued.
enum class JobState { queued, running, done, failed, cancelled };
inline std::span<const std::string_view> enum_names(JobState) {
    static constexpr std::string_view names[] = {"queued", "running", "done", "failed", "cancelled"};
    return names;
}
inline bool is_over(JobState state) { return state >= JobState::done; }

struct JobProgress {
    std::uint64_t done = 0, total = 0;  // total 0: not known
    std::string unit;                   // "records"

    static constexpr auto fields() {
        return std::tuple{field("done", &JobProgress::done), field("total", &JobProgress::total),
                          field("unit", &JobProgress::unit)};
    }
};

struct JobInfo {
    std::int64_t id = 0;
    std::string kind;     // "deliver"
    std::string subject;  // the delivery stream
    JobState state = JobState::queued;
    std::uint32_t attempts = 0;  // begun
    std::string created_at;      // RFC 3339, as all times
    std::optional<std::string> started_at, ended_at, next_attempt_at;
    std::optional<std::string> error;     // of the newest attempt
    std::optional<JobProgress> progress;  // while running

    static constexpr auto fields() {
        return std::tuple{field("id", &JobInfo::id),
                          field("kind", &JobInfo::kind),
                          field("subject", &JobInfo::subject),
                          field("state", &JobInfo::state),
                          field("attempts", &JobInfo::attempts),
                          field("created_at", &JobInfo::created_at),
                          field("started_at", &JobInfo::started_at),
                          field("ended_at", &JobInfo::ended_at),
                          field("next_attempt_at", &JobInfo::next_attempt_at),
                          field("error", &JobInfo::error),
                          field("progress", &JobInfo::progress)};
    }
};

}  // namespace kns
