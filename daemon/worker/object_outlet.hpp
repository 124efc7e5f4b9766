// Objects, one after the other, written while their records come.
#pragma once

#include "daemon/worker/object_writer.hpp"
#include "daemon/worker/outlet.hpp"

namespace kns {

class ObjectOutlet final : public Outlet {
   public:
    ObjectOutlet(const DeliverySpec& spec, ObjectWriter writer) : Outlet(spec), writer_(std::move(writer)) {}

    Result<void> begin(UnixMs arrival, ObjectIdentity identity) override { return writer_.begin(arrival, identity); }
    Result<std::optional<UnfitRecord>> add(const ReadyRecord& record) override {
        auto unfit = KNS_TRY(writer_.add(record.data));
        if (!unfit) count(record);
        return unfit;
    }
    Result<std::vector<DeliveredObject>> end() override {
        DeliveredObject made = take_count();
        KNS_TRY(writer_.end(made));
        return std::vector{std::move(made)};
    }

   private:
    ObjectWriter writer_;
};

}  // namespace kns
