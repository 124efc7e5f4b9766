#include "core/store/job_queue.hpp"

#include "core/store/job_sql.hpp"

namespace kns {
namespace {

// The columns of kColumns, in its order.
Result<JobRow> row_of(const Rows& rows) {
    JobRow row;
    row.id = rows.integer(0);
    row.kind = rows.text(1);
    row.subject = rows.text(2);
    row.state = KNS_TRY(context(enum_from_name<JobState>(rows.text(3)), fmt::format("the catalog's job {}", row.id)));
    row.spec = rows.text(4);
    row.result = rows.text(5);
    row.error = rows.maybe_text(6);
    row.attempts = rows.u32(7);
    row.not_before_ms = rows.integer(8);
    row.created_ms = rows.integer(9);
    row.started_ms = rows.maybe_integer(10);
    row.ended_ms = rows.maybe_integer(11);
    return row;
}

// A RETURNING statement must be stepped to its end, or its change is undone.
Result<std::optional<JobRow>> only_row(Rows rows) {
    std::optional<JobRow> row;
    while (KNS_TRY(rows.step())) row = KNS_TRY(row_of(rows));
    return row;
}

Result<std::vector<JobRow>> all_rows(Rows rows) {
    std::vector<JobRow> out;
    while (KNS_TRY(rows.step())) out.push_back(KNS_TRY(row_of(rows)));
    return out;
}

// Of a statement that changes at most one row, and gives it back: durable when it returns.
template <class... Args>
Result<std::optional<JobRow>> change_row(Database& db, std::string_view sql, const Args&... args) {
    std::optional<JobRow> row;
    KNS_TRY(db.transaction(Sync::full, [&]() -> Result<void> {
        row = KNS_TRY(only_row(KNS_TRY(db.query(sql, args...))));
        return {};
    }));
    return row;
}

Failure no_such_job(std::int64_t id) {
    return kns::fail(Errc::not_found, "there is no job {}", id).hint("kns job list shows them");
}

}  // namespace

Result<JobRow> JobQueue::enqueue(std::string_view kind, std::string_view subject, std::string_view spec, UnixMs now) {
    return *KNS_TRY(change_row(db_, kInsertJob, kind, subject, spec, now));
}

Result<std::optional<JobRow>> JobQueue::claim(UnixMs now) { return change_row(db_, kClaimJob, now, now); }

Result<std::optional<UnixMs>> JobQueue::next_due() {
    auto rows = KNS_TRY(db_.query(kNextDueJob));
    KNS_TRY(rows.step());
    return rows.maybe_integer(0);
}

Result<bool> JobQueue::complete(std::int64_t id, std::string_view result, UnixMs now) {
    KNS_TRY(db_.change(kCompleteJob, result, now, id));
    return db_.changes() > 0;
}

Result<bool> JobQueue::fail(std::int64_t id, std::string_view error, UnixMs now) {
    KNS_TRY(db_.change(kFailJob, error, now, id));
    return db_.changes() > 0;
}

Result<bool> JobQueue::retry_later(std::int64_t id, std::string_view error, UnixMs not_before) {
    KNS_TRY(db_.change(kRetryJobLater, error, not_before, id));
    return db_.changes() > 0;
}

Result<JobRow> JobQueue::cancel(std::int64_t id, UnixMs now) {
    if (auto row = KNS_TRY(change_row(db_, kCancelJob, now, id))) return *row;
    const JobRow row = KNS_TRY(find(id));
    return kns::fail(Errc::conflict, "job {} is already over: {}", id, name_of_enum(row.state));
}

Result<JobRow> JobQueue::retry(std::int64_t id, UnixMs now) {
    if (auto row = KNS_TRY(change_row(db_, kRetryJobNow, now, id))) return *row;
    const JobRow row = KNS_TRY(find(id));
    return kns::fail(Errc::conflict, "job {} cannot be tried again: it is {}", id, name_of_enum(row.state));
}

Result<std::int64_t> JobQueue::requeue_running(UnixMs now) {
    KNS_TRY(db_.change(kRequeueRunningJobs, now));
    return db_.changes();
}

Result<std::vector<std::int64_t>> JobQueue::forget(std::int64_t keep) {
    std::vector<std::int64_t> ids;
    KNS_TRY(db_.transaction(Sync::full, [&]() -> Result<void> {
        auto rows = KNS_TRY(db_.query(kForgetJobs, keep));
        while (KNS_TRY(rows.step())) ids.push_back(rows.integer(0));
        return {};
    }));
    return ids;
}

Result<JobRow> JobQueue::find(std::int64_t id) {
    if (auto row = KNS_TRY(only_row(KNS_TRY(db_.query(kFindJob, id))))) return *row;
    return no_such_job(id);
}

Result<TopJobs> JobQueue::count() {
    auto rows = KNS_TRY(db_.query(kCountJobs));
    TopJobs jobs;
    while (KNS_TRY(rows.step())) {
        const auto number = rows.u64(1);
        switch (KNS_TRY(enum_from_name<JobState>(rows.text(0)))) {
            case JobState::queued: jobs.queued = number, jobs.retrying = rows.u64(2); break;
            case JobState::running: jobs.running = number; break;
            case JobState::done: jobs.done = number; break;
            case JobState::failed: jobs.failed = number; break;
            case JobState::cancelled: jobs.cancelled = number; break;
        }
    }
    return jobs;
}

Result<std::vector<JobRow>> JobQueue::list(std::optional<JobState> state, std::size_t limit) {
    if (state) return all_rows(KNS_TRY(db_.query(kListJobsByState, name_of_enum(*state), limit)));
    return all_rows(KNS_TRY(db_.query(kListJobs, limit)));
}

Result<std::optional<JobRow>> JobQueue::unfinished(std::string_view kind, std::string_view subject) {
    return only_row(KNS_TRY(db_.query(kUnfinishedJob, kind, subject)));
}

JobInfo describe_job(const JobRow& row) {
    JobInfo info{.id = row.id, .kind = row.kind, .subject = row.subject, .state = row.state, .attempts = row.attempts};
    info.created_at = format_time(row.created_ms);
    if (row.started_ms) info.started_at = format_time(*row.started_ms);
    if (row.ended_ms) info.ended_at = format_time(*row.ended_ms);
    if (row.state == JobState::queued) info.next_attempt_at = format_time(row.not_before_ms);
    info.error = row.error;
    return info;
}

}  // namespace kns
