// Where finished objects go. Implemented by plugins, used by kns-worker; one thread.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api/delivery.hpp"
#include "core/base/json.hpp"
#include "core/base/record_batch.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/firehose/destination.hpp"
#include "core/firehose/table_schema.hpp"

namespace kns {

// An object that is at its place, while what should have come of it there did not, and will not be tried again.
struct SkippedObject {
    std::string failure;  // as error records have their kinds: "redshift-failed"
    std::string message;
};

// One object on its way. It appears under its key whole, or not at all: nothing is visible before commit, and destroying
// it without commit leaves no trace (or one that the sink clears away the next time it is opened).
class SinkObject {
   public:
    virtual ~SinkObject() = default;
    virtual Result<void> write(Bytes bytes) = 0;
    // On return the object is durable and readable, in place of an older one with the same key. Called once, last. `rows`: of a
    // table's file.
    virtual Result<std::optional<SkippedObject>> commit(std::uint64_t rows) = 0;
};

// What else is said of an object where a sink can say it.
struct ObjectTraits {
    std::string content_encoding;  // empty: none
    bool only_new = false;         // where there is one already, its commit fails: `already_exists`. For small ones
};

class Sink {
   public:
    virtual ~Sink() = default;
    // `key` has passed validate_key.
    virtual Result<std::unique_ptr<SinkObject>> begin(std::string_view key, const ObjectTraits& traits) = 0;

    // The columns of the table that its objects are files of, with their ids. Nothing: there is no such table.
    virtual std::optional<TableSchema> schema() const { return std::nullopt; }

    // For a replay of what is there. The keys that begin with `prefix` and come behind `after`, in their order; some of them, and
    // none only if there are no more.
    virtual Result<std::vector<std::string>> list(std::string_view prefix, std::string_view after) = 0;
    // A whole object, of kMostRead bytes at most.
    virtual Result<std::string> read(std::string_view key) = 0;
    // Succeeds if there is none.
    virtual Result<void> remove(std::string_view key) = 0;
    static constexpr std::size_t kMostRead = 256 << 20;
};

// What a sink is made for.
struct SinkTarget {
    Destination destination;
    std::string endpoint, region;  // of a service; empty: its own
    JsonValue secret;              // an object of strings; null: none is known
    // Of objects that are loaded from where they are put:
    JsonValue staging_secret;  // as secret: of the bucket
    std::string format, schema;
    Compression compress = Compression::none;
    bool last_attempt = false;  // what cannot be loaded now is skipped
    // Of requests:
    std::string source_arn;
    std::map<std::string, std::string> attributes;
    bool gzip = false, newline = true;  // newline: one behind each record, where they are put together
    Ms second = kSecond;                // what a second of its own patience lasts; harnesses compress it

    Ms patience(Ms real) const { return std::max<Ms>(1, real * second / kSecond); }
};

}  // namespace kns
