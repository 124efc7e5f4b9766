// The delivery streams at work: sees what has been put, decides when a buffer is full, has workers deliver it, and moves
// the position on behind them. Lives on the I/O thread.
#pragma once

#include <map>
#include <memory>

#include "core/base/api/top.hpp"
#include "core/base/api/trial.hpp"
#include "core/firehose/delivery_spec.hpp"
#include "daemon/delivery/delivery_jobs.hpp"
#include "daemon/delivery/topic_feed.hpp"

namespace kns {

class DeliveryScheduler {
   public:
    // `catalog` belongs to the catalog thread. Borrows all.
    DeliveryScheduler(Services& services, Database& catalog, Supervisor& supervisor, std::string data_dir);

    // Sets the delivery streams going. Before the supervisor starts.
    void start(std::vector<DeliveryRow> rows);
    void stop();
    // Nothing pending and nothing under way, and no topic is read.
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

    // What it would make of each of these records by itself.
    Task<Result<std::vector<Trial>>> explain(std::string name, ExplainRequest request);
    // What one that does not exist would make of them.
    Task<Result<Trial>> try_out(std::string name, DeliveryConfig config, std::vector<TrialRecord> records);

    // Its error records, through it once more.
    Task<Result<ReplayReport>> replay(std::string name, ReplayRequest request);

    // Whether a directory could be made and written to there; makes nothing.
    Result<void> check_destination(const std::string& to) const;

    std::vector<DeliveryRow> rows() const;  // by name
    Result<DeliveryRow> row(std::string_view name) const;
    Result<DeliveryInfo> show(std::string_view name) const;
    std::vector<DeliveryInfo> list(std::string_view prefix) const;
    std::vector<TopDelivery> top() const;
    // The stream behind a delivery stream with direct put.
    Result<StreamPtr> direct_put(std::string_view name) const;
    // Whether its spool has room for more: asked before each append.
    Result<void> admit(std::string_view name) const;

   private:
    void name_arns(DeliverySpec& spec) const;
    Task<Result<void>> check_processing(std::string name, DeliveryConfig config);
    Task<Result<std::vector<Trial>>> run_trial(DeliverySpec spec, std::vector<TrialRecord> records, bool each);
    Task<void> remove_orphan(std::string stream);
    Task<void> tend(DeliveryPtr delivery);
    Task<std::optional<UnixMs>> oldest_pending(DeliveryPtr delivery);
    Task<void> run_delivery(DeliveryPtr delivery, StreamPtr source);
    Task<void> see_job_through(DeliveryPtr delivery, std::int64_t job, UnixMs began);
    Task<Result<void>> begin_at(StreamPtr source, std::string name, std::string from);
    void spawn(DeliveryPtr delivery);
    void wake(const Delivery& delivery);

    bool is_awaited(const Stream& source, const Delivery& delivery) const;
    bool reached(const Stream& source, std::string_view delivery, const std::map<std::uint32_t, std::int64_t>& targets) const;

    Services& services_;
    DeliveryTable table_;
    DeliveryJobs jobs_;
    TopicFeed topics_;
    Supervisor& supervisor_;
    std::string data_dir_;
    bool stopping_ = false;
};

}  // namespace kns
