// One end of a delivery: takes records until it is full, and then has them at their destination. Used by `deliver`; one thread.
#pragma once

#include <vector>

#include "core/base/record_batch.hpp"
#include "core/firehose/buffer_policy.hpp"
#include "core/plugin/format.hpp"
#include "daemon/worker/ready_record.hpp"

namespace kns {

class Outlet {
   public:
    explicit Outlet(const DeliverySpec& spec) : spec_(spec) {}
    virtual ~Outlet() = default;

    bool empty() const { return so_far_.records == 0; }
    std::uint64_t records() const { return so_far_.records; }
    // Whether it ends before this record of the source, with which `records_left` are still to come.
    virtual bool is_full(const RecordView& next, std::uint64_t records_left) const {
        return ends_object(spec_.config.hints(), so_far_, next.timestamp, records_left);
    }
    // Of an empty one, before the first record.
    virtual Result<void> begin(UnixMs arrival, ObjectIdentity identity) = 0;
    // What does not fit into what is written there is not counted.
    virtual Result<std::optional<UnfitRecord>> add(const ReadyRecord& record) = 0;
    // When this returns all is at its destination, as what it says. Empty again.
    virtual Result<std::vector<DeliveredObject>> end() = 0;

   protected:
    void count(const ReadyRecord& record) { add_to(so_far_, last_arrival_, record); }
    // What has been counted, and to count anew.
    DeliveredObject take_count() { return take(so_far_, last_arrival_); }

    static void add_to(ObjectSoFar& so_far, UnixMs& last_arrival, const ReadyRecord& record) {
        if (so_far.records++ == 0) so_far.first_arrival = record.place.arrival;
        so_far.bytes += record.data.size();
        last_arrival = record.place.arrival;
    }
    static DeliveredObject take(ObjectSoFar& so_far, UnixMs last_arrival) {
        DeliveredObject out;
        out.records = so_far.records;
        out.bytes = so_far.bytes;
        out.first_arrival = format_time(so_far.first_arrival);
        out.last_arrival = format_time(last_arrival);
        so_far = {};
        return out;
    }

    const DeliverySpec& spec_;
    ObjectSoFar so_far_;
    UnixMs last_arrival_ = 0;
};

}  // namespace kns
