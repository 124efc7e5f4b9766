// The jobs that workers run, as rows: what is to be done, what is being done, what became of it.
//
// Lives on the catalog thread. A change is durable when the call returns. There is no lease on a running job but the lock
// on the data directory: whoever holds that is the only one who runs jobs, so at its start every job that is `running`
// is left over from a predecessor and is queued again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/api/job.hpp"
#include "core/base/api/top.hpp"
#include "core/base/time.hpp"
#include "core/store/database.hpp"

namespace kns {

struct JobRow {
    std::int64_t id = 0;
    std::string kind, subject;
    JobState state = JobState::queued;
    std::string spec;                  // JSON, by kind
    std::string result;                // JSON, by kind
    std::optional<std::string> error;  // of the newest attempt
    std::uint32_t attempts = 0;        // begun
    UnixMs not_before_ms = 0;
    UnixMs created_ms = 0;
    std::optional<UnixMs> started_ms, ended_ms;
};

class JobQueue {
   public:
    explicit JobQueue(Database& db) : db_(db) {}

    Result<JobRow> enqueue(std::string_view kind, std::string_view subject, std::string_view spec, UnixMs now);
    // Starts the job that has been due for longest, if there is one.
    Result<std::optional<JobRow>> claim(UnixMs now);
    // When the next queued job is due.
    Result<std::optional<UnixMs>> next_due();

    // Of a running job. Each says whether it still was running: a cancelled one may not come back.
    Result<bool> complete(std::int64_t id, std::string_view result, UnixMs now);
    Result<bool> fail(std::int64_t id, std::string_view error, UnixMs now);
    Result<bool> retry_later(std::int64_t id, std::string_view error, UnixMs not_before);

    // Of a job that is not over. `conflict` if it is.
    Result<JobRow> cancel(std::int64_t id, UnixMs now);
    // Of one that failed, was cancelled, or waits for its next attempt: due now. `conflict` otherwise.
    Result<JobRow> retry(std::int64_t id, UnixMs now);

    // At start: gives how many there were.
    Result<std::int64_t> requeue_running(UnixMs now);
    // Drops jobs that are over and older than the newest `keep`; gives their ids, for their logs' sake.
    Result<std::vector<std::int64_t>> forget(std::int64_t keep);

    Result<JobRow> find(std::int64_t id);
    // How many there are in each state, of those that are remembered.
    Result<TopJobs> count();
    // The newest first.
    Result<std::vector<JobRow>> list(std::optional<JobState> state, std::size_t limit);
    // The job of a subject that is not over, if any.
    Result<std::optional<JobRow>> unfinished(std::string_view kind, std::string_view subject);

   private:
    Database& db_;
};

// As the API shows it; progress is the runner's to add.
JobInfo describe_job(const JobRow& row);

}  // namespace kns
