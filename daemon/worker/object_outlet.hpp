// Objects, one after the other, written while their records come.
#pragma once

#include "daemon/worker/object_writer.hpp"
#include "daemon/worker/outlet.hpp"

namespace kns {

class ObjectOutlet final : public Outlet {
   public:
    ObjectOutlet(const DeliverySpec& spec, ObjectWriter writer) : Outlet(spec), writer_(std::move(writer)) {}

    Result<void> begin(UnixMs arrival, ObjectIdentity identity) override { return writer_.begin(arrival, identity); }
    Result<void> add(const ReadyRecord& record) override {
        KNS_TRY(writer_.add(record.data));
        count(record);
        return {};
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
