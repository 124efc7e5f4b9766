// The job "replay": the records of a delivery stream's error objects go through it once more.
#pragma once

#include "core/base/api/trial.hpp"
#include "core/firehose/delivery_spec.hpp"
#include "core/plugin/registry.hpp"

namespace kns {

struct ReplaySpec {
    DeliverySpec spec;
    ReplayRequest request;

    static constexpr auto fields() { return std::tuple{field("spec", &ReplaySpec::spec), field("request", &ReplaySpec::request)}; }
};

// An object is removed once all that was in it is at its destination, or in a new error object. Whoever is stopped between the
// two, and begins again, delivers that object's records twice. An error ends it; what is left is left.
Result<ReplayReport> replay(const ReplaySpec& spec, const JsonValue& secrets, std::unique_ptr<Transform> local,
                            const Registry& registry);

}  // namespace kns
