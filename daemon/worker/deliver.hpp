// The job "deliver": the records of a spec's ranges, in log order, as objects at their destination.
#pragma once

#include <functional>

#include "core/firehose/delivery_spec.hpp"
#include "core/plugin/registry.hpp"
#include "daemon/worker/worker_protocol.hpp"

namespace kns {

// `secrets` is as in WorkerInput, `local` the transform that start_transform gave. Calls `say` for each finished object and for
// progress; gives what to say at the end. What it did before an error stays done: the objects said are complete.
Result<WorkerEvent> deliver(const DeliverySpec& spec, const JsonValue& secrets, std::unique_ptr<Transform> local,
                            const std::string& socket, const Registry& registry,
                            const std::function<void(const WorkerEvent&)>& say);

// The transform that runs on this machine, started; null if there is none. Before the sandbox.
Result<std::unique_ptr<Transform>> start_transform(const DeliverySpec& spec);

}  // namespace kns
