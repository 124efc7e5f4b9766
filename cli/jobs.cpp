#include "cli/jobs.hpp"

#include <charconv>

namespace kns::cli {

Result<std::int64_t> parse_job_id(std::string_view text) {
    std::int64_t id = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() || id < 0)
        return fail(Errc::invalid_argument, "\"{}\" is not a job's number", text).hint("kns job list shows them");
    return id;
}

std::string progress_text(const JobInfo& job) {
    if (!job.progress) return {};
    const auto& [done, total, unit] = *job.progress;
    return total ? fmt::format("{} of {} {}", grouped(done), grouped(total), unit) : fmt::format("{} {}", grouped(done), unit);
}

Lines lines_of_job(const JobInfo& job) {
    return {
        {"id", fmt::format("{}", job.id)},
        {"kind", job.kind},
        {"subject", job.subject},
        {"state", std::string(name_of_enum(job.state))},
        {"progress", progress_text(job)},
        {"attempts", fmt::format("{}", job.attempts)},
        {"created", job.created_at},
        {"started", job.started_at.value_or("")},
        {"ended", job.ended_at.value_or("")},
        {"next attempt", job.next_attempt_at.value_or("")},
        {"error", job.error.value_or("")},
    };
}

ExitCode exit_of(const JobInfo& job) { return job.state == JobState::done ? ExitCode::done : ExitCode::failed; }

}  // namespace kns::cli
