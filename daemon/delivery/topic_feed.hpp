// Delivery streams that read a topic of a Kafka cluster: a worker each reads on, and what it says goes into the stream in which
// direct puts would wait, together with how far it has come. Lives on the I/O thread.
//
// How nothing is lost or doubled: records and positions are one commit of the log, so whoever dies in between, the next worker
// begins just behind what is stored.
#pragma once

#include "daemon/delivery/delivery_table.hpp"
#include "daemon/supervisor.hpp"

namespace kns {

class TopicFeed {
   public:
    // Borrows both.
    TopicFeed(DeliveryTable& table, Supervisor& supervisor) : table_(table), services_(table.services), supervisor_(supervisor) {}

    // Finds the topic, and notes where each of its partitions begins, in the spool of a delivery stream that is not there yet.
    Task<Result<void>> begin_at(std::string name, DeliveryConfig config, StreamPtr spool, std::string from);
    // Until the delivery stream is removed, or the daemon ends.
    Task<void> tend(DeliveryPtr delivery);
    // Until all is here that the topic had when this was called, or the waiter has an error of its own.
    Task<Result<void>> catch_up(DeliveryPtr delivery, const DeliveryWaiter& waiter);
    void stop() { stopping_ = true; }

   private:
    Task<Result<void>> follow(DeliveryPtr delivery);
    Task<Result<bool>> take(DeliveryPtr delivery, TopicNews news);
    Task<void> count_oversize(DeliveryPtr delivery, std::vector<OversizeRecord> records);
    Task<Result<SecretText>> secrets_for(DeliveryConfig config);
    // Where that is in each partition: "start", "latest", or a time in milliseconds.
    Task<Result<std::vector<TopicPosition>>> ask(std::string name, DeliveryConfig config, std::string where);
    std::optional<std::int64_t> position(const Stream& spool, std::int32_t partition) const;
    std::vector<TopicPosition> positions(const Stream& spool) const;

    DeliveryTable& table_;
    Services& services_;
    Supervisor& supervisor_;
    bool stopping_ = false;
};

}  // namespace kns
