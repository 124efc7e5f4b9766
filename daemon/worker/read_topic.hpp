// Reads a topic of others for a delivery stream. In kns-worker.
#pragma once

#include <functional>

#include "core/plugin/registry.hpp"
#include "daemon/worker/worker_protocol.hpp"

namespace kns {

// Where its partitions begin, if the spec asks for that.
Result<WorkerEvent> topic_positions(const TopicSpec& spec, const JsonValue& secret, const Registry& registry);
// For as long as nothing is wrong: says what it has read, and at least every second how far it is.
Error read_topic(const TopicSpec& spec, const JsonValue& secret, const Registry& registry,
                 const std::function<void(const WorkerEvent&)>& say);

}  // namespace kns
