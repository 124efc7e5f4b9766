// What knsd and kns-worker say to each other: a job as JSON on the worker's stdin, events as NDJSON on its fd 3. Always the
// same build on both sides.
#pragma once

#include "core/base/api/delivery.hpp"
#include "core/base/api/job.hpp"
#include "core/base/api/stream.hpp"
#include "core/base/api/trial.hpp"
#include "core/plugin/topic_position.hpp"

namespace kns {

inline constexpr int kWorkerEventFd = 3;

struct WorkerJob {
    std::int64_t id = 0;
    std::string kind;             // "deliver", "trial", "replay", "topic"
    std::int64_t daemon_pid = 0;  // a worker whose parent is someone else has been orphaned
    std::string socket;           // of the daemon
    JsonValue spec;               // by kind

    static constexpr auto fields() {
        return std::tuple{field("id", &WorkerJob::id), field("kind", &WorkerJob::kind), field("daemon_pid", &WorkerJob::daemon_pid),
                          field("socket", &WorkerJob::socket), field("spec", &WorkerJob::spec)};
    }
};

// As the worker reads it. The secrets, which the daemon adds to the job's text and keeps no copies of, are objects of strings
// by what they are for ("to", "backup"), or null.
struct WorkerInput : WorkerJob {
    JsonValue secrets;

    static constexpr auto fields() {
        return std::tuple_cat(WorkerJob::fields(), std::tuple{field("secrets", &WorkerInput::secrets)});
    }
};

struct WorkerDone {
    std::uint64_t records = 0, bytes = 0, objects = 0;
    std::uint64_t lost_records = 0;  // asked for, but no longer readable: expired or damaged

    static constexpr auto fields() {
        return std::tuple{field("records", &WorkerDone::records), field("bytes", &WorkerDone::bytes),
                          field("objects", &WorkerDone::objects), field("lost_records", &WorkerDone::lost_records)};
    }
};

struct WorkerError {
    std::string code, message, hint;  // code: a name of the error table

    static constexpr auto fields() {
        return std::tuple{field("code", &WorkerError::code), field("message", &WorkerError::message),
                          field("hint", &WorkerError::hint)};
    }
};

// What a worker is to do with a topic: say where its partitions begin, or read it from there on, for as long as it lives.
struct TopicSpec {
    std::string source;       // its URL
    std::string group;        // as which its cluster may know us
    std::string from;         // "start", "latest" or a time in milliseconds: that is asked for; empty: it is read
    std::uint32_t shard = 0;  // number, of the batches that come of it
    std::uint64_t max_record_bytes = 0;
    std::vector<TopicPosition> positions;  // read from there on

    static constexpr auto fields() {
        return std::tuple{field("source", &TopicSpec::source),
                          field("group", &TopicSpec::group),
                          field("from", &TopicSpec::from),
                          field("shard", &TopicSpec::shard),
                          field("max_record_bytes", &TopicSpec::max_record_bytes),
                          field("positions", &TopicSpec::positions)};
    }
};

// A record of a topic that is too large for a delivery stream.
struct OversizeRecord {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::uint64_t bytes = 0;

    static constexpr auto fields() {
        return std::tuple{field("partition", &OversizeRecord::partition), field("offset", &OversizeRecord::offset),
                          field("bytes", &OversizeRecord::bytes)};
    }
};

// What was read since the last one. It counts once all of it is in the log: records and positions in one commit.
struct TopicNews {
    std::string batch_base64;  // a RecordBatch, or empty
    std::vector<TopicPosition> positions;
    std::uint64_t lost = 0;  // gone before they could be read
    std::vector<OversizeRecord> oversize;

    static constexpr auto fields() {
        return std::tuple{field("batch_base64", &TopicNews::batch_base64), field("positions", &TopicNews::positions),
                          field("lost", &TopicNews::lost), field("oversize", &TopicNews::oversize)};
    }
};

// One line; one of the seven is set. `object` is said once it is durable at its destination, `done`, `trials`, `replay` and `error`
// end the job. With object and done come the positions below which every record is now delivered.
struct WorkerEvent {
    std::optional<JobProgress> progress;
    std::optional<DeliveredObject> object;
    std::optional<WorkerDone> done;
    std::optional<WorkerError> error;
    std::optional<std::vector<Trial>> trials;
    std::optional<ReplayReport> replay;
    std::optional<TopicNews> topic;
    std::vector<ShardPosition> positions;

    static constexpr auto fields() {
        return std::tuple{field("progress", &WorkerEvent::progress), field("object", &WorkerEvent::object),
                          field("done", &WorkerEvent::done),         field("error", &WorkerEvent::error),
                          field("trials", &WorkerEvent::trials),     field("replay", &WorkerEvent::replay),
                          field("topic", &WorkerEvent::topic),       field("positions", &WorkerEvent::positions)};
    }
};

}  // namespace kns
