#include "daemon/worker/partition_outlet.hpp"

namespace kns {
namespace {

// Developer guide, "Quotas": so many partitions are active at a time. More than that wait for no error here: the objects are
// made, and it begins anew.
constexpr std::size_t kMostPartitions = 500;

}  // namespace

bool PartitionOutlet::is_full(const RecordView& next, std::uint64_t records_left) const {
    return Outlet::is_full(next, records_left) || partitions_.size() >= kMostPartitions;
}

Result<std::optional<UnfitRecord>> PartitionOutlet::add(const ReadyRecord& record) {
    Partition& partition = partitions_[*record.keys];
    if (!partition.format) partition.format = KNS_TRY(writer_.another_format());
    auto unfit = KNS_TRY(partition.format->append(record.data, partition.text));
    if (unfit) return unfit;
    add_to(partition.so_far, partition.last_arrival, record);
    count(record);
    return std::nullopt;
}

Result<std::vector<DeliveredObject>> PartitionOutlet::end() {
    std::vector<DeliveredObject> out;
    for (auto& [keys, partition] : partitions_) {
        if (partition.so_far.records == 0) continue;  // none of its records fitted
        ObjectIdentity own = identity_;
        std::string values;
        for (const auto* side : {&keys.query, &keys.lambda})
            for (const auto& [name, value] : *side) values += name + '\0' + value + '\0';
        own.seed ^= seed_from(values);  // all have the same place
        KNS_TRY(writer_.begin(partition.so_far.first_arrival, own, keys));
        KNS_TRY(partition.format->finish(partition.text));
        partition.format.reset();
        KNS_TRY(writer_.add_formatted(std::exchange(partition.text, {})));
        DeliveredObject made = take(partition.so_far, partition.last_arrival);
        KNS_TRY(writer_.end(made));
        out.push_back(std::move(made));
    }
    partitions_.clear();
    take_count();
    return out;
}

}  // namespace kns
