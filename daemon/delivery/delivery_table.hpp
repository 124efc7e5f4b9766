// The delivery streams that there are, and how far each has got. I/O thread.
#pragma once

#include <map>
#include <memory>

#include "core/firehose/buffer_policy.hpp"
#include "core/store/delivery_store.hpp"
#include "daemon/notifier.hpp"
#include "daemon/services.hpp"
#include "daemon/worker_process.hpp"

namespace kns {

// Somebody who asked to deliver now.
struct DeliveryWaiter {
    std::map<std::uint32_t, std::int64_t> targets;  // next offset by shard number
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
    bool last_attempt = false;            // the attempt under way may give records up to the backup
    std::optional<UnixMs> paused_since;   // such an attempt failed: the backup does not take them either
    // Of one that reads a topic:
    std::shared_ptr<WorkerProcess> topic_worker;
    std::optional<std::uint64_t> unread;  // in the topic, by the same
    std::uint32_t topic_failures = 0;     // in a row
    std::uint64_t topic_errors = 0;
    std::optional<Error> topic_error;           // the newest, until something is read
    asio::steady_timer* topic_pause = nullptr;  // before the next attempt
    bool removed = false;
    unsigned replaying = 0;  // replays under way
    std::vector<DeliveryWaiter*> waiters;
    Notifier changed;
};
// Shared with the coroutines that are at work on it when it is removed.
using DeliveryPtr = std::shared_ptr<Delivery>;

// The name of the stream that it reads, hidden ones too.
std::string source_name(const DeliveryRow& row);

struct DeliveryTable {
    // `catalog` belongs to the catalog thread. Borrows both.
    DeliveryTable(Services& all, Database& catalog) : services(all), store(catalog) {}

    Result<DeliveryPtr> find(std::string_view name) const;
    Result<StreamPtr> source_of(const DeliveryRow& row) const;
    std::string arn_of(std::string_view name) const;
    // Of the stream that it reads; a topic's URL, for it has none; empty with direct put.
    std::string source_arn_of(const DeliveryConfig& config) const;
    DeliveryInfo describe(const Delivery& delivery) const;

    std::int64_t position(const Stream& source, std::string_view delivery, std::uint32_t shard) const;
    // Bytes are reckoned from the average size of what the shard keeps: the worker, which sees every record, cuts exactly.
    BufferState pending(const Stream& source, const Delivery& delivery) const;
    // Whether its spool may take more: asked before each append.
    Result<void> room_in(const Delivery& delivery) const;
    // Through the log, with everybody else's appends. Positions that are reached already are left out.
    Task<Result<void>> commit(StreamPtr source, std::string group, std::vector<ShardPosition> positions);
    Task<void> set_error(DeliveryPtr delivery, std::optional<std::string> error);

    Services& services;
    DeliveryStore store;  // catalog thread
    std::map<std::string, DeliveryPtr, std::less<>> deliveries;
};

}  // namespace kns
