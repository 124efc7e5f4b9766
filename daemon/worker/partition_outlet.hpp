// Objects by their records' partition keys: records are kept in memory, apart from each other, and all objects are made
// together, so that one position says what has been delivered.
#pragma once

#include <map>

#include "daemon/worker/object_writer.hpp"
#include "daemon/worker/outlet.hpp"

namespace kns {

class PartitionOutlet final : public Outlet {
   public:
    PartitionOutlet(const DeliverySpec& spec, ObjectWriter writer) : Outlet(spec), writer_(std::move(writer)) {}

    bool is_full(const RecordView& next, std::uint64_t records_left) const override;
    Result<void> begin(UnixMs, ObjectIdentity identity) override {
        identity_ = identity;
        return {};
    }
    Result<std::optional<UnfitRecord>> add(const ReadyRecord& record) override;
    Result<std::vector<DeliveredObject>> end() override;

   private:
    struct Partition {
        std::unique_ptr<Format> format;
        std::string text;  // what is formatted so far
        ObjectSoFar so_far;
        UnixMs last_arrival = 0;
    };
    ObjectWriter writer_;
    ObjectIdentity identity_;
    std::map<PartitionKeys, Partition> partitions_;
};

}  // namespace kns
