// What the supervisor asks about the jobs of delivery streams: what an attempt is to do, and what becomes of what it did.
// Lives on the I/O thread.
//
// How nothing is lost or doubled: a job's bounds are on disk before its worker starts; an object's name follows from its
// bounds; the position moves, through the log, only behind objects that are durable. Whoever dies in between, the next
// attempt begins at the position, makes the same object under the same name, and overwrites it.
#pragma once

#include "daemon/delivery/delivery_table.hpp"
#include "daemon/supervisor.hpp"

namespace kns {

inline constexpr std::string_view kDeliveryJob = "deliver";

class DeliveryJobs final : public JobOwner {
   public:
    DeliveryJobs(DeliveryTable& table, Supervisor& supervisor)
        : table_(table), services_(table.services), supervisor_(supervisor) {}

    Result<std::string> spec_for_attempt(const JobRow& job) override;
    Task<Result<SecretText>> secrets_for_attempt(JobRow job) override;
    Task<Result<void>> object_made(JobRow job, WorkerEvent event) override;
    Task<Result<void>> attempt_done(JobRow job, WorkerEvent event) override;
    Task<void> attempt_failed(JobRow job, Error error) override;
    std::optional<Error> retry_refusal(const JobRow& job) override;

    // One that waits for its next attempt may fail because of just what was changed since it was made: it is made anew.
    Task<void> renew(DeliveryPtr delivery, std::int64_t job);

   private:
    DeliveryTable& table_;
    Services& services_;
    Supervisor& supervisor_;
};

}  // namespace kns
