// Requests to a service, one after the other. What the service will not take, or has not taken when the last attempt is
// over, ends as error records in the backup; without a backup it is tried for ever.
#pragma once

#include <memory>

#include "daemon/worker/error_output.hpp"
#include "daemon/worker/outlet.hpp"

namespace kns {

class RequestOutlet final : public Outlet {
   public:
    // `errors` is null without a backup; whoever has it sees to its end.
    static Result<std::unique_ptr<Outlet>> make(const DeliverySpec& spec, const SinkTarget& target, ErrorOutput* errors,
                                                const Registry& registry);

    bool is_full(const RecordView& next, std::uint64_t records_left) const override;
    Result<void> begin(UnixMs arrival, ObjectIdentity identity) override;
    Result<std::optional<UnfitRecord>> add(const ReadyRecord& record) override;
    Result<std::vector<DeliveredObject>> end() override;

   private:
    using Outlet::Outlet;
    struct Waiting {
        std::size_t begin = 0, size = 0;  // in held_
        RecordPlace place;
        std::string id;
    };
    std::string_view data_of(const Waiting& record) const { return std::string_view(held_).substr(record.begin, record.size); }
    OutgoingRecord outgoing_of(const Waiting& record) const { return {data_of(record), record.place.arrival, record.id}; }
    // Sends those, as far as they may be sent at all; what the request came to be.
    Result<DeliveredObject> send(std::span<const Waiting> records, ObjectIdentity identity);
    Result<void> refuse(const Waiting& record, std::string_view code, std::string_view message);

    std::string url_;
    std::unique_ptr<RecordSink> sink_;
    ErrorOutput* errors_ = nullptr;
    ObjectIdentity identity_;
    std::string held_;
    std::vector<Waiting> waiting_;
    bool may_give_up_ = spec_.last_attempt;  // on one request: the next has its own time
};

}  // namespace kns
