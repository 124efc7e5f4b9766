// The statements on table `job`. Apart, so that the test that looks at their query plans sees the very same text.
#pragma once

#include <string_view>

namespace kns {

#define KNS_JOB_COLUMNS "id, kind, subject, state, spec, result, error, attempts, not_before_ms, created_ms, started_ms, ended_ms"

inline constexpr std::string_view kInsertJob =
    "INSERT INTO job (kind, subject, state, spec, not_before_ms, created_ms) VALUES (?1, ?2, 'queued', ?3, ?4, ?4) "
    "RETURNING " KNS_JOB_COLUMNS;

inline constexpr std::string_view kClaimJob =
    "UPDATE job SET state = 'running', attempts = attempts + 1, started_ms = ?1"
    " WHERE id = (SELECT id FROM job WHERE state = 'queued' AND not_before_ms <= ?2 ORDER BY not_before_ms, id LIMIT 1)"
    " RETURNING " KNS_JOB_COLUMNS;

inline constexpr std::string_view kNextDueJob = "SELECT min(not_before_ms) FROM job WHERE state = 'queued'";

inline constexpr std::string_view kCompleteJob =
    "UPDATE job SET state = 'done', result = ?, error = NULL, ended_ms = ? WHERE id = ? AND state = 'running'";
inline constexpr std::string_view kFailJob =
    "UPDATE job SET state = 'failed', error = ?, ended_ms = ? WHERE id = ? AND state = 'running'";
inline constexpr std::string_view kRetryJobLater =
    "UPDATE job SET state = 'queued', error = ?, not_before_ms = ? WHERE id = ? AND state = 'running'";

inline constexpr std::string_view kCancelJob =
    "UPDATE job SET state = 'cancelled', ended_ms = ? WHERE id = ? AND state IN ('queued', 'running') RETURNING " KNS_JOB_COLUMNS;
inline constexpr std::string_view kRetryJobNow =
    "UPDATE job SET state = 'queued', not_before_ms = ?, ended_ms = NULL WHERE id = ? AND state IN ('queued', 'failed', "
    "'cancelled')"
    " RETURNING " KNS_JOB_COLUMNS;

inline constexpr std::string_view kRequeueRunningJobs =
    "UPDATE job SET state = 'queued', not_before_ms = ? WHERE state = 'running'";
inline constexpr std::string_view kForgetJobs =
    "DELETE FROM job WHERE state IN ('done', 'failed', 'cancelled') AND id <= (SELECT max(id) FROM job) - ? RETURNING id";

inline constexpr std::string_view kFindJob = "SELECT " KNS_JOB_COLUMNS " FROM job WHERE id = ?";
// Those queued that have an error have failed before.
inline constexpr std::string_view kCountJobs = "SELECT state, count(*), count(error) FROM job GROUP BY state";
inline constexpr std::string_view kListJobs = "SELECT " KNS_JOB_COLUMNS " FROM job ORDER BY id DESC LIMIT ?";
inline constexpr std::string_view kListJobsByState = "SELECT " KNS_JOB_COLUMNS " FROM job WHERE state = ? ORDER BY id DESC LIMIT ?";
inline constexpr std::string_view kUnfinishedJob = "SELECT " KNS_JOB_COLUMNS
                                                   " FROM job WHERE kind = ? AND subject = ? AND state IN ('queued', 'running')"
                                                   " ORDER BY id DESC LIMIT 1";

#undef KNS_JOB_COLUMNS

}  // namespace kns
