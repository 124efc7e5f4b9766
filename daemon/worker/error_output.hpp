// The objects of records that could not be delivered, each kind in its own; empty most of the time.
#pragma once

#include <map>
#include <memory>

#include "core/firehose/delivery_spec.hpp"
#include "core/firehose/error_record.hpp"
#include "core/plugin/registry.hpp"

namespace kns {

class ErrorOutput {
   public:
    bool empty() const { return lines_.empty(); }
    // As much as is held in memory, and as an object of them should have.
    bool is_full() const { return bytes_ >= kFull; }
    // `target` is opened `now`, if it may be missing, or else when something has failed. Borrows all.
    static Result<std::unique_ptr<ErrorOutput>> make(const DeliverySpec& spec, const SinkTarget& target, bool now,
                                                     const Registry& registry);

    void add(const std::string& failure, const FailedRecord& record);
    // Has them at their destination; `identity` is of the data that they were among.
    Result<std::vector<DeliveredObject>> end(ObjectIdentity identity);

   private:
    ErrorOutput(const DeliverySpec& spec, SinkTarget target, const Registry& registry)
        : spec_(spec), target_(std::move(target)), registry_(registry) {}
    Result<void> open();
    static constexpr std::size_t kFull = 5 << 20;  // the service's own buffer, unless another is asked for
    struct Lines {
        std::string text;
        std::uint64_t records = 0;
        UnixMs first_arrival = 0, last_arrival = 0;
    };

    const DeliverySpec& spec_;
    SinkTarget target_;
    const Registry& registry_;
    ObjectPrefix prefix_;
    std::unique_ptr<Sink> sink_;          // null: not opened
    std::map<std::string, Lines> lines_;  // by kind of failure
    std::size_t bytes_ = 0;               // in them
};

}  // namespace kns
