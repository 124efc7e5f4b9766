// How jobs are shown, for the job commands.
#pragma once

#include <string>

#include "cli/output.hpp"
#include "core/base/api/job.hpp"

namespace kns::cli {

// A job's number as typed.
Result<std::int64_t> parse_job_id(std::string_view text);
Lines lines_of_job(const JobInfo& job);
std::string progress_text(const JobInfo& job);  // "1,200 of 5,000 records", or ""
// What the job's end means for whoever waited for it.
ExitCode exit_of(const JobInfo& job);

}  // namespace kns::cli
