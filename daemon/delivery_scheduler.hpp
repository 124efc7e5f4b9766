// The delivery streams at work: sees what has been put, decides when a buffer is full, has workers deliver it, and moves
// the position on behind them. Lives on the I/O thread.
//
// How nothing is lost or doubled: a job's bounds are on disk before its worker starts; an object's name follows from its
// bounds; the position moves, through the log, only behind objects that are durable. Whoever dies in between, the next
// attempt begins at the position, makes the same object under the same name, and overwrites it.
#pragma once

#include <map>
#include <memory>

#include "core/base/api/top.hpp"
#include "core/firehose/delivery_spec.hpp"
#include "core/store/delivery_store.hpp"
#include "daemon/supervisor.hpp"

namespace kns {

class DeliveryScheduler final : public JobOwner {
   public:
    // `catalog` belongs to the catalog thread. Borrows all.
    DeliveryScheduler(Services& services, Database& catalog, Supervisor& supervisor, std::string data_dir);

    // Sets the delivery streams going. Before the supervisor starts.
    void start(std::vector<DeliveryRow> rows);
    void stop();
    // Nothing pending and nothing under way.
    bool idle() const;

    Task<Result<DeliveryInfo>> create(CreateDelivery request, bool* created);
    Task<Result<DeliveryInfo>> update(std::string name, UpdateDelivery request);
    // The same, with a configuration that is whole and checked. One that differs in its settings is a version more.
    Task<Result<DeliveryInfo>> make(std::string name, DeliveryConfig config, std::string from);
    Task<Result<DeliveryInfo>> change(std::string name, DeliveryConfig config);
    // What was put directly and not delivered goes with it.
    Task<Result<void>> remove(std::string name);
    // Delivers what is pending now, and waits for it; the objects that were made meanwhile. The error of an attempt that
    // failed while waiting: the job goes on being tried.
    Task<Result<std::vector<DeliveredObject>>> deliver(std::string name);

    // Whether a directory could be made and written to there; makes nothing.
    Result<void> check_destination(const std::string& to) const;

    std::vector<DeliveryRow> rows() const;  // by name
    Result<DeliveryRow> row(std::string_view name) const;
    Result<DeliveryInfo> show(std::string_view name) const;
    std::vector<DeliveryInfo> list(std::string_view prefix) const;
    std::vector<TopDelivery> top() const;
    // The stream behind a delivery stream with direct put.
    Result<StreamPtr> direct_put(std::string_view name) const;

    Result<std::string> spec_for_attempt(const JobRow& job) override;
    Task<Result<SecretText>> secrets_for_attempt(JobRow job) override;
    Task<Result<void>> object_made(JobRow job, WorkerEvent event) override;
    Task<Result<void>> attempt_done(JobRow job, WorkerEvent event) override;
    Task<void> attempt_failed(JobRow job, Error error) override;
    std::optional<Error> retry_refusal(const JobRow& job) override;

   private:
    using Positions = std::map<std::uint32_t, std::int64_t>;  // next offset by shard number
    struct Waiter {                                           // somebody who asked to deliver now
        Positions targets;
        std::vector<DeliveredObject> objects;
        std::optional<Error> error;
    };
    struct Delivery {
        explicit Delivery(asio::io_context& io) : changed(io) {}
        DeliveryRow row;
        std::optional<UnixMs> pending_since;  // no later than the oldest undelivered record arrived
        std::optional<UnixMs> left_since;     // what was pending when its loop began: the oldest arrival
        std::optional<std::int64_t> job;      // that is not over
        bool renew_job = false;               // it was cancelled only to be made anew
        std::optional<UnixMs> failing_since;  // of what is delivered next
        bool removed = false;
        std::vector<Waiter*> waiters;
        Notifier changed;
    };
    // Shared by the scheduler and the coroutines that are at work on it when it is removed.
    using DeliveryPtr = std::shared_ptr<Delivery>;

    Task<void> remove_orphan(std::string stream);
    Task<void> tend(DeliveryPtr delivery);
    Task<std::optional<UnixMs>> oldest_pending(DeliveryPtr delivery);
    Task<void> run_delivery(DeliveryPtr delivery, StreamPtr source);
    Task<void> see_job_through(DeliveryPtr delivery, std::int64_t job, UnixMs began);
    Task<Result<void>> commit(StreamPtr source, std::string group, std::vector<ShardPosition> positions);
    Task<void> set_error(DeliveryPtr delivery, std::optional<std::string> error);
    Task<Result<void>> begin_at(StreamPtr source, std::string name, std::string from);
    void spawn(DeliveryPtr delivery);
    void wake(const Delivery& delivery);

    Result<DeliveryPtr> find(std::string_view name) const;
    Result<StreamPtr> source_of(const DeliveryRow& row) const;
    std::int64_t position(const Stream& source, std::string_view delivery, std::uint32_t shard) const;
    BufferState pending(const Stream& source, const Delivery& delivery) const;
    bool is_awaited(const Stream& source, const Delivery& delivery) const;
    bool reached(const Stream& source, std::string_view delivery, const Positions& targets) const;
    std::string arn_of(std::string_view name) const;
    DeliveryInfo describe(const Delivery& delivery) const;

    Services& services_;
    DeliveryStore store_;  // catalog thread
    Supervisor& supervisor_;
    std::string data_dir_;
    std::map<std::string, DeliveryPtr, std::less<>> deliveries_;
    bool stopping_ = false;
};

}  // namespace kns
