// Reads a topic of others' log. Implemented by plugins, used by kns-worker; one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/plugin/topic_position.hpp"

namespace kns {

struct TopicTarget {
    std::string url;    // kafka_topic.hpp
    JsonValue secret;   // an object of strings, or null
    std::string group;  // as which the other side may know us
};

// Valid for the call that it is given to.
struct TopicRecord {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<std::string_view> key, value;
};

class TopicReader {
   public:
    virtual ~TopicReader() = default;
    // Where each partition begins: "start", "latest", or with the first record that is not older than a time (milliseconds).
    virtual Result<std::vector<TopicPosition>> positions_at(std::string_view start_or_latest, std::optional<UnixMs> time) = 0;
    // From now on all partitions are read, those without a position from their beginning. What is no longer there is passed over,
    // and counted.
    virtual Result<void> begin(std::span<const TopicPosition> positions) = 0;
    // Gives what has come to `take`, until that says false or nothing more is here; waits up to `wait` for the first. A partition
    // that is new is read from its beginning.
    virtual Result<void> read(Ms wait, const std::function<bool(const TopicRecord&)>& take) = 0;
    // Of all partitions: behind what was given, and where they end as far as is known.
    virtual std::vector<TopicPosition> positions() const = 0;
    // Records that were gone before they could be read, since the last call.
    virtual std::uint64_t take_lost() = 0;
};

}  // namespace kns
