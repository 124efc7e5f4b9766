// What stands between a delivery's records and its destination: pipeline, outlet, error records, backup of all records.
// Records go in; now and then it is cut, and all that went in is where it belongs. Used by `deliver` and `trial`; one thread.
#pragma once

#include <memory>

#include "core/firehose/table_format.hpp"
#include "core/plugin/registry.hpp"
#include "daemon/worker/error_output.hpp"
#include "daemon/worker/outlet.hpp"
#include "daemon/worker/record_pipeline.hpp"

namespace kns {

class DeliveryLine {
   public:
    // `spec` is borrowed. `secrets` is as in WorkerInput; `local` the transform that had to be started before the sandbox, or null;
    // `second` as in SinkTarget.
    static Result<std::unique_ptr<DeliveryLine>> make(const DeliverySpec& spec, const JsonValue& secrets,
                                                      std::unique_ptr<Transform> local, const Registry& registry,
                                                      Ms second = kSecond);

    bool empty() const { return records_ == 0; }
    std::uint64_t records() const { return records_; }  // of the source, since the last cut
    // Whether it should be cut before this record, with which `records_left` are still to come.
    bool is_full(const RecordView& next, std::uint64_t records_left) const {
        if (empty()) return false;
        if (errors_ && errors_->is_full()) return true;
        // By age also what still waits for a transform: a backlog of days is not one object because it is small.
        const ObjectSoFar by_age{.records = records_, .bytes = 0, .first_arrival = first_arrival_};
        return outlet_->is_full(next, records_left) || ends_object(spec_.config.hints(), by_age, next.timestamp, records_left);
    }
    // `identity` names what the records become, and is that of the first since a cut.
    Result<void> add(const RecordView& record, const ShardRange& shard, ObjectIdentity identity);
    // Called before a transform is tried again.
    void on_retry(std::function<void()> call) { pipeline_->on_retry(std::move(call)); }
    // What was made of all since the last cut; when this returns it is durable.
    Result<std::vector<DeliveredObject>> cut();

   private:
    explicit DeliveryLine(const DeliverySpec& spec) : spec_(spec), as_put_(spec) {
        if (!is_table_format(spec.config.format)) return;
        as_put_.config.format = "json";
        as_put_.config.compress = Compression::none;
    }
    Result<void> lose(const LostRecord& record);

    const DeliverySpec& spec_;
    DeliverySpec as_put_;                  // how the backup of all records is written
    std::unique_ptr<ErrorOutput> errors_;  // null: no place for them
    std::unique_ptr<Outlet> outlet_;       // borrows errors_
    std::unique_ptr<Outlet> backup_;       // of all records as they were put; null: not wanted
    std::unique_ptr<RecordPipeline> pipeline_;
    std::string catalog_table_ = "null";  // that error records name, as JSON
    ObjectIdentity identity_;
    std::uint64_t records_ = 0;
    UnixMs first_arrival_ = 0;
};

}  // namespace kns
