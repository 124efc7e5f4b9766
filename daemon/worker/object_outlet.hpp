// Objects, one after the other, formatted and compressed on their way to a sink.
#pragma once

#include <memory>

#include "core/plugin/registry.hpp"
#include "daemon/worker/outlet.hpp"

namespace kns {

class ObjectOutlet final : public Outlet {
   public:
    static Result<std::unique_ptr<Outlet>> make(const DeliverySpec& spec, const SinkTarget& target, const Registry& registry);

    Result<void> begin(UnixMs arrival, ObjectIdentity identity) override;
    Result<void> add(const RecordView& record, const ShardRange& shard) override;
    Result<std::vector<DeliveredObject>> end() override;

   private:
    using Outlet::Outlet;
    Result<void> hand_on(bool last);

    Destination destination_;
    ObjectPrefix prefix_;
    ObjectNaming naming_;
    ObjectTraits traits_;
    std::unique_ptr<Format> format_;
    std::unique_ptr<Compressor> compressor_;  // null: none asked for
    std::unique_ptr<Sink> sink_;
    std::unique_ptr<SinkObject> object_;  // null between objects; dies before its sink
    std::string key_, formatted_, packed_;
    std::uint64_t stored_bytes_ = 0;
};

}  // namespace kns
