// Amazon Data Firehose's twelve operations: thin translations between AWS's shapes and the delivery streams. On the I/O thread.
//
// Input has been decoded and has passed the model's constraints when an operation sees it. Contract: the Firehose API reference,
// 2015-08-04; the texts of errors follow what AWS has been seen to say.
#pragma once

#include "core/aws/answer_writer.hpp"
#include "core/aws/value.hpp"
#include "core/firehose/service_form.hpp"
#include "daemon/aws/api_error.hpp"
#include "daemon/delivery/delivery_scheduler.hpp"
#include "daemon/kinesis/call_rate.hpp"
#include "daemon/kinesis/transitions.hpp"

namespace kns::aws {

// What the settings say; asked for at each call, since they may change.
struct FirehoseSettings {
    ArnPlace place{};
    bool limits = true;  // AWS's own
    Ms transition_ms = 0;
    ServicePlaces places{};
};

// As the service calls it: "DirectPut" and so on.
std::string_view type_of(const DeliveryRow& row);

class FirehoseApi {
   public:
    // Both borrowed.
    FirehoseApi(Services& services, DeliveryScheduler& deliveries, std::function<FirehoseSettings()> settings)
        : services_(services), deliveries_(deliveries), settings_(std::move(settings)) {}

    Task<Outcome<>> call(std::string_view operation, const Value& in, AnswerWriter& out);

   private:
    // --- destinations.cpp
    Task<Outcome<>> create(const Value& in, AnswerWriter& out);
    Task<Outcome<>> describe(const Value& in, AnswerWriter& out);
    Task<Outcome<>> update(const Value& in, AnswerWriter& out);
    // --- firehose_api.cpp
    Task<Outcome<>> remove(const Value& in, AnswerWriter& out);
    Task<Outcome<>> list(const Value& in, AnswerWriter& out);
    Task<Outcome<>> put_record(const Value& in, AnswerWriter& out);
    Task<Outcome<>> put_record_batch(const Value& in, AnswerWriter& out);
    Task<Outcome<>> start_encryption(const Value& in, AnswerWriter& out);
    Task<Outcome<>> stop_encryption(const Value& in, AnswerWriter& out);
    Task<Outcome<>> tag(const Value& in, AnswerWriter& out);
    Task<Outcome<>> untag(const Value& in, AnswerWriter& out);
    Task<Outcome<>> list_tags(const Value& in, AnswerWriter& out);

    Outcome<DeliveryRow> row_of(const Value& in);
    // The same, and it is ACTIVE: for what changes one.
    Outcome<DeliveryRow> active_row_of(const Value& in);
    std::string_view status_of(std::string_view name);
    void begin(std::string_view name, std::string status);
    ApiError not_found(std::string_view name) const;
    struct Placed {
        std::string record_id;  // empty: slowed down
    };
    Task<Outcome<std::vector<Placed>>> put(const DeliveryRow& row, std::vector<std::string_view> data);
    Task<Outcome<>> set_encryption(const Value& in, bool on);
    Task<Outcome<>> set_tags(const DeliveryRow& row, std::map<std::string, std::string> tags);
    Task<Outcome<>> keep_secret(std::string name, ServiceSecret secret);

    Services& services_;
    DeliveryScheduler& deliveries_;
    std::function<FirehoseSettings()> settings_;
    CallRates rates_;
    struct Pace {
        TokenBucket calls, records, bytes;
    };
    std::map<std::string, Pace, std::less<>> paces_;  // by delivery stream
    Transitions transitions_;
    std::map<std::string, DeliveryRow, std::less<>> deleting_;  // gone already, and shown as DELETING for a time
    std::size_t turn_ = 0;
};

}  // namespace kns::aws
