// What becomes of the source's records before they are delivered, in Firehose's order: aggregates are taken apart, logs
// decompressed, parts found, then the transform, then partition keys. Used by `deliver` and `explain`; one thread.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "core/base/record_batch.hpp"
#include "core/firehose/unpack.hpp"
#include "core/plugin/metadata_query.hpp"
#include "core/plugin/transform.hpp"
#include "daemon/worker/ready_record.hpp"

namespace kns {

// A record that is not delivered, and why.
struct LostRecord {
    std::string_view failure;  // the kind: "processing-failed"
    std::string_view data;     // what can be put again to try once more
    RecordPlace place;
    std::string_view code, message;
    std::uint32_t attempts = 1;
    std::vector<std::pair<std::string, std::string>> traits;
};

class RecordPipeline {
   public:
    // The calls that records end in; their errors end the delivery. What the views point to lasts for the call.
    struct Ends {
        std::function<Result<void>(const ReadyRecord&)> ready;
        std::function<Result<void>(const LostRecord&)> lost;
    };
    // Named as the prefix names them.
    using Queries = std::vector<std::pair<std::string, std::unique_ptr<MetadataQuery>>>;
    static Result<std::unique_ptr<RecordPipeline>> make(const DeliverySpec& spec, std::unique_ptr<Transform> transform,
                                                        Queries queries, Ends ends);

    Result<void> add(const RecordView& record, const ShardRange& shard);
    // Called before the transform is tried again.
    void on_retry(std::function<void()> call) { on_retry_ = std::move(call); }
    // What waits for the transform goes through it now.
    Result<void> flush();

   private:
    // On its way, not copied unless it has to wait.
    struct Passing {
        std::string_view data;
        std::string_view original;       // what can be put again
        std::string_view partition_key;  // of a topic's record: PARTITION/OFFSET
        RecordPlace place;
    };
    struct Held {
        std::string data, original, partition_key;
        RecordPlace place;
    };

    RecordPipeline(const DeliverySpec& spec, std::unique_ptr<Transform> transform, Queries queries, Ends ends)
        : spec_(spec), transform_(std::move(transform)), queries_(std::move(queries)), ends_(std::move(ends)) {}

    Result<void> read_logs(const Passing& record);
    Result<void> take_apart(const Passing& record);
    Result<void> hold(const Passing& record);
    Result<void> partition(const Passing& record, const std::map<std::string, std::string>& from_lambda);
    Result<void> lose(const Passing& record, std::string_view failure, std::string_view code, std::string_view message,
                      std::uint32_t attempts = 1);

    const DeliverySpec& spec_;
    Deaggregation deaggregation_;
    std::unique_ptr<Transform> transform_;  // null: none
    Queries queries_;
    ObjectPrefix prefix_;
    PartitionKeys wanted_;               // by the prefix
    std::set<PartitionKeys> good_keys_;  // that make good names
    Ends ends_;
    std::function<void()> on_retry_;
    bool numbered_ = false;  // records are taken apart
    std::uint32_t part_ = 0;
    std::vector<Held> held_;
    std::size_t held_bytes_ = 0;
};

}  // namespace kns
