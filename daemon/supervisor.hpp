// Runs the jobs of the queue, each in a kns-worker of its own: so many at a time as there are processors, again with a
// growing delay when one fails. Lives on the I/O thread; the queue's rows are changed on the catalog thread.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "core/base/api/plugin.hpp"
#include "core/base/secret_text.hpp"
#include "core/store/job_queue.hpp"
#include "daemon/notifier.hpp"
#include "daemon/services.hpp"
#include "daemon/worker/worker_protocol.hpp"
#include "daemon/worker_process.hpp"

namespace kns {

// What the supervisor asks of whoever owns the jobs of one kind. I/O thread.
class JobOwner {
   public:
    virtual ~JobOwner() = default;
    // The spec that the next attempt is given, with what earlier attempts got done taken out.
    virtual Result<std::string> spec_for_attempt(const JobRow& job) = 0;
    // What the worker has to know that no one else should: JSON, as in WorkerInput. To be wiped.
    virtual Task<Result<SecretText>> secrets_for_attempt(JobRow) { co_return SecretText("null"); }
    // One object is at its destination. An error stops the attempt.
    virtual Task<Result<void>> object_made(JobRow job, WorkerEvent event) = 0;
    // All is. After this the job's row says so.
    virtual Task<Result<void>> attempt_done(JobRow job, WorkerEvent event) = 0;
    virtual Task<void> attempt_failed(JobRow job, Error error) = 0;
    // Why a job that is over cannot be tried again, if so.
    virtual std::optional<Error> retry_refusal(const JobRow&) { return std::nullopt; }
};

class Supervisor {
   public:
    struct Settings {
        std::string worker_program;  // path of kns-worker
        std::string jobs_directory;  // logs
        std::string socket;          // where workers find the daemon
        unsigned max_parallel = 1;
    };
    // `catalog` belongs to the catalog thread. Borrows all.
    Supervisor(Services& services, Database& catalog, Settings settings);

    // Before start.
    void add_kind(std::string kind, JobOwner& owner) { owners_[std::move(kind)] = &owner; }
    // The queue must have been cleared of what a daemon that died was running (JobQueue::requeue_running).
    void start() { pump_soon(); }
    // No more jobs; running workers are killed, their jobs go on with the next start.
    void stop();

    Task<Result<JobRow>> enqueue(std::string kind, std::string subject, std::string spec);
    Task<Result<JobRow>> find(std::int64_t id);
    Task<Result<std::vector<JobRow>>> list(std::optional<JobState> state);
    Task<Result<TopJobs>> count();
    Task<Result<std::optional<JobRow>>> unfinished(std::string kind, std::string subject);
    Task<Result<JobRow>> cancel(std::int64_t id);  // its worker is terminated
    Task<Result<JobRow>> retry(std::int64_t id);
    // Until the job is over, or the time is: as it then is.
    Task<Result<JobRow>> wait(std::int64_t id, std::optional<std::chrono::steady_clock::time_point> until = {});

    JobInfo describe(const JobRow& job) const;  // with its progress
    std::string log_path(std::int64_t id) const;
    // Loads every plugin, in a worker, and says what became of each.
    Task<Result<std::vector<PluginInfo>>> list_plugins();
    // Has a worker do something outside of the queue; what it says at the end. `secrets` is as JobOwner gives them.
    Task<Result<WorkerEvent>> do_aside(std::string kind, JsonValue spec, SecretText secrets);
    // The same of one that says more: each event is given to `take`, until that says false, or the worker ends, says an error, or
    // says nothing for `silence`. `process` is it while it lives, for who wants to end it.
    using TakeEvent = std::function<Task<Result<bool>>(WorkerEvent)>;
    Task<Result<void>> follow(std::string kind, JsonValue spec, SecretText secrets, Ms silence, TakeEvent take,
                              std::shared_ptr<WorkerProcess>* process = nullptr);
    std::size_t running() const { return running_.size(); }
    // What a worker may ask of the daemon: its own job's records. Nothing: this process is no worker of ours.
    std::optional<std::string> only_path_of(pid_t pid) const;
    // Nothing runs, and nothing is queued.
    bool idle() const { return running_.empty() && !pumping_ && !waiting_for_due_; }

   private:
    struct Run {
        std::shared_ptr<WorkerProcess> process;
        std::optional<JobProgress> progress;
        std::string source;  // the stream that it reads
    };

    Task<void> pump();
    void pump_soon();
    Task<void> run_job(JobRow job);
    Task<Result<void>> attempt(JobRow job, JobOwner& owner);
    Task<void> settle(JobRow job, Result<void> outcome);
    Task<Result<bool>> keep(std::int64_t id, std::function<Result<bool>()> write);

    Services& services_;
    JobQueue queue_;  // catalog thread
    Settings settings_;
    std::map<std::string, JobOwner*> owners_;
    std::map<std::int64_t, Run> running_;
    std::set<pid_t> aside_;   // workers that do what is in no queue
    asio::steady_timer due_;  // when the next queued job may start
    Notifier changed_;        // some job's state
    bool pumping_ = false, pump_again_ = false, stopping_ = false;
    bool waiting_for_due_ = false;  // something is queued
};

}  // namespace kns
