// One end of a delivery: takes records until it is full, and then has them at their destination. Used by `deliver`; one thread.
#pragma once

#include <vector>

#include "core/base/record_batch.hpp"
#include "core/firehose/delivery_spec.hpp"

namespace kns {

class Outlet {
   public:
    explicit Outlet(const DeliverySpec& spec) : spec_(spec) {}
    virtual ~Outlet() = default;

    bool empty() const { return so_far_.records == 0; }
    std::uint64_t records() const { return so_far_.records; }
    // Whether it ends before this record, with which `records_left` are still to come.
    virtual bool is_full(const RecordView& next, std::uint64_t records_left) const {
        return ends_object(spec_.config.hints(), so_far_, next.timestamp, records_left);
    }
    // Of an empty one, before the first record.
    virtual Result<void> begin(UnixMs arrival, ObjectIdentity identity) = 0;
    // `shard`: the range that the record is of.
    virtual Result<void> add(const RecordView& record, const ShardRange& shard) = 0;
    // When this returns all is at its destination, as what it says. Empty again.
    virtual Result<std::vector<DeliveredObject>> end() = 0;

   protected:
    void count(const RecordView& record) {
        if (so_far_.records++ == 0) so_far_.first_arrival = record.timestamp;
        so_far_.bytes += record.value.size();
        last_arrival_ = record.timestamp;
    }
    // What has been counted, and to count anew.
    DeliveredObject take_count() {
        DeliveredObject out;
        out.records = so_far_.records;
        out.bytes = so_far_.bytes;
        out.first_arrival = format_time(so_far_.first_arrival);
        out.last_arrival = format_time(last_arrival_);
        so_far_ = {};
        return out;
    }

    const DeliverySpec& spec_;
    ObjectSoFar so_far_;
    UnixMs last_arrival_ = 0;
};

}  // namespace kns
