// The job "trial": what a delivery stream would make of some records. Nothing is delivered; the clock is that of the records.
#pragma once

#include "core/base/api/trial.hpp"
#include "core/firehose/delivery_spec.hpp"
#include "core/plugin/registry.hpp"

namespace kns {

struct TrialSpec {
    DeliverySpec spec;
    std::vector<TrialRecord> records;  // by arrival
    bool each = false;                 // each record by itself

    static constexpr auto fields() {
        return std::tuple{field("spec", &TrialSpec::spec), field("records", &TrialSpec::records), field("each", &TrialSpec::each)};
    }
};

// One trial of them all together, or one of each. `local` is the transform that start_transform gave.
Result<std::vector<Trial>> try_records(const TrialSpec& spec, std::unique_ptr<Transform> local, Registry& registry);

}  // namespace kns
